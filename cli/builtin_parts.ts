// What agents can run: the parts on hosts of the built-in plugins. Imports are literal and lazy, and none leads to a part in the
// manager, which an agent does not have.

import type { HostPart, PluginOnHost } from "../core/mod.ts";

const part = (name: string, load: () => Promise<HostPart>): PluginOnHost => ({ name, host: { load } });

/** By the names of the plugins; nothing is loaded yet. Not among them is what runs in the manager's process alone. */
export const BUILTIN_PARTS: readonly PluginOnHost[] = [
  part("on-demand", async () => (await import("../plugins/on_demand/host.ts")).onDemandHost),
  part("loopback", async () => (await import("../plugins/loopback/host.ts")).loopbackHost),
  part("http-proxy", async () => (await import("../plugins/http_proxy/host.ts")).httpProxyHost),
  part("socks", async () => (await import("../plugins/socks/host.ts")).socksHost),
  part("sockets", async () => (await import("../plugins/sockets/host.ts")).socketsHost),
  part("dns", async () => (await import("../plugins/dns/host.ts")).dnsHost),
  part("state-dir", async () => (await import("../plugins/state_dir/host.ts")).stateDirHost),
  part("etc-hosts", async () => (await import("../plugins/etc_hosts/host.ts")).etcHostsHost),
  part("service-checks", async () => (await import("../plugins/service_checks/host.ts")).serviceChecksHost),
  part("routes", async () => (await import("../plugins/routes/host.ts")).routesHost),
  part("forward", async () => (await import("../plugins/forward/host.ts")).forwardHost),
];
