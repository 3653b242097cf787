// A route as the log keeps it. Types only.

import type { SettingsByKey } from "../ledger/settings.ts";
import type { HostId } from "../wire/frame.ts";

/** Destinations outside of the network's own names and addresses, and what becomes of them. */
export interface Route {
  /** Patterns: networks in CIDR notation and globs of names, each maybe with ports behind a colon. One has to fit. */
  readonly to: readonly string[];
  /** Patterns that are left out. */
  readonly notTo: readonly string[];
  /** The id of the host that they are reached from; undefined, absent in JSON: they are refused. */
  readonly via: HostId | undefined;
  /**
   * The key whose plugin reaches them from `via`, such as through a proxy; absent: `via` dials them itself. Known to that host and
   * the manager alone.
   */
  readonly through?: string;
  /** What is known of the keys of plugins; absent without any. */
  readonly settings?: SettingsByKey;
  /** The rule that brought it; absent for the manifest's own `to`. */
  readonly rule?: string;
}
