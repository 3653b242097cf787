// The numbers that several plugins share; each plugin registers the tables whose parts it uses.

import type { LimitRow } from "../../core/mod.ts";

/** Of whatever serves clients: proxies and name servers. */
export const CLIENT_LIMIT_ROWS = {
  proxyConnections: {
    value: 2048,
    unit: "count",
    min: 1,
    max: 65_536,
    why: "Open connections to one proxy of a host, or to its name server; half of the streams that it may open",
  },
  handshakeMs: {
    value: 10_000,
    unit: "ms",
    min: 50,
    max: 600_000,
    why: "For a client to say what it wants of a proxy: a SOCKS handshake, the head of an HTTP request",
  },
} as const satisfies Record<string, LimitRow>;

/** Of proxies. */
export const PROXY_LIMIT_ROWS = {
  turnedAway: {
    value: 256,
    unit: "count",
    min: 0,
    max: 65_536,
    why: "Clients beyond 'proxyConnections' that are told so at the same time; more of them are closed without a word",
  },
  passwordChecks: {
    value: 16,
    unit: "count",
    min: 1,
    max: 4096,
    why: "Passwords that wait to be checked, 50 ms each, so that the last waits for less than a second; more are refused at once",
  },
} as const satisfies Record<string, LimitRow>;

/** Of what keeps connections for the next question. */
export const KEEP_ALIVE_LIMIT_ROWS = {
  keepAliveMs: {
    value: 60_000,
    unit: "ms",
    min: 50,
    max: 3_600_000,
    why: "How long an HTTP connection, or one of a name server, is kept open for the next request",
  },
} as const satisfies Record<string, LimitRow>;

/** Of what looks names up and dials. */
export const DIAL_LIMIT_ROWS = {
  dialMs: {
    value: 10_000,
    unit: "ms",
    min: 100,
    max: 120_000,
    why: "For the publishing host to reach a target; half of what clients wait",
  },
  lookUps: {
    value: 256,
    unit: "count",
    min: 1,
    max: 65_536,
    why: "Names that wait for the system's look-up; another host may hold twice as many as it leaves free. Names of published targets take none",
  },
} as const satisfies Record<string, LimitRow>;
