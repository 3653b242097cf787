// Where passwords stand in a manifest, so that nothing shows them. Must not know how anything is shown.

import { MASK, maskedUrls } from "../masked.ts";
import { nearest } from "./near.ts";
import type { HostSpec, Manifest, ProxySpec, RouteSpec } from "./types.ts";

/** What a proxy's URL begins with, misspelt or not; only with a slash, as it could be a name before a password otherwise. */
const SCHEME = /^(?=(["'\s]*))\1(?:(?:socks\w*|https?):?|[^:/@]*:(?=\/\/)|[^:/@]*)\/+/i;

/** What is in the names of keys whose values are secrets. */
export const SECRET_WORD = "auth|passw|passphrase|pwd|secret|token|credential|kennwort|(?:api|private|access)[-_]?key";
const SECRET_KEY = new RegExp(`${SECRET_WORD}|^pass$`, "i");

/** Whether the values under a key are secrets, maybe with `auth` misspelt. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) || nearest(key, ["auth"]) !== undefined;
}

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
  const [start, end] = secretOf(text) ?? [0, 0];
  return start === end ? text : text.slice(0, start) + stars(text.slice(start, end)) + text.slice(end);
}

/** Where in a URL or an address, however wrong, a password may stand. */
export function secretOf(text: string): readonly [start: number, end: number] | undefined {
  const end = text.lastIndexOf("@");
  const scheme = SCHEME.exec(text)?.[0].length ?? 0;
  const start = text.indexOf(":", scheme) + 1;
  return start === 0 || start >= end ? undefined : [start, end];
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
  return {
    ...host,
    settings: maskedValue(host.settings) as typeof host.settings,
    ...(host.written ? { written: maskedValue(host.written) as typeof host.written } : {}),
    http: maskedProxy(host.http),
    socks: maskedProxy(host.socks),
  };
}

/** Plain data with what is a secret in it masked: passwords of URLs, strings under keys such as `token`. */
function maskedValue(value: unknown, key = ""): unknown {
  if (typeof value === "string") return isSecretKey(key) ? MASK : maskedUrls(value);
  if (Array.isArray(value)) return value.map((item) => maskedValue(item, key));
  // What a schema made of it may be anything; it is printed by its own means.
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, maskedValue(one, isSecretKey(key) ? key : name)]));
}

function maskedProxy(proxy: ProxySpec | undefined): ProxySpec | undefined {
  return proxy?.auth ? { ...proxy, auth: { ...proxy.auth, password: MASK } } : proxy;
}

function maskedRoute(route: RouteSpec): RouteSpec {
  const { rule, upstream } = route;
  return {
    ...route,
    ...(rule ? { rule: { ...rule, settings: maskedValue(rule.settings), written: maskedValue(rule.written) } } : {}),
    ...(upstream === undefined ? {} : { upstream: maskedUrl(upstream) }),
  };
}
