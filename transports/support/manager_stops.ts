// How a start ends that its manager gave up.

import { NoRouterError } from "../../core/mod.ts";

/** Whatever was under way on the host. */
export function managerStops(): NoRouterError {
  return new NoRouterError("link-closed", "Manager stops");
}
