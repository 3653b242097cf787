// Whether a host is a program inside: its agent runs on another machine's network than the program, and listens on nothing there.

import type { HostSpec } from "../../core/mod.ts";

/** True for the host of a program inside. */
export function isInside({ keys }: Pick<HostSpec, "keys">): boolean {
  return Object.hasOwn(keys, "inside");
}
