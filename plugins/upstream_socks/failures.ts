// Why there is no connection through a proxy, from what the system or the `socks` package says. A sentence never holds
// the proxy's name and password.

import { type Destination, type ErrorCode, NoRouterError, showDestination } from "../../core/mod.ts";
import { dialErrorCode } from "../support/net_errors.ts";
import type { Upstream } from "./upstream.ts";

type Asked = Pick<Destination, "host" | "port">;

const PROXY_WORDS: Partial<Record<ErrorCode, string>> = {
  refused: "refuses connections",
  "name-not-found": "cannot be resolved",
  "timed-out": "does not answer",
  reset: "reset the connection",
};

/** The proxy itself failed; `thrown` is the system's error, undefined when the proxy ended the connection. */
export function proxyFailure({ shown }: Upstream, thrown: unknown): NoRouterError {
  const words = thrown === undefined ? "ended the connection" : (PROXY_WORDS[dialErrorCode(thrown)] ?? "cannot be reached");
  return new NoRouterError("upstream-failed", `Proxy ${shown} ${words}`);
}

/** Time is up: for the proxy while it was being connected to, for its target afterwards. */
export function timeoutOf({ shown }: Upstream, target: Asked, connecting: boolean): NoRouterError {
  if (connecting) return new NoRouterError("upstream-failed", `Proxy ${shown} does not answer`);
  return new NoRouterError("timed-out", `Proxy ${shown} did not connect to ${showDestination(target)} in time`);
}

/** By the names that the package has for replies; SOCKS4 knows `Failed` for everything. */
const REPLIES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  NotAllowed: ["denied", "does not allow connections to"],
  NetworkUnreachable: ["unreachable", "has no way to"],
  HostUnreachable: ["unreachable", "cannot reach"],
  ConnectionRefused: ["refused", "was refused by"],
  TTLExpired: ["timed-out", "got no answer in time from"],
  CommandNotSupported: ["upstream-failed", "does not serve connections to"],
  AddressNotSupported: ["upstream-failed", "does not serve addresses such as"],
  Failed: ["unreachable", "cannot connect to"],
};
const OTHER = ["upstream-failed", "failed to connect to"] as const;

/** The proxy said no; `message` is the package's. */
export function rejectionOf({ shown }: Upstream, target: Asked, message: string): NoRouterError {
  if (/authentication|Rejected\)|RejectedIdent/i.test(message)) {
    return new NoRouterError("upstream-denied", `Proxy ${shown} refuses the name and password`);
  }
  const reply = / - \(?(\w+)\)?$/.exec(message)?.[1];
  if (reply === undefined) return new NoRouterError("upstream-failed", `Proxy ${shown} does not speak SOCKS as expected`);
  const [code, words] = REPLIES[reply] ?? OTHER;
  return new NoRouterError(code, `Proxy ${shown} ${words} ${showDestination(target)}`);
}
