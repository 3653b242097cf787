// A unit that can be put in or left out, and what it registers with.

import type { Egress } from "./egress.ts";
import type { FrontEnd } from "./front_end.ts";
import type { HostContext } from "./host_context.ts";
import type { PluginKey } from "./key.ts";
import type { Rule } from "./rule.ts";
import type { Transport } from "./transport.ts";

/** The version of this contract; a plugin states the one it was written for. */
export const PLUGIN_API = 1;

/** What `setup` registers with. */
export interface PluginContext {
  /** Manager only: adds a transport. */
  transport(transport: Transport): void;
  /** Adds a front-end, made once for each host that this process serves. */
  frontEnd(make: (host: HostContext) => FrontEnd): void;
  /** Manager only: adds a rule. */
  rule(rule: Rule): void;
  /** Manager only: adds a key of hosts in the manifest. */
  hostKey<T>(key: PluginKey<T>): void;
  /** Manager only: adds a key of entries of `routes`. */
  routeKey<T>(key: PluginKey<T>): void;
  /** Manager only: adds a key of the manifest as a whole. */
  networkKey<T>(key: PluginKey<T>): void;
  /** Adds an egress, made once for each host that this process serves. */
  egress(make: (host: HostContext) => Egress): void;
}

/** A unit that can be put in or left out. */
export interface Plugin {
  /** Unique; lower case letters, digits and dashes. */
  readonly name: string;
  /** The {@link PLUGIN_API} it was written for. */
  readonly api: number;
  /** Names of plugins that must be set up before this one. */
  readonly after?: readonly string[];
  /** Registers, at once; does nothing else. May be called more than once. */
  setup(context: PluginContext): void;
}
