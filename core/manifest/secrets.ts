// Where passwords stand in a manifest, so that nothing shows them. Must not know how anything is shown.

import type { HostSpec, Manifest, ProxySpec, RouteSpec } from "./types.ts";

/** What stands in place of a password. */
export const MASK = "********";

/** What a proxy's URL begins with, misspelt or not; only with a slash, as it could be a name before a password otherwise. */
const SCHEME = /^["'\s]*(?:(?:socks\w*|https?):?|[^:/@]*:(?=\/\/)|[^:/@]*)\/+/i;

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

/**
 * A `via`, however wrong, without what may be a password: all from the first colon behind the scheme to the last `@`.
 * @param stars What stands in its place.
 */
export function maskedVia(text: string, stars: (secret: string) => string = () => MASK): string {
  const end = text.lastIndexOf("@");
  const scheme = SCHEME.exec(text)?.[0].length ?? 0;
  const start = text.indexOf(":", scheme) + 1;
  if (start === 0 || start >= end) return text;
  return text.slice(0, start) + stars(text.slice(start, end)) + text.slice(end);
}

/** A line of a manifest with what looks like a password masked letter by letter, so that columns stay as they are. */
export function maskedLine(line: string): string {
  const letters = (secret: string) => "*".repeat(secret.length);
  return line
    .replace(/(\bvia["']?[ \t]*:[ \t]*)(.*)/i, (_, before: string, value: string) => before + maskedVia(value, letters))
    .replace(/\S+/g, (word) => (/\/\/|:\/|socks/i.test(word) ? maskedVia(word, letters) : word))
    .replace(
      /(\bpassword["']?[ \t]*:[ \t]*)("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\s,}][^,}]*)/g,
      (_, before: string, secret: string) => before + letters(secret),
    );
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
