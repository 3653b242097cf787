// What becomes of plugins' keys in the log: asks each key what all hosts, the own host and nobody may know of it. Must not keep a
// secret.

import { messageOf, NoRouterError } from "./errors.ts";
import type { Json, KeySettings, SettingsByKey } from "./ledger/settings.ts";
import type { HostSpec, RouteSpec } from "./manifest/types.ts";
import type { ExposeContext, Exposed, PluginKey } from "./plugin/key.ts";
import { isPromise } from "./settle.ts";

/** What the log keeps of keys, and what it must not know. */
export interface Exposure {
  /** Without the revisions of secrets, which whoever keeps them adds. */
  readonly settings: SettingsByKey;
  /** Secrets by key, for the vault. */
  readonly secrets: { readonly [key: string]: Json };
}

/** Of no key. */
export const NOTHING_EXPOSED: Exposure = { settings: {}, secrets: {} };

/** What is known already, and what it is for. */
export interface ExposeOptions {
  /** What the log keeps now. */
  readonly before?: SettingsByKey | undefined;
  /** Nothing is started with it; see {@link ExposeContext.draft}. */
  readonly draft?: boolean;
  /** Hears of the other keys where some need time. */
  readonly prompt?: (others: Exposure) => void;
}

/**
 * What the log keeps of a host's keys; a promise where a key needs time.
 * @throws NoRouterError `plugin-invalid` when a key fails; the promise rejects with the same.
 */
export function exposeHost(
  host: HostSpec,
  keys: readonly PluginKey[],
  options: ExposeOptions = {},
): Exposure | Promise<Exposure> {
  return exposed(host.keys, keys, { host, ...options });
}

/** The same for a route. */
export function exposeRoute(
  { keys: values = {} }: RouteSpec,
  keys: readonly PluginKey[],
  options: ExposeOptions = {},
): Exposure | Promise<Exposure> {
  // A rule's key is what its destinations were made of.
  return exposed(
    values,
    keys.filter(({ destinations }) => !destinations),
    { host: undefined, ...options },
  );
}

/** A result for each, at once where none of them is a promise. */
export function allOf<T>(results: readonly (T | Promise<T>)[]): readonly T[] | Promise<readonly T[]> {
  return results.some(isPromise) ? Promise.all(results) : (results as readonly T[]);
}

function exposed(
  values: { readonly [key: string]: unknown },
  keys: readonly PluginKey[],
  { host, before, draft = false, prompt }: ExposeOptions & Pick<ExposeContext, "host">,
): Exposure | Promise<Exposure> {
  const there = keys.filter(({ name, way }) => !way && Object.hasOwn(values, name));
  const given = there.map((key) => {
    const known = before && Object.hasOwn(before, key.name) ? before[key.name] : undefined;
    return exposedKey(key, values[key.name], { host, before: known, draft });
  });
  const results = allOf(given);
  const names = there.map(({ name }) => name);
  if (!isPromise(results)) return together(names, results);
  prompt?.(
    together(
      names,
      given.map((one) => (isPromise(one) ? undefined : one)),
    ),
  );
  const later = results.then((all) => together(names, all));
  later.catch(() => undefined); // nobody asks for it when a key of another host fails at once
  return later;
}

function exposedKey(key: PluginKey, value: unknown, context: ExposeContext): Exposed | undefined | Promise<Exposed | undefined> {
  const failed = (thrown: unknown): never => {
    throw new NoRouterError("plugin-invalid", `Key '${key.name}' cannot be exposed: ${messageOf(thrown)}`, { cause: thrown });
  };
  try {
    if (!key.expose) return { own: value as Json };
    const result = key.expose(value, context);
    return isPromise(result) ? Promise.resolve(result).catch(failed) : result;
  } catch (thrown) {
    return failed(thrown);
  }
}

function together(names: readonly string[], results: readonly (Exposed | undefined)[]): Exposure {
  const on = results.flatMap((result, at) => (result ? [[names[at] as string, result] as const] : []));
  const settings = on.map(([name, { all, own }]): [string, KeySettings] => [
    name,
    { ...(all === undefined ? {} : { all }), ...(own === undefined ? {} : { own }) },
  ]);
  const secrets = on.flatMap(([name, { secret }]) => (secret === undefined ? [] : [[name, secret] as const]));
  return { settings: Object.fromEntries(settings), secrets: Object.fromEntries(secrets) };
}
