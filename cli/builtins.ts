// The one list of what is built in. Imports are literal and lazy: an agent loads nothing that only a manager
// needs.

import type { Plugin } from "../core/mod.ts";

/** A plugin that can be loaded. */
export interface Builtin {
  readonly name: string;
  /** Who needs it. */
  readonly roles: readonly ("manager" | "agent")[];
  readonly load: () => Promise<Plugin>;
}

/** In the order of registration: the first transport that claims a host serves it, the first egress that claims a target. */
export const BUILTINS: readonly Builtin[] = [
  { name: "cmd", roles: ["manager"], load: async () => (await import("../transports/cmd/mod.ts")).cmdTransport },
  { name: "docker", roles: ["manager"], load: async () => (await import("../transports/docker/mod.ts")).dockerTransport },
  { name: "podman", roles: ["manager"], load: async () => (await import("../transports/podman/mod.ts")).podmanTransport },
  { name: "kubectl", roles: ["manager"], load: async () => (await import("../transports/kubectl/mod.ts")).kubectlTransport },
  { name: "lxc", roles: ["manager"], load: async () => (await import("../transports/lxc/mod.ts")).lxcTransport },
  { name: "incus", roles: ["manager"], load: async () => (await import("../transports/lxc/mod.ts")).incusTransport },
  { name: "ssh", roles: ["manager"], load: async () => (await import("../transports/ssh/mod.ts")).sshTransport },
  { name: "memory", roles: ["manager"], load: async () => (await import("../transports/memory/mod.ts")).memoryTransport },
  { name: "stdio", roles: ["agent"], load: async () => (await import("../transports/stdio/mod.ts")).stdioTransport },
  {
    name: "loopback",
    roles: ["manager", "agent"],
    load: async () => (await import("../plugins/loopback/mod.ts")).loopbackPlugin,
  },
  {
    name: "http-proxy",
    roles: ["manager", "agent"],
    load: async () => (await import("../plugins/http_proxy/mod.ts")).httpProxyPlugin,
  },
  { name: "socks", roles: ["manager", "agent"], load: async () => (await import("../plugins/socks/mod.ts")).socksPlugin },
  { name: "dns", roles: ["manager", "agent"], load: async () => (await import("../plugins/dns/mod.ts")).dnsPlugin },
  {
    name: "state-dir",
    roles: ["manager", "agent"],
    load: async () => (await import("../plugins/state_dir/mod.ts")).stateDirPlugin,
  },
  {
    name: "etc-hosts",
    roles: ["manager", "agent"],
    load: async () => (await import("../plugins/etc_hosts/mod.ts")).etcHostsPlugin,
  },
  {
    name: "upstream-socks",
    roles: ["manager"],
    load: async () => (await import("../plugins/upstream_socks/mod.ts")).upstreamSocksPlugin,
  },
  { name: "routes", roles: ["manager", "agent"], load: async () => (await import("../plugins/routes/mod.ts")).routesPlugin },
  { name: "forward", roles: ["manager", "agent"], load: async () => (await import("../plugins/forward/mod.ts")).forwardPlugin },
];

/** Loads what a role needs. */
export function loadBuiltins(role: "manager" | "agent"): Promise<Plugin[]> {
  return Promise.all(BUILTINS.filter(({ roles }) => roles.includes(role)).map(({ load }) => load()));
}
