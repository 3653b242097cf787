// The one list of what is built in. Imports are literal and lazy. What of it runs on hosts that agents serve is listed in
// `builtin_parts.ts`.

import type { Plugin } from "../core/mod.ts";

/** A plugin that can be loaded. */
export interface Builtin {
  readonly name: string;
  readonly load: () => Promise<Plugin>;
}

/** In the order of registration: the first transport that claims a host serves it, the first egress that claims a target. */
export const BUILTINS: readonly Builtin[] = [
  { name: "cmd", load: async () => (await import("../transports/cmd/mod.ts")).cmdTransport },
  { name: "docker", load: async () => (await import("../transports/docker/mod.ts")).dockerTransport },
  { name: "podman", load: async () => (await import("../transports/podman/mod.ts")).podmanTransport },
  { name: "kubectl", load: async () => (await import("../transports/kubectl/mod.ts")).kubectlTransport },
  { name: "lxc", load: async () => (await import("../transports/lxc/mod.ts")).lxcTransport },
  { name: "incus", load: async () => (await import("../transports/lxc/mod.ts")).incusTransport },
  { name: "ssh", load: async () => (await import("../transports/ssh/mod.ts")).sshTransport },
  { name: "tls", load: async () => (await import("../transports/tls/mod.ts")).tlsTransport },
  { name: "exec", load: async () => (await import("../transports/exec/mod.ts")).execTransport },
  { name: "agent-socket", load: async () => (await import("../transports/agent_socket/mod.ts")).agentSocketTransport },
  { name: "on-demand", load: async () => (await import("../plugins/on_demand/mod.ts")).onDemandPlugin },
  { name: "memory", load: async () => (await import("../transports/memory/mod.ts")).memoryTransport },
  { name: "loopback", load: async () => (await import("../plugins/loopback/mod.ts")).loopbackPlugin },
  { name: "http-proxy", load: async () => (await import("../plugins/http_proxy/mod.ts")).httpProxyPlugin },
  { name: "socks", load: async () => (await import("../plugins/socks/mod.ts")).socksPlugin },
  { name: "sockets", load: async () => (await import("../plugins/sockets/mod.ts")).socketsPlugin },
  { name: "inside", load: async () => (await import("../plugins/inside/mod.ts")).insidePlugin },
  { name: "dns", load: async () => (await import("../plugins/dns/mod.ts")).dnsPlugin },
  { name: "state-dir", load: async () => (await import("../plugins/state_dir/mod.ts")).stateDirPlugin },
  { name: "etc-hosts", load: async () => (await import("../plugins/etc_hosts/mod.ts")).etcHostsPlugin },
  { name: "service-checks", load: async () => (await import("../plugins/service_checks/mod.ts")).serviceChecksPlugin },
  { name: "journal", load: async () => (await import("../plugins/journal/mod.ts")).journalPlugin },
  // Runs in the manager's process alone, which knows the proxies' passwords.
  { name: "upstream-socks", load: async () => (await import("../plugins/upstream_socks/mod.ts")).upstreamSocksPlugin },
  { name: "routes", load: async () => (await import("../plugins/routes/mod.ts")).routesPlugin },
  { name: "forward", load: async () => (await import("../plugins/forward/mod.ts")).forwardPlugin },
];

/** Built-in plugins that `run` alone puts in, as they take the network's name. A manifest may leave them out like the others. */
export const OF_RUN: readonly string[] = ["api"];

/** Loads what makes the API of a running network, which takes the network's name. */
export async function loadApi(): Promise<typeof import("../plugins/api/mod.ts")> {
  return import("../plugins/api/mod.ts");
}

/** Loads what a manager needs. */
export function loadBuiltins(): Promise<Plugin[]> {
  return Promise.all(BUILTINS.map(({ load }) => load()));
}
