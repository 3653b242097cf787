// Published targets that lead back to the port they are for. Pure.

import { type CheckedManifest, canonicalAddress, type HostSpec, type Note, type PortMap, showPlace } from "../../core/mod.ts";

/** A target that is a VIP's port is that port's target in turn; one that comes back to itself leads nowhere. */
export function checkLoops({ hosts, owner }: CheckedManifest, note: Note): void {
  const looping = onLoops(leadingOn(hosts));
  /** Those of the template are the same ones for all hosts. */
  const told = new Set<PortMap>();
  for (const { name, vip, ports } of hosts) {
    for (const [index, port] of ports.entries()) {
      const start = showPlace({ host: vip, port: port.listen });
      if (!looping.has(start) || told.has(port)) continue;
      told.add(port);
      const place = { host: name, key: "ports", path: [index] };
      const whose = owner(name, "ports", place.path).startsWith("host ") ? "" : ` of host '${name}'`;
      const message = `Target of port ${port.listen} leads back to ${start}, which is this port itself${whose}`;
      note({ severity: "error", message, hint: "Name the address where the server listens, such as 127.0.0.1", at: place });
    }
  }
}

/** By published port, the published port that its target is, on a host that listens on the VIPs. */
function leadingOn(hosts: readonly HostSpec[]): Map<string, string> {
  const vips = new Map(hosts.flatMap(({ name, aliases, vip }) => [name, ...aliases].map((one) => [one.toLowerCase(), vip])));
  const targets = new Map<string, string>();
  for (const { vip, ports, keys } of hosts) {
    if ((keys.loopback as { readonly disable: boolean } | undefined)?.disable !== false) continue;
    const addressOf = (host: string) =>
      ownAddress(host) ?? (keys.writeEtcHosts === true ? vips.get(host.toLowerCase()) : undefined) ?? host;
    for (const { listen, target } of ports) {
      if ("path" in target) continue;
      const next = { host: addressOf(target.host), port: target.port };
      targets.set(showPlace({ host: vip, port: listen }), showPlace(next));
    }
  }
  return targets;
}

/** An address as a VIP is written; whoever connects to no address in particular, or to `localhost`, connects to 127.0.0.1. */
function ownAddress(host: string): string | undefined {
  if (host.toLowerCase() === "localhost") return "127.0.0.1";
  const address = canonicalAddress(host);
  return address === "0.0.0.0" ? "127.0.0.1" : address;
}

/** What comes back to itself, where each leads to one other at most; each step is taken once. */
function onLoops(next: ReadonlyMap<string, string>): Set<string> {
  /** Where the walk began that came by first. */
  const walkOf = new Map<string, string>();
  const found = new Set<string>();
  for (const start of next.keys()) {
    let at: string | undefined = start;
    for (; at !== undefined && !walkOf.has(at); at = next.get(at)) walkOf.set(at, start);
    if (at === undefined || walkOf.get(at) !== start) continue;
    for (; at !== undefined && !found.has(at); at = next.get(at)) found.add(at);
  }
  return found;
}
