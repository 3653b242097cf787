// Whether a host is a program inside: its agent runs on another machine's network than the program, and listens on nothing there.

import type { HostSpec } from "../../core/mod.ts";

/** True for the host of a program inside; false where no host is meant. */
export function isInside(host: Pick<HostSpec, "keys"> | undefined): boolean {
  return host !== undefined && Object.hasOwn(host.keys, "inside");
}
