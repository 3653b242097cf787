// The numbers of the HTTP proxy.

import type { LimitRow, Limits, LimitValues } from "../../core/mod.ts";
import { CLIENT_LIMIT_ROWS, DIAL_LIMIT_ROWS, KEEP_ALIVE_LIMIT_ROWS, PROXY_LIMIT_ROWS } from "../support/limits.ts";

/** The rows that the HTTP proxy uses. */
export const HTTP_LIMIT_ROWS = {
  ...CLIENT_LIMIT_ROWS,
  ...PROXY_LIMIT_ROWS,
  ...KEEP_ALIVE_LIMIT_ROWS,
  ...DIAL_LIMIT_ROWS,
  answerMs: {
    value: 120_000,
    unit: "ms",
    min: 50,
    max: 3_600_000,
    why: "For a web server to begin its answer, unless 'http.answerTimeout' says it; twice this for a client to take some of one",
  },
  headBytes: {
    value: 64 * 1024,
    unit: "bytes",
    min: 8 * 1024,
    max: 1024 * 1024,
    why: "Largest head of an HTTP request or answer; browsers send up to 16 KiB",
  },
  idleServers: {
    value: 256,
    unit: "count",
    min: 0,
    max: 65_536,
    why: "Connections to web servers that a proxy keeps for the next request; each is a stream",
  },
  idlePerServer: {
    value: 8,
    unit: "count",
    min: 0,
    max: 65_536,
    why: "How many of these may be to one server; a browser uses six at a time",
  },
} as const satisfies Record<string, LimitRow>;

/** The limits that the HTTP proxy reads. */
export type HttpLimits = Limits & LimitValues<typeof HTTP_LIMIT_ROWS>;
