// What the log keeps of the keys of plugins, by key and by who may know it. Types and one look-up.

/** Plain data, as JSON has it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What the log keeps of one key of a host or of a route. */
export interface KeySettings {
  /** What all hosts may know. */
  readonly all?: Json;
  /** What the own host alone may know: the one that has the key, or that a route leads through. */
  readonly own?: Json;
  /** Revision of what the manager keeps beside the log; nobody else may know more of it. */
  readonly secret?: number;
}

/** Settings by the name of the key; a key that is off is missing. */
export type SettingsByKey = { readonly [key: string]: KeySettings };

/**
 * What is known here of one key, as its plugin exposed it: what all hosts know together with what its own host knows.
 * Undefined where the key is off, and where nothing of it may be known.
 */
export function settingsAt<T>({ settings = {} }: { readonly settings?: SettingsByKey }, key: string): T | undefined {
  const found = Object.hasOwn(settings, key) ? settings[key] : undefined;
  if (!found || (found.all === undefined && found.own === undefined)) return undefined;
  const { all, own } = found;
  return (isMapping(all) || isMapping(own) ? { ...(all as object), ...(own as object) } : (own ?? all)) as T;
}

function isMapping(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
