// Which of a manifest's hosts is the manager's own: the one that nothing has to be started on.

import type { HostSpec } from "./manifest/types.ts";

/** Whether a host is the manager's own. */
export function isOwnHost({ settings }: Pick<HostSpec, "settings">): boolean {
  return Object.keys(settings).length === 0;
}
