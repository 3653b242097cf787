// The shape of a checked manifest: what every other part reads. No parsing and no default stands here.

import type { Outside } from "../entrances.ts";
import type { Place, Protocol } from "../place.ts";
import type { HostSettings } from "../plugin/transport.ts";

/** A published port: connections to `listen` on the host's VIP are dialled to `target` by that host. */
export interface PortMap {
  /** 1..65535, on the host's VIP. */
  readonly listen: number;
  readonly protocol: Protocol;
  /**
   * As seen from the publishing host: an IPv4 or IPv6 address (no brackets) or a name, and a port; or the path of a Unix socket,
   * which begins with `/`, `~` or a variable.
   */
  readonly target: Place;
}

/** One member of the network, its template applied. */
export interface HostSpec {
  readonly name: string;
  /** Dotted IPv4 address. */
  readonly vip: string;
  /** How it is reached: its command, or what stands at a transport's key. Empty for the manager's own host. */
  readonly settings: HostSettings;
  /** What stands at the keys of transports, as plain data before their schemas made settings of it; absent without any. */
  readonly written?: { readonly [key: string]: unknown };
  readonly ports: readonly PortMap[];
  /** Further names of the host, lower case, no final dot. */
  readonly aliases: readonly string[];
  /** Undefined when the host has no such proxy. */
  readonly http: ProxySpec | undefined;
  readonly socks: ProxySpec | undefined;
  readonly dns: DnsSpec;
  readonly loopback: { readonly disable: boolean };
  readonly stateDir: { readonly pathOnAgent: string; readonly disable: boolean };
  readonly writeEtcHosts: boolean;
}

/** A proxy on a host. */
export interface ProxySpec {
  /** `address:port`, or `unix:` and a path. */
  readonly listen: string;
  /** What becomes of destinations that are neither in the network nor a route's. */
  readonly outside: Outside;
  /** Without it everybody who can connect may use the proxy. */
  readonly auth?: { readonly user: string; readonly password: string };
  /** How long the HTTP proxy waits for a server to begin its answer, in seconds; the limit `answerMs` unless set. */
  readonly answerTimeout?: number;
}

/** The name server on a host. */
export interface DnsSpec {
  /** `address:port`. */
  readonly listen: string;
  readonly disable: boolean;
}

/** Destinations that are not the network's own, and what becomes of them. */
export interface RouteSpec {
  /** Networks in CIDR notation and globs of names, each maybe with ports; empty where a rule says them. */
  readonly to: readonly string[];
  /** Left out of `to`. */
  readonly notTo?: readonly string[];
  /** Name of the host that they are reached from; undefined: they are refused. */
  readonly via: string | undefined;
  /** URL of the proxy that `via`, the manager's own host, reaches them through. */
  readonly upstream?: string;
  /** What stands at the key of a rule: as its schema made it, and as it was written. */
  readonly rule?: { readonly key: string; readonly settings: unknown; readonly written: unknown };
}

/** A manifest without errors. */
export interface Manifest {
  readonly hosts: readonly HostSpec[];
  readonly routes: readonly RouteSpec[];
  /** Specifiers of further plugins, which the command line loads; absent without any. */
  readonly plugins?: readonly string[];
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
  readonly code?: "plugin-missing" | "plugin-invalid" | "rule-failed";
}

/** What {@link parseManifest} found: a manifest exactly when no diagnostic is an error. */
export interface ManifestResult {
  readonly manifest: Manifest | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** The line of each route, from 1; there with a manifest. */
  readonly routeLines?: readonly number[];
}
