// The numbers of the SOCKS proxy.

import type { Limits, LimitValues } from "../../core/mod.ts";
import { CLIENT_LIMIT_ROWS, DIAL_LIMIT_ROWS, PROXY_LIMIT_ROWS } from "../support/limits.ts";

/** The rows that the SOCKS proxy uses. */
export const SOCKS_LIMIT_ROWS = { ...CLIENT_LIMIT_ROWS, ...PROXY_LIMIT_ROWS, ...DIAL_LIMIT_ROWS } as const;

/** The limits that the SOCKS proxy reads. */
export type SocksLimits = Limits & LimitValues<typeof SOCKS_LIMIT_ROWS>;
