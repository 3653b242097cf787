// What a host knows of a proxy of its own. Types only.

import type { Access } from "./access.ts";

/** A proxy, as the log keeps it for its host. */
export interface ProxySettings {
  /** `address:port`, or `unix:` and a path, `~` and `${VAR}` not expanded yet. */
  readonly listen: string;
  /** What becomes of destinations that are neither in the network nor a route's; `direct`: the host dials them by itself. */
  readonly outside: "direct" | "refuse";
  /** What a name and a password are checked against; absent: everybody who can connect may use the proxy. */
  readonly auth?: Access;
  /** How long the HTTP proxy waits for the head of an answer, in seconds; absent: `answerMs` of the limits. */
  readonly answerTimeout?: number;
}
