// What tells clients of a sticky service apart: a number made of the client's address. Clients on this machine are one.

import type { Socket } from "node:net";
import { canonicalAddress, type HostState, isLoopback } from "../../core/mod.ts";

/** What to add to a target for the client of a socket; nothing where the host is no sticky service, or the client is on this machine. */
export function clientMark(
  { service }: Pick<HostState, "service">,
  { remoteAddress }: Pick<Socket, "remoteAddress">,
): { readonly client?: number } {
  if (!service?.sticky || remoteAddress === undefined) return {};
  const address = canonicalAddress(remoteAddress) ?? remoteAddress;
  const isHere = address.includes(":") ? address === "::1" : isLoopback(address);
  return isHere ? {} : { client: hashed(address) };
}

/** FNV-1a, 32 bits. */
function hashed(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
