// What a transport may do with its tool beside starting it for a link. Types only.

import type { HostIdentity } from "./starters/shell_starter.ts";

/** Runs the tool itself, such as to look something up. */
export interface Tool {
  /**
   * Standard output of a command, at most 1 MiB.
   * @throws NoRouterError what the transport's failures make of it, else `agent-failed`
   */
  output(argv: readonly string[]): Promise<string>;
  /** The host's last start or link ended because nothing came any more: what is kept from then is better not used again. */
  readonly afterSilence: boolean;
  /** The host that is reached. */
  readonly host: HostIdentity;
}
