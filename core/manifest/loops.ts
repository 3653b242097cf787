// Published targets that lead back to the port they are for. Pure.

import { canonicalAddress } from "../address.ts";
import { showPlace } from "../place.ts";
import type { HostRead, TemplateRead } from "./fields.ts";
import type { Findings } from "./findings.ts";
import type { Found } from "./kinds.ts";
import type { HostSpec, PortMap } from "./types.ts";
import { quoted } from "./visible.ts";

/** The hosts as read and as resolved, in the same order. */
interface Hosts {
  readonly hosts: readonly { readonly item: HostRead }[];
  readonly template: TemplateRead;
  readonly resolved: readonly HostSpec[];
}

/** A target that is a VIP's port is that port's target in turn; one that comes back to itself leads nowhere. */
export function checkLoops({ hosts, template, resolved }: Hosts, findings: Findings): void {
  const looping = onLoops(leadingOn(resolved));
  const told = new Set<Found<PortMap>>();
  for (const [index, { item }] of hosts.entries()) {
    const { name, vip } = resolved[index] as HostSpec;
    const shared = template.ports?.value ?? [];
    for (const port of [...shared, ...(item.ports?.value ?? [])]) {
      const { listen } = port.value;
      const start = showPlace({ host: vip, port: listen });
      if (!looping.has(start) || told.has(port)) continue;
      told.add(port);
      const of = shared.includes(port) ? ` of host ${quoted(name)}` : "";
      const message = `Target of port ${listen} leads back to ${start}, which is this port itself${of}`;
      findings.error(port.span, message, "Name the address where the server listens, such as 127.0.0.1");
    }
  }
}

/** By published port, the published port that its target is, on a host that listens on the VIPs. */
function leadingOn(resolved: readonly HostSpec[]): Map<string, string> {
  const vips = new Map(resolved.flatMap(({ name, aliases, vip }) => [name, ...aliases].map((one) => [one.toLowerCase(), vip])));
  const targets = new Map<string, string>();
  for (const { vip, ports, loopback, writeEtcHosts } of resolved) {
    if (loopback.disable) continue;
    const addressOf = (host: string) => ownAddress(host) ?? (writeEtcHosts ? vips.get(host.toLowerCase()) : undefined) ?? host;
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
