// The numbers of the name server.

import type { LimitRow, Limits, LimitValues } from "../../core/mod.ts";
import { CLIENT_LIMIT_ROWS, DIAL_LIMIT_ROWS, KEEP_ALIVE_LIMIT_ROWS } from "../support/limits.ts";

/** The rows that the name server uses. */
export const DNS_LIMIT_ROWS = {
  ...CLIENT_LIMIT_ROWS,
  ...KEEP_ALIVE_LIMIT_ROWS,
  ...DIAL_LIMIT_ROWS,
  nameMs: {
    value: 2000,
    unit: "ms",
    min: 50,
    max: 60_000,
    why: "For one name server to answer; clients ask again after five seconds",
  },
  nameQueries: {
    value: 1000,
    unit: "count",
    min: 10,
    max: 65_536,
    why: "Questions that a host's name server has under way",
  },
  nameTtlMs: {
    value: 10_000,
    unit: "ms",
    min: 0,
    max: 86_400_000,
    why: "How long programs may keep a name of the network, rounded down to whole seconds: short, since the network changes",
  },
} as const satisfies Record<string, LimitRow>;

/** The limits that the name server reads. */
export type DnsLimits = Limits & LimitValues<typeof DNS_LIMIT_ROWS>;
