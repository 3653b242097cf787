// The name servers that this host's programs ask, from resolv.conf(5). Never asks one, and never knows a public one.

import { readFileSync, statSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { destinationOf, type HostContext, isIpv4, isIpv6 } from "../../core/mod.ts";
import { isEvery, placeOf } from "../support/place.ts";
import { DNS_PORT } from "./codes.ts";

/** The network's name server on this host, as the log keeps it. */
export interface DnsSettings {
  /** `address:port`. The same port is served on every VIP unless the host's loopback is off. */
  readonly listen: string;
}

/** A name server. */
export interface NameServer {
  /** IPv4 or IPv6, maybe with a zone. */
  readonly address: string;
  readonly port: number;
}

/** More than the C libraries take; a file of thousands must not become thousands of questions. */
const MOST_SERVERS = 8;
/** Letters of the file that are read; its servers stand in the first few hundred. */
const MOST_TEXT = 64 * 1024;

/** The servers of the text of a resolv.conf, in order, each once. */
export function parseResolvConf(text: string): NameServer[] {
  const found = new Map<string, NameServer>();
  for (const line of text.slice(0, MOST_TEXT).split("\n")) {
    const [, address = ""] = /^\s*nameserver[ \t]+([^\s#;]+)/.exec(line) ?? [];
    if ((isIpv4(address) || isIpv6(address)) && found.size < MOST_SERVERS) found.set(address, { address, port: DNS_PORT });
  }
  return [...found.values()];
}

/** A function that gives the servers of a file as it is now; none when it cannot be read. */
export function serversOf(path: string): () => readonly NameServer[] {
  let read = "";
  let servers: readonly NameServer[] = [];
  return () => {
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (version !== read) servers = parseResolvConf(readFileSync(path, "utf8"));
      read = version;
    } catch {
      servers = [];
      read = "";
    }
    return servers;
  };
}

/** Where a name server listens. */
export interface OwnServer {
  /** As the settings have it. */
  readonly address: string;
  readonly place: { readonly host: string; readonly port: number };
}

/** This host's name server; undefined when it has none. */
export function ownServer(context: HostContext): OwnServer | undefined {
  const address = context.settings<DnsSettings>("dns")?.listen;
  const place = address === undefined ? undefined : placeOf(address);
  return address !== undefined && place && "host" in place ? { address, place } : undefined;
}

/** Without the network's own name servers: to ask them would go round in circles. */
export function withoutOwn(servers: readonly NameServer[], context: HostContext): readonly NameServer[] {
  const own = ownServer(context)?.place;
  if (!own || !servers.some(({ port }) => port === own.port)) return servers;
  const addresses = new Set([own.host, ...[...context.network().hosts.values()].map(({ vip }) => vip)]);
  if (isEvery(own.host)) {
    for (const list of Object.values(networkInterfaces())) for (const { address } of list ?? []) addresses.add(address);
  }
  return servers.filter(({ address, port }) => port !== own.port || !addresses.has(bareAddress(address)));
}

/** The one form of an address, without a zone. */
export function bareAddress(address: string): string {
  return destinationOf(address.replace(/%.*$/, ""), 0).host;
}
