// A key of the manifest that a plugin owns: what may stand there, what is checked of it, and what becomes of it. Types only.

import type { Json, KeySettings } from "../ledger/settings.ts";
import type { LimitRows } from "../limits.ts";
import type { HostSpec, Manifest } from "../manifest/types.ts";

/**
 * Checks a value of the manifest: a Standard Schema (https://standardschema.dev, version 1), which valibot, zod, arktype and
 * others offer. It must answer at once, without a promise.
 */
export interface SettingsSchema<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** `options.libraryOptions.key` is the name of the key, for messages. */
    validate(value: unknown, options?: SettingsOptions): SettingsResult<T> | Promise<SettingsResult<T>>;
    /** For editors, where the validator has it. */
    readonly jsonSchema?: { input(options: { readonly target: string }): Record<string, unknown> };
    /**
     * The value, checked or as written, with its secrets masked; not of the Standard Schema. Without it, what stands under keys
     * such as `password` is masked.
     */
    conceal?(value: unknown): unknown;
  };
}

/** What a schema may be told beside the value. */
export interface SettingsOptions {
  readonly libraryOptions?: { readonly [name: string]: unknown } | undefined;
}

/** A checked value, or everything that is wrong with it. */
export type SettingsResult<T> =
  | {
      readonly value: T;
      readonly issues?: undefined;
      /** What is odd, though the value is taken; not of the Standard Schema. */
      readonly warnings?: readonly SettingsIssue[];
    }
  | { readonly issues: readonly SettingsIssue[]; readonly warnings?: readonly SettingsIssue[] };

/** One thing that is wrong: what, and where within the value. All but `message` and `path` is not of the Standard Schema. */
export interface SettingsIssue {
  /** A clause that goes on after the key's name, such as `is a number, a string was wanted`, or a sentence of its own. */
  readonly message: string;
  readonly path?: readonly (PropertyKey | SettingsPathSegment)[] | undefined;
  /** The message names what it is about: nothing is put before it. */
  readonly whole?: boolean;
  /** The key at the end of the path is meant, not what stands there. */
  readonly atKey?: boolean;
  /** What to do. */
  readonly hint?: string | undefined;
  /** Keys that may stand there, of which the nearest is suggested where there is no hint. */
  readonly known?: readonly string[];
}

/** One step of the way to what is wrong. */
export interface SettingsPathSegment {
  readonly key: PropertyKey;
  /** `key` when the key itself is wrong, not what stands there; not of the Standard Schema, valibot says it. */
  readonly origin?: unknown;
}

/** A key of a host, of an entry of `routes` or of the manifest as a whole, and what may stand there. */
export interface PluginKey<T = unknown> {
  /** Letters, digits and dashes, such as `docker`; no other plugin's, and none of the manifest's own. */
  readonly name: string;
  /** One sentence for editors and docs. */
  readonly description: string;
  readonly schema: SettingsSchema<T>;
  /** Host keys: it may stand in `hostTemplate` too; a mapping there and one in the host are merged field by field. */
  readonly template?: boolean;
  /** What is checked where the manifest does not have the key; absent: nothing, and a host without the key has none of it. */
  readonly fallback?: unknown;
  /** Host keys: the fallback is for hosts that one of these keys leads to; absent: for every host. */
  readonly fallbackWith?: readonly string[];
  /** Host keys: it tells how the host is reached. A host has one such key, and a transport that names it. */
  readonly way?: boolean;
  /**
   * Host keys: it says when the host runs. A host without such a key is started with the network; one with it, at its first use. At
   * most one key of a host says so.
   */
  demand?(settings: T): Demand;
  /** Host keys: whether the host may publish ports that it finds programs to serve. Absent: no. */
  publishes?(settings: T): boolean;
  /** Route keys: a rule turns it into destinations. It stands in the place of `to`. */
  readonly destinations?: boolean;
  /** Route keys: `via` may be a URL with one of these schemes, which is then this key's value. The key is not written by name. */
  readonly schemes?: readonly string[];
  /** What becomes of it in the log; default: the own host knows it. Undefined: the key is off. */
  expose?(settings: T, context: ExposeContext): Exposed | undefined | Promise<Exposed | undefined>;
  /** Notes what concerns several hosts or keys. The manifest may hold errors; keys that are wrong are missing. */
  readonly check?: ManifestCheck;
}

/** When a host is started and stopped. */
export interface Demand {
  /** How long nobody uses it before it is stopped, in milliseconds; undefined: it goes on. */
  readonly idleMs: number | undefined;
  /** How long a connection waits for it, in milliseconds, everything that it starts in turn included. */
  readonly timeoutMs: number;
}

/** What a key may know when it is exposed. */
export interface ExposeContext {
  /** The host that has the key; undefined for a route's. */
  readonly host: HostSpec | undefined;
  /** What the log keeps of it now, such as the salt of a password that may not have changed. */
  readonly before: KeySettings | undefined;
  /** Nothing is started with it: it is only asked how things would be, and what takes long may be left out. */
  readonly draft: boolean;
}

/** What becomes of a key in the log, by who may know it. */
export interface Exposed {
  /** What all hosts may know. */
  readonly all?: Json;
  /** What the own host alone may know: the one that has the key, or that the route leads through. */
  readonly own?: Json;
  /** What never leaves the manager's process and is not in the log. */
  readonly secret?: Json;
}

/** A manifest whose keys were checked one by one. */
export interface CheckedManifest extends Manifest {
  /** Whose value at a host's key this is, for messages: `host 'web'`, or `'hostTemplate'`. */
  owner(host: string, key: string, path?: readonly (string | number)[]): string;
}

/** Takes a finding. */
export type Note = (finding: NotedFinding) => void;

/** What a check found, and where. */
export interface NotedFinding {
  readonly severity: "error" | "warning";
  /** What is and what was wanted: sentence case, quoted values, no full stop. */
  readonly message: string;
  readonly hint?: string;
  /** A place that the manifest does not have is left out with its finding. */
  readonly at: ManifestLocation;
}

/** Where something stands in a manifest: a key of a host or a service, by its name, or of a route, by its number from 0. */
export interface ManifestLocation {
  readonly host?: string;
  readonly service?: string;
  readonly route?: number;
  readonly key: string;
  /** Within the value. */
  readonly path?: readonly (string | number)[];
}

/** Notes what a plugin finds in a manifest without a key of its own. */
export type ManifestCheck = (manifest: CheckedManifest, note: Note) => void;

/** The keys that plugins brought, in the order of the plugins. */
export interface PluginKeys {
  readonly host: readonly PluginKey[];
  readonly route: readonly PluginKey[];
  readonly network: readonly PluginKey[];
  /** Checks beside those of the keys. */
  readonly checks?: readonly ManifestCheck[];
  /** Limits that plugins brought, by name. */
  readonly limits?: LimitRows;
  /** What plugins would bring that the manifest leaves out; such a key is unknown, and this says why. */
  readonly leftOut?: LeftOut;
}

/** Keys by their names, each with the plugin that is left out. */
export interface LeftOut {
  readonly host?: LeftOutKeys;
  readonly route?: LeftOutKeys;
  readonly network?: LeftOutKeys;
  readonly limits?: LeftOutKeys;
  /** By what the URL of a route's `via` begins with, without `://`. */
  readonly schemes?: LeftOutKeys;
}

/** Keys of one place in the manifest. */
export type LeftOutKeys = { readonly [key: string]: LeftOutKey };

/** A key of a plugin that is left out. */
export interface LeftOutKey {
  readonly plugin: string;
  /** The key tells how a host is reached. */
  readonly way?: boolean;
}

/** No keys but the manifest's own. */
export const NO_KEYS: PluginKeys = { host: [], route: [], network: [] };
