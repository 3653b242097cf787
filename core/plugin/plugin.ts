// A unit that can be put in or left out: its part in the manager, its part on hosts, and what each registers with.

import type { LimitRows } from "../limits.ts";
import type { Egress } from "./egress.ts";
import type { FrontEnd } from "./front_end.ts";
import type { HostContext } from "./host_context.ts";
import type { ManifestCheck, PluginKey } from "./key.ts";
import type { Observer } from "./observer.ts";
import type { Rule } from "./rule.ts";
import type { Starter } from "./starter.ts";
import type { StoreKind } from "./store.ts";
import type { Transport } from "./transport.ts";

/** The version of this contract; a plugin, and what it runs on hosts, state the one they were written for. */
export const PLUGIN_API = 2;

/** What a plugin's `setup` registers with, in the manager. */
export interface PluginContext {
  /** Adds a transport. */
  transport(transport: Transport): void;
  /** Adds a starter. */
  starter(starter: Starter): void;
  /** Adds a rule. */
  rule(rule: Rule): void;
  /** Adds an observer. */
  observer(observer: Observer): void;
  /** Says where the log lives; one plugin of a network does. */
  store(kind: StoreKind): void;
  /** Adds a key of hosts in the manifest. */
  hostKey<T>(key: PluginKey<T>): void;
  /** Adds a key of entries of `routes`. */
  routeKey<T>(key: PluginKey<T>): void;
  /** Adds a key of the manifest as a whole. */
  networkKey<T>(key: PluginKey<T>): void;
  /**
   * Adds limits of the plugin's own, by name; the manifest's `limits` may set them, and each host has their values. Several plugins
   * may bring the same row.
   */
  limits(rows: LimitRows): void;
  /** Adds a check of manifests that belongs to none of the plugin's keys. */
  check(check: ManifestCheck): void;
}

/** What a host part's `setup` registers with, on each host. */
export interface HostPartContext {
  /** Adds a front-end, made once for the host. */
  frontEnd(make: (host: HostContext) => FrontEnd): void;
  /** Adds an egress, made once for the host. */
  egress(make: (host: HostContext) => Egress): void;
}

/** What a plugin runs on hosts. */
export interface HostPart {
  /** The plugin's name. */
  readonly name: string;
  /** The {@link PLUGIN_API} it was written for. */
  readonly api: number;
  /** Registers, at once; does nothing else. May be called more than once. */
  setup(context: HostPartContext): void;
}

/** Where a plugin's host part is, and which hosts run it: those with settings at one of the plugin's keys of hosts. */
export type HostModule = {
  /** Every host runs it, whatever its settings. A plugin without keys of hosts runs everywhere. */
  readonly everywhere?: boolean;
} /** Built in: a process that knows a plugin of this name, as agents know the built-in ones, loads its own. */ & (
  | { readonly load: () => Promise<HostPart> }
  /**
   * Of a third party: the path of one self-contained ES module, which hosts are sent. It imports nothing but `node:` modules, and
   * its default export is a {@link HostPart}, or a function that makes one of the host toolkit.
   */
  | { readonly module: string | URL }
);

/** A unit that can be put in or left out: its part in the manager. */
export interface Plugin {
  /** Unique; lower case letters, digits and dashes. */
  readonly name: string;
  /** The {@link PLUGIN_API} it was written for. */
  readonly api: number;
  /** Names of plugins that come later than this one, such as an egress that claims all that is published. */
  readonly before?: readonly string[];
  /** Names of plugins that come earlier. */
  readonly after?: readonly string[];
  /** Registers, at once; does nothing else. May be called more than once. */
  setup(context: PluginContext): void;
  /** What the plugin runs on hosts; absent: nothing. */
  readonly host?: HostModule;
}

/** What a process that serves a host knows of a plugin; a whole one is fine, too. */
export type PluginOnHost = Pick<Plugin, "name" | "host">;
