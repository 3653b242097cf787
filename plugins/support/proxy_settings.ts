// A proxy of a host, as the manifest has it and as the host knows it. Types only.

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

/** A proxy as the manifest has it. */
export interface ProxySpec extends Omit<ProxySettings, "auth"> {
  /** Empty: there is no proxy. */
  readonly listen: string;
  /** What programs have to give; absent: nothing. */
  readonly auth?: { readonly user: string; readonly password: string };
}
