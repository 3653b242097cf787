// Where a socket leads, from its text: for the manager and for hosts. Pure.

import { type Destination, destinationOf } from "../../core/mod.ts";

/** The destination of a text `host:port` that was checked. */
export function destinationAt(to: string): Destination {
  const colon = to.lastIndexOf(":");
  return destinationOf(to.slice(0, colon), Number(to.slice(colon + 1)));
}
