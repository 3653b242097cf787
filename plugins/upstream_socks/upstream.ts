// The proxy that stands in a route: the parts of its URL. Pure.

import { NoRouterError } from "../../core/mod.ts";

/** A SOCKS proxy. */
export interface Upstream {
  readonly version: 4 | 5;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Its URL for people: without name and password. */
  readonly shown: string;
}

/** RFC 1928 section 3. */
const PORT = 1080;

/** Reads the URL of a SOCKS proxy, as the manifest has it. Names are always resolved by the proxy. */
export function upstreamOf({ protocol, hostname, port, username, password }: URL): Upstream {
  return {
    version: protocol.startsWith("socks4") ? 4 : 5,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? PORT : Number(port),
    user: decoded(username),
    password: decoded(password),
    shown: `${protocol}//${hostname}:${port === "" ? PORT : port}`,
  };
}

/**
 * A destination that routes were asked about, as it is: in any other form they might have decided otherwise.
 * @throws NoRouterError `unreachable` for an address of this host's own links
 */
export function nameForProxy(host: string): string {
  if (host.includes("%")) throw new NoRouterError("unreachable", `Address ${host} means nothing to a proxy`);
  return host;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a per cent sign that stands for itself
  }
}
