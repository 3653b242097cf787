// What was read to the manifest: applies the template and checks what concerns two keys or two hosts. Must not
// look at YAML.

import { isLoopback } from "../address.ts";
import { MANIFEST_BOUNDS } from "./bounds.ts";
import { HOST_DEFAULTS, type HostRead, type HttpRead, type ProxyRead, type RouteRead, type TemplateRead } from "./fields.ts";
import type { Findings } from "./findings.ts";
import type { Found } from "./kinds.ts";
import { checkLoops } from "./loops.ts";
import { checkOpen, checkOpenRoutes } from "./open_checks.ts";
import type { Named } from "./records.ts";
import { resolveRoutes } from "./resolve_routes.ts";
import type { HostSpec, Manifest, PortMap, ProxySpec } from "./types.ts";
import { quoted } from "./visible.ts";
import { checkWay, wayOf } from "./way.ts";

/** A host that was read; one that was not a mapping has its name only, so that routes to it are not wrong too. */
export interface NamedHost {
  readonly name: Found<string>;
  readonly item: HostRead;
}

/** The parts of a manifest as read. */
export interface ManifestRead {
  readonly template: TemplateRead;
  readonly hosts: readonly Named<HostRead>[];
  readonly routes: readonly Found<RouteRead>[];
  readonly plugins: readonly Found<string>[];
  /** Names of the transports' keys. */
  readonly hostKeys: readonly string[];
  /** Names of the rules' keys. */
  readonly routeKeys: readonly string[];
}

/** The manifest, or undefined when it would be too large; right only when no error was noted. */
export function resolveManifest(parts: ManifestRead, findings: Findings): Manifest | undefined {
  const { template, hosts: read, routes, plugins, hostKeys, routeKeys } = parts;
  const hosts = read.map(({ name, item = {} }) => ({ name, item }));
  // A template multiplies: without a bound, a small file could ask for more ports than memory holds.
  const shared = template.ports?.value.length ?? 0;
  const ports = hosts.reduce((sum, { item }) => sum + shared + (item.ports?.value.length ?? 0), 0);
  if (ports > MANIFEST_BOUNDS.ports) {
    findings.error(undefined, `The hosts publish ${ports} ports in all, at most ${MANIFEST_BOUNDS.ports} were wanted`);
    return undefined;
  }
  const resolved = hosts.map((host) => resolveHost(host, template, hostKeys));
  checkNames(hosts, findings);
  checkVips(hosts, findings);
  checkLoopback(hosts, resolved, findings);
  checkPorts(hosts, template, findings);
  checkOpen(hosts, template, resolved, findings);
  checkLoops({ hosts, template, resolved }, findings);
  for (const { name, item } of hosts) checkWay(name.value, item, hostKeys, findings);
  const manifest = { hosts: resolved, routes: resolveRoutes(routes, resolved, routeKeys, findings) };
  checkOpenRoutes(routes, manifest, findings);
  return plugins.length === 0 ? manifest : { ...manifest, plugins: plugins.map(({ value }) => value) };
}

function resolveHost({ name, item: own }: NamedHost, template: TemplateRead, hostKeys: readonly string[]): HostSpec {
  const stateDir = own.stateDir?.value;
  const shared = template.stateDir?.value;
  const loopbackOff = (own.loopback?.value.disable ?? template.loopback?.value.disable)?.value ?? HOST_DEFAULTS.loopbackDisable;
  return {
    name: name.value,
    vip: own.vip?.value ?? "",
    ...wayOf(own, hostKeys),
    ports: [...(template.ports?.value ?? []), ...(own.ports?.value ?? [])].map((port) => port.value),
    aliases: (own.aliases?.value ?? []).map((alias) => alias.value),
    http: httpProxy(own.http?.value, template.http?.value),
    socks: proxy(own.socks?.value, template.socks?.value, HOST_DEFAULTS.socksListen),
    dns: {
      listen: (own.dns?.value.listen ?? template.dns?.value.listen)?.value ?? HOST_DEFAULTS.dnsListen,
      disable: (own.dns?.value.disable ?? template.dns?.value.disable)?.value ?? loopbackOff,
    },
    loopback: { disable: loopbackOff },
    stateDir: {
      // An empty path means the default, as it did for the first NoRouter.
      pathOnAgent: (stateDir?.pathOnAgent ?? shared?.pathOnAgent)?.value || HOST_DEFAULTS.pathOnAgent,
      disable: (stateDir?.disable ?? shared?.disable)?.value ?? HOST_DEFAULTS.stateDirDisable,
    },
    writeEtcHosts: (own.writeEtcHosts ?? template.writeEtcHosts)?.value ?? HOST_DEFAULTS.writeEtcHosts,
  };
}

function httpProxy(own: HttpRead | undefined, shared: HttpRead | undefined): ProxySpec | undefined {
  const spec = proxy(own, shared, HOST_DEFAULTS.httpListen);
  const answerTimeout = (own?.answerTimeout ?? shared?.answerTimeout)?.value;
  return spec && answerTimeout !== undefined ? { ...spec, answerTimeout } : spec;
}

function proxy(own: ProxyRead | undefined, shared: ProxyRead | undefined, fallback: string): ProxySpec | undefined {
  const listen = (own?.listen ?? shared?.listen)?.value ?? fallback;
  if (listen === "") return undefined;
  const { user, password } = (own?.auth ?? shared?.auth)?.value ?? {};
  return {
    listen,
    outside: (own?.outside ?? shared?.outside)?.value ?? HOST_DEFAULTS.outside,
    ...(user && password ? { auth: { user: user.value, password: password.value } } : {}),
  };
}

function checkNames(hosts: readonly NamedHost[], findings: Findings): void {
  const taken = new Map<string, { readonly host: string; readonly line: number }>();
  const take = (name: Found<string>, host: string, what: string): void => {
    const key = name.value.toLowerCase();
    const first = taken.get(key);
    if (first === undefined) taken.set(key, { host, line: findings.line(name.span.start) });
    else
      findings.error(
        name.span,
        `${what} ${quoted(name.value)} is already a name of host ${quoted(first.host)} on line ${first.line}`,
      );
  };
  for (const { name } of hosts) take(name, name.value, "Host name");
  for (const { name, item } of hosts) for (const alias of item.aliases?.value ?? []) take(alias, name.value, "Alias");
}

function checkVips(hosts: readonly NamedHost[], findings: Findings): void {
  const owners = new Map<string, Found<string>>();
  for (const { name, item } of hosts) {
    if (item.vip === undefined) continue;
    const owner = owners.get(item.vip.value);
    if (owner === undefined) owners.set(item.vip.value, name);
    else {
      const other = `host ${quoted(owner.value)} on line ${findings.line(owner.span.start)}`;
      findings.error(item.vip.span, `VIP '${item.vip.value}' of host ${quoted(name.value)} is already that of ${other}`);
    }
  }
}

/** A host listens on every VIP while its loopback is on, and without root only 127.0.0.0/8 can be listened on. */
function checkLoopback(hosts: readonly NamedHost[], resolved: readonly HostSpec[], findings: Findings): void {
  const listener = resolved.find((host) => !host.loopback.disable);
  if (listener === undefined) return;
  for (const {
    item: { vip },
  } of hosts) {
    if (vip === undefined || isLoopback(vip.value)) continue;
    const message = `VIP '${vip.value}' is outside of 127.0.0.0/8, but loopback is on for host ${quoted(listener.name)}`;
    findings.error(vip.span, message, "Use an address such as 127.0.42.101, or set 'loopback.disable: true' in 'hostTemplate'");
  }
}

function checkPorts(hosts: readonly NamedHost[], template: TemplateRead, findings: Findings): void {
  const shared = new Map<number, number>();
  takePorts(template.ports?.value ?? [], shared, "'hostTemplate'", findings);
  for (const { name, item } of hosts) {
    if (item.ports !== undefined) takePorts(item.ports.value, new Map(shared), `host ${quoted(name.value)}`, findings);
  }
}

function takePorts(ports: readonly Found<PortMap>[], taken: Map<number, number>, owner: string, findings: Findings): void {
  for (const { value, span } of ports) {
    const first = taken.get(value.listen);
    if (first === undefined) taken.set(value.listen, findings.line(span.start));
    else findings.error(span, `Port ${value.listen} of ${owner} is published twice, first on line ${first}`);
  }
}
