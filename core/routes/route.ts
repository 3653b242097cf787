// A route as the log keeps it, and what a decision is. Types only.

import type { HostState } from "../ledger/network.ts";
import type { SettingsByKey } from "../ledger/settings.ts";
import type { HostId } from "../wire/frame.ts";
import type { Target } from "../wire/payload.ts";

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

/** Why a route was taken. */
export interface RouteMatch {
  readonly route: Route;
  /** Place among the routes, from 0. */
  readonly index: number;
  /** The pattern of `to` that fits. */
  readonly pattern: string;
}

/** Where a destination leads, seen from any host of the network. */
export type Decision =
  /** One of the network's own names or addresses. */
  | { readonly to: "host"; readonly host: HostState; readonly target: Target }
  /** A route's: another host dials it. */
  | { readonly to: "via"; readonly host: HostState; readonly target: Target; readonly match: RouteMatch }
  /** A route refuses it. */
  | { readonly to: "refused"; readonly match: RouteMatch }
  /** It is neither an address nor a name that can be looked up. */
  | { readonly to: "nowhere" }
  /** Nobody's: the host where the question came up may dial it itself. */
  | { readonly to: "outside" };
