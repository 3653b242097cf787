// The shape of a checked manifest: what every other part reads. No parsing and no default stands here.

import type { Place, Protocol } from "../place.ts";
import type { AgentChoice } from "../plugin/agent_source.ts";
import type { HealthCheck, Service } from "../service/service.ts";

/** A published port: connections to `listen` on the host's VIP are dialled to `target` by that host. */
export interface PortMap {
  /** 1..65535, on the host's VIP. */
  readonly listen: number;
  readonly protocol: Protocol;
  /**
   * As seen from the publishing host: an IPv4 or IPv6 address (no brackets) or a name, and a port; or the path of a Unix socket,
   * which begins with `/`, `~` or a variable, or `@` and the name of an abstract one.
   */
  readonly target: Place;
}

/** Private settings of a host that tell how it is reached: what stands at each transport's own key is here by its name. */
export interface HostSettings {
  /** Words of the command that gives a shell; undefined for a host that another key reaches, and the manager's own. */
  readonly cmd?: readonly string[];
  /** `cmd` is the prefix of a shell command, and the agent is sent. */
  readonly install?: boolean;
  /** The one folder on the host for agents that are sent; begins with `/` or `~/`. */
  readonly agentDir?: string;
  /** What is sent. Absent: as the manager was told for all hosts. */
  readonly agent?: AgentChoice;
  readonly [key: string]: unknown;
}

/** Values by the names of keys. */
export type ByKey = { readonly [key: string]: unknown };

/** One member of the network, its template applied. */
export interface HostSpec {
  readonly name: string;
  /** Dotted IPv4 address. */
  readonly vip: string;
  /** How it is reached: its command, or what stands at a transport's key. Empty for the manager's own host. */
  readonly settings: HostSettings;
  readonly ports: readonly PortMap[];
  /** Further names of the host, lower case, no final dot. */
  readonly aliases: readonly string[];
  /** What stands at the keys of plugins that are no way to the host, as their schemas made it. */
  readonly keys: ByKey;
  /** What stands at the keys of plugins, as plain data that reads to the same; absent without any. */
  readonly written?: ByKey;
}

/** Several hosts behind one VIP and name. */
export interface ServiceSpec {
  readonly name: string;
  /** Dotted IPv4 address. */
  readonly vip: string;
  /** Names of its hosts. */
  readonly hosts: readonly string[];
  /** Which host gets a new connection. */
  readonly policy: Service["policy"];
  /** Ports on its VIP, each published by all its hosts. */
  readonly ports: readonly number[];
  /** Further names, lower case, no final dot. */
  readonly aliases: readonly string[];
  /** Connections of one client address go to one host. */
  readonly sticky: boolean;
  /** Connections that a host has before another one is preferred; undefined: no matter. */
  readonly max: number | undefined;
  /** How its hosts are found to be well; undefined: a host that is ready is well. */
  readonly health: HealthCheck | undefined;
}

/** Destinations that are not the network's own, and what becomes of them. */
export interface RouteSpec {
  /** Networks in CIDR notation and globs of names, each maybe with ports; empty where a rule says them. */
  readonly to: readonly string[];
  /** Left out of `to`. */
  readonly notTo?: readonly string[];
  /** Name of the host that they are reached from; undefined: they are refused. */
  readonly via: string | undefined;
  /** The key whose URL stands at `via`: the manager's own host reaches them through it. */
  readonly through?: string;
  /** The key of the rule that says the destinations. */
  readonly rule?: string;
  /** What stands at the keys of plugins, as their schemas made it; absent without any. */
  readonly keys?: ByKey;
  /** The same as plain data that reads to the same. */
  readonly written?: ByKey;
}

/** What a manifest says of one plugin. */
export interface PluginSpec {
  /** What it is called; absent for what stands in a list. */
  readonly name?: string;
  /** Path of its module, or its package; absent for a built-in plugin. */
  readonly from?: string;
  /** The built-in plugin of that name is left out. */
  readonly off?: true;
  /** Names of plugins that come later than this one. */
  readonly before?: readonly string[];
  /** Names of plugins that come earlier. */
  readonly after?: readonly string[];
}

/** A manifest without errors. */
export interface Manifest {
  readonly hosts: readonly HostSpec[];
  readonly routes: readonly RouteSpec[];
  /** Absent without any. */
  readonly services?: readonly ServiceSpec[];
  /** Limits that are set, by name; absent where none is. */
  readonly limits?: { readonly [name: string]: number };
  /** What becomes of plugins, for the command line, which loads them; absent where nothing is said. */
  readonly plugins?: readonly PluginSpec[];
  /** What stands at the keys that plugins brought for the network as a whole; absent without any. */
  readonly keys?: ByKey;
  /** The same as plain data that reads to the same. */
  readonly written?: ByKey;
}

/** One finding about a manifest. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** What is and what was wanted: sentence case, quoted values, no full stop. */
  readonly message: string;
  /** What to do, or undefined when the message says it all. */
  readonly hint: string | undefined;
  readonly file: string;
  /** 1-based; 0 when the finding is about the file as a whole. */
  readonly line: number;
  readonly column: number;
  /** The line itself without its end, "" for the whole file. */
  readonly text: string;
  /** How many UTF-16 units from `column` the finding covers (at least 1). */
  readonly length: number;
  /** The error's code where it is another than `manifest-invalid`. */
  readonly code?: "plugin-missing" | "plugin-invalid" | "rule-failed" | "no-transport";
}

/** What {@link parseManifest} found: a manifest exactly when no diagnostic is an error. */
export interface ManifestResult {
  readonly manifest: Manifest | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** The line of each route, from 1; there with a manifest. */
  readonly routeLines?: readonly number[];
  /** Names of the hosts that were added and that the manifest itself does not have; absent where none were given. */
  readonly added?: readonly string[];
}

/** A host that is added to a manifest. */
export interface AddedHost {
  readonly name: string;
  /** What would stand under its name in `hosts`, YAML or JSON. */
  readonly text: string | Uint8Array;
  /** It is removed when its link ends, or does not come up. It takes no other host's name. */
  readonly guest?: boolean;
}
