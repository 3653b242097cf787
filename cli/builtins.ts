// The one list of what is built in. Imports are literal and lazy, so that the agent's bundle holds host parts only.

import type { HostPart, Plugin, PluginOnHost } from "../core/mod.ts";

/** A plugin that can be loaded. */
export interface Builtin {
  readonly name: string;
  /** Its part in the manager. */
  readonly load: () => Promise<Plugin>;
  /** Its part on hosts that agents serve. */
  readonly host?: () => Promise<HostPart>;
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
  { name: "memory", load: async () => (await import("../transports/memory/mod.ts")).memoryTransport },
  {
    name: "loopback",
    load: async () => (await import("../plugins/loopback/mod.ts")).loopbackPlugin,
    host: async () => (await import("../plugins/loopback/host.ts")).loopbackHost,
  },
  {
    name: "http-proxy",
    load: async () => (await import("../plugins/http_proxy/mod.ts")).httpProxyPlugin,
    host: async () => (await import("../plugins/http_proxy/host.ts")).httpProxyHost,
  },
  {
    name: "socks",
    load: async () => (await import("../plugins/socks/mod.ts")).socksPlugin,
    host: async () => (await import("../plugins/socks/host.ts")).socksHost,
  },
  {
    name: "dns",
    load: async () => (await import("../plugins/dns/mod.ts")).dnsPlugin,
    host: async () => (await import("../plugins/dns/host.ts")).dnsHost,
  },
  {
    name: "state-dir",
    load: async () => (await import("../plugins/state_dir/mod.ts")).stateDirPlugin,
    host: async () => (await import("../plugins/state_dir/host.ts")).stateDirHost,
  },
  {
    name: "etc-hosts",
    load: async () => (await import("../plugins/etc_hosts/mod.ts")).etcHostsPlugin,
    host: async () => (await import("../plugins/etc_hosts/host.ts")).etcHostsHost,
  },
  // Runs in the manager's process alone, which knows the proxies' passwords.
  { name: "upstream-socks", load: async () => (await import("../plugins/upstream_socks/mod.ts")).upstreamSocksPlugin },
  {
    name: "routes",
    load: async () => (await import("../plugins/routes/mod.ts")).routesPlugin,
    host: async () => (await import("../plugins/routes/host.ts")).routesHost,
  },
  {
    name: "forward",
    load: async () => (await import("../plugins/forward/mod.ts")).forwardPlugin,
    host: async () => (await import("../plugins/forward/host.ts")).forwardHost,
  },
];

/** Loads what a manager needs. */
export function loadBuiltins(): Promise<Plugin[]> {
  return Promise.all(BUILTINS.map(({ load }) => load()));
}

/** What an agent can run, by the names of the plugins; nothing is loaded yet. */
export function builtinHostParts(): PluginOnHost[] {
  return BUILTINS.flatMap(({ name, host: load }) => (load ? { name, host: { load } } : []));
}
