// Where a destination leads, and why. Types only.

import type { HostState } from "../ledger/network.ts";
import type { Target } from "../wire/payload.ts";
import type { Route } from "./route.ts";

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
