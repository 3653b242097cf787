// What was read to the manifest: applies the template and checks what concerns two keys or two hosts.

import { isOwnHost } from "../../own_host.ts";
import type { PluginKey } from "../../plugin/key.ts";
import { type HostRead, keyOf, type TemplateRead } from "../keys/fields.ts";
import type { Found } from "../keys/kinds.ts";
import { checkShared, type Keyed, keyReader, type Unchecked } from "../keys/plugin_key.ts";
import { MANIFEST_BOUNDS } from "../text/bounds.ts";
import type { Findings } from "../text/findings.ts";
import { quoted } from "../text/visible.ts";
import type { ByKey, HostSpec, Manifest, PortMap } from "../types.ts";
import { runChecks } from "./checks.ts";
import type { ManifestRead, NamedHost } from "./read.ts";
import { resolveRoutes } from "./resolve_routes.ts";
import { resolveServices } from "./resolve_services.ts";
import { checkWay, waySpecOf } from "./way.ts";

/** The manifest, or undefined when it would be too large; right only when no error was noted. */
export function resolveManifest(parts: ManifestRead, findings: Findings): Manifest | undefined {
  const { template, hosts: read, services, routes, plugins, root, keys } = parts;
  const hosts = read.map(({ name, item = {} }) => ({ name, item }));
  // A template multiplies: without a bound, a small file could ask for more ports than memory holds.
  const shared = template.ports?.value.length ?? 0;
  const ports = hosts.reduce((sum, { item }) => sum + shared + (item.ports?.value.length ?? 0), 0);
  if (ports > MANIFEST_BOUNDS.ports) {
    findings.error(undefined, `The hosts publish ${ports} ports in all, at most ${MANIFEST_BOUNDS.ports} were wanted`);
    return undefined;
  }
  const ways = keys.host.filter(({ way }) => way).map(({ name }) => name);
  const keyed = readKeys(
    keys.host.filter(({ way }) => !way),
    template,
    findings,
  );
  const resolved = hosts.map(({ name, item }): HostSpec => {
    const { settings, written } = waySpecOf(item, ways);
    return {
      name: name.value,
      vip: item.vip?.value ?? "",
      settings,
      ports: [...(template.ports?.value ?? []), ...(item.ports?.value ?? [])].map((port) => port.value),
      aliases: (item.aliases?.value ?? []).map((alias) => alias.value),
      ...keyed(item, { written: written ?? {}, isOwn: isOwnHost({ settings }) }),
    };
  });
  const taking = [...hosts, ...services.map(({ name, item = {} }) => ({ name, item, what: "service" }))];
  checkNames(taking, findings);
  checkVips(taking, findings);
  checkPorts(hosts, template, findings);
  for (const { name, item } of hosts) checkWay(name.value, item, ways, findings);
  const { keys: ofNetwork, written } = readKeys(keys.network, {}, findings)(root, { written: {}, isOwn: false });
  const manifest: Manifest = {
    hosts: resolved,
    routes: resolveRoutes(routes, { hosts: resolved, services: services.map(({ name }) => name.value) }, keys, findings),
    ...(services.length === 0 ? {} : { services: resolveServices(services, resolved, findings) }),
    ...(parts.limits.length === 0 ? {} : { limits: Object.fromEntries(parts.limits) }),
    ...(plugins.length === 0 ? {} : { plugins: plugins.map(({ value }) => value.spec) }),
    ...(written ? { keys: ofNetwork, written } : {}),
  };
  runChecks(keys, manifest, { template, hosts, services, routes }, findings);
  return manifest;
}

/** Whose keys are read. */
interface ReadOf {
  /** What was written at keys that are read elsewhere. */
  readonly written: ByKey;
  /** The manager's own host. */
  readonly isOwn: boolean;
}

/** Reads what stands at keys, or holds there without being written. */
function readKeys(keys: readonly PluginKey[], template: object, findings: Findings) {
  const readers = keys.map((key) => ({ key, read: keyReader(key, findings) }));
  for (const key of keys) {
    const shared = keyOf<Unchecked>(template, key.name)?.value;
    if (shared) checkShared(key, shared, findings);
  }
  return (item: object, { written: others, isOwn }: ReadOf): { readonly keys: ByKey; readonly written?: ByKey } => {
    const found = readers.flatMap(({ key: { name, demand, fallbackWith }, read }): [string, Keyed][] => {
      // The manager's own host is there before any other: what the template says of when hosts run is not about it.
      const shared = isOwn && demand ? undefined : keyOf<Unchecked>(template, name)?.value;
      const own = keyOf<Unchecked>(item, name)?.value;
      const isMeant = own ?? shared ?? fallbackWith?.every((way) => !Object.hasOwn(others, way)) !== true;
      const keyed = isMeant ? read(own, shared) : undefined;
      return keyed?.value === undefined ? [] : [[name, keyed]];
    });
    const written = { ...others, ...Object.fromEntries(found.map(([name, keyed]) => [name, keyed.written])) };
    return {
      keys: Object.fromEntries(found.map(([name, keyed]) => [name, keyed.value])),
      ...(Object.keys(written).length > 0 ? { written } : {}),
    };
  };
}

/** What takes a name and a VIP: a host or a service. */
interface Taking {
  readonly name: Found<string>;
  readonly item: Pick<HostRead, "vip" | "aliases">;
  readonly what?: string;
}

function checkNames(all: readonly Taking[], findings: Findings): void {
  const taken = new Map<string, { readonly owner: string; readonly line: number }>();
  const take = (name: Found<string>, owner: string, what: string): void => {
    const key = name.value.toLowerCase();
    const first = taken.get(key);
    if (first === undefined) taken.set(key, { owner, line: findings.line(name.span.start) });
    else findings.error(name.span, `${what} ${quoted(name.value)} is already a name of ${first.owner} on line ${first.line}`);
  };
  for (const one of all) take(one.name, called(one), one.what === undefined ? "Host name" : "Service name");
  for (const one of all) for (const alias of one.item.aliases?.value ?? []) take(alias, called(one), "Alias");
}

function checkVips(all: readonly Taking[], findings: Findings): void {
  const owners = new Map<string, Taking>();
  for (const one of all) {
    const { vip } = one.item;
    if (vip === undefined) continue;
    const owner = owners.get(vip.value);
    if (owner === undefined) owners.set(vip.value, one);
    else {
      const other = `${called(owner)} on line ${findings.line(owner.name.span.start)}`;
      findings.error(vip.span, `VIP '${vip.value}' of ${called(one)} is already that of ${other}`);
    }
  }
}

function called({ name, what = "host" }: Taking): string {
  return `${what} ${quoted(name.value)}`;
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
