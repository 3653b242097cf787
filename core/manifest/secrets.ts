// Where passwords stand in a manifest, so that nothing shows them. Must not know how anything is shown.

import type { HostSpec, Manifest, ProxySpec, RouteSpec } from "./types.ts";

/** What stands in place of a password. */
export const MASK = "********";

/** The same manifest with every password masked; it is still a valid one. */
export function withoutPasswords(manifest: Manifest): Manifest {
  return { ...manifest, hosts: manifest.hosts.map(maskedHost), routes: manifest.routes.map(maskedRoute) };
}

/** A URL with its password masked; one without a password as it is. */
export function maskedUrl(text: string): string {
  const url = new URL(text);
  if (url.password === "") return text;
  url.password = MASK;
  return url.href;
}

/** A line of a manifest with what looks like a password masked letter by letter, so that columns stay as they are. */
export function maskedLine(line: string): string {
  const stars = (_: string, before: string, secret: string) => before + "*".repeat(secret.length);
  return line
    .replace(/(:\/\/[^\s:@/]*:)([^\s@/]+)(?=@)/g, stars)
    .replace(/(\bpassword["']?[ \t]*:[ \t]*)("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\s,}][^,}]*)/g, stars);
}

function maskedHost(host: HostSpec): HostSpec {
  return { ...host, http: maskedProxy(host.http), socks: maskedProxy(host.socks) };
}

function maskedProxy(proxy: ProxySpec | undefined): ProxySpec | undefined {
  return proxy?.auth ? { ...proxy, auth: { ...proxy.auth, password: MASK } } : proxy;
}

function maskedRoute(route: RouteSpec): RouteSpec {
  return route.upstream === undefined ? route : { ...route, upstream: maskedUrl(route.upstream) };
}
