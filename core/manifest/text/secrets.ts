// Where passwords stand in a manifest, so that nothing shows them.

import { MASK, maskedUrls } from "../../masked.ts";
import type { PluginKey, PluginKeys } from "../../plugin/key.ts";
import type { ByKey, Manifest } from "../types.ts";
import { nearest } from "./near.ts";

/** What a proxy's URL begins with, misspelt or not; only with a slash, as it could be a name before a password otherwise. */
const SCHEME = /^(?=(["'\s]*))\1(?:(?:socks\w*|https?):?|[^:/@]*:(?=\/\/)|[^:/@]*)\/+/i;

/** What is in the names of keys whose values are secrets. */
export const SECRET_WORD = "auth|passw|passphrase|pwd|secret|token|credential|kennwort|(?:api|private|access)[-_]?key";
const SECRET_KEY = new RegExp(`${SECRET_WORD}|^pass$`, "i");

/** What follows `PASSWORD=` and the like, to the end of its text; in a message, to the bracket that quotes it. */
const ASSIGNED = `((?:${SECRET_WORD}|pass)[\\w.-]{0,40}=["']?)`;
const ASSIGNED_IN_LINE = new RegExp(`${ASSIGNED}([^"'\\n]+)`, "gi");
const ASSIGNED_IN_MESSAGE = new RegExp(`${ASSIGNED}(?:[^"'\\n]*(?=\\))|[^"'\\n]+)`, "gi");

/** A message on a manifest without what may be a password in a URL or an assignment. */
export function maskedMessage(message: string): string {
  return maskedUrls(message).replace(ASSIGNED_IN_MESSAGE, `$1${MASK}`);
}

/** Whether the values under a key are secrets, maybe with `auth` misspelt. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) || nearest(key, ["auth"]) !== undefined;
}

/** The same manifest with every password masked; it is still a valid one. */
export function withoutPasswords(manifest: Manifest, keys: Partial<PluginKeys>): Manifest {
  const { hosts, routes } = manifest;
  const ofHost = concealer(keys.host);
  const ofRoute = concealer(keys.route);
  return {
    ...manifest,
    hosts: hosts.map((host) => ({ ...host, settings: concealed(host.settings, ofHost), ...maskedKeys(host, ofHost) })),
    routes: routes.map((route) => ({ ...route, ...maskedKeys(route, ofRoute) })),
    ...maskedKeys(manifest, concealer(keys.network)),
  };
}

type Conceal = (key: string, value: unknown) => unknown;

function concealer(keys: readonly PluginKey[] = []): Conceal {
  const byName = new Map(keys.map(({ name, schema }) => [name, schema["~standard"]]));
  return (key, value) => {
    const standard = byName.get(key);
    return standard?.conceal ? standard.conceal(value) : maskedValue(value, key);
  };
}

function concealed(values: ByKey, conceal: Conceal): ByKey {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, conceal(key, value)]));
}

function maskedKeys<T extends { readonly keys?: ByKey; readonly written?: ByKey }>({ keys, written }: T, conceal: Conceal) {
  return { ...(keys ? { keys: concealed(keys, conceal) } : {}), ...(written ? { written: concealed(written, conceal) } : {}) };
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
    .replace(ASSIGNED_IN_LINE, (_, before: string, secret: string) => before + letters(secret))
    .replace(/(\bvia["']?[ \t]*:[ \t]*)(.*)/i, (_, before: string, value: string) => before + maskedVia(value, letters))
    .replace(/\S+/g, (word) => (/\/\/|:\/|socks/i.test(word) ? maskedVia(word, letters) : word))
    .replace(
      /(\bpassword["']?[ \t]*:[ \t]*)("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\s,}][^,}]*)/g,
      (_, before: string, secret: string) => before + letters(secret),
    );
}

/** Plain data with what is a secret in it masked: passwords of URLs, strings under keys such as `token`. */
export function maskedValue(value: unknown, key = ""): unknown {
  if (typeof value === "string") return isSecretKey(key) ? MASK : maskedUrls(value);
  if (Array.isArray(value)) return value.map((item) => maskedValue(item, key));
  // What a schema made of it may be anything; it is printed by its own means.
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, maskedValue(one, isSecretKey(key) ? key : name)]));
}
