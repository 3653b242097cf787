// Random manifests of a small network with every kind of front-end, in two places at once: each place has addresses and folders
// of its own, so that a network that has changed for long can be compared with one that was just started.

import fc from "fast-check";
import { ownVip } from "./tcp_network.ts";

/** Where a network lives: what differs between two that are otherwise the same. */
export interface Site {
  /** Addresses of this process alone, in a fixed order. */
  readonly addresses: readonly string[];
  /** Folder for what hosts write. */
  readonly folder: string;
}

/** A host, with numbers in place of addresses. */
interface HostModel {
  readonly name: string;
  readonly vip: number;
  readonly way: number;
  readonly ports: readonly number[];
  readonly aliases: readonly string[];
  readonly loopback: boolean;
  readonly http: ProxyModel | undefined;
  readonly socks: ProxyModel | undefined;
  readonly dns: number | undefined;
  readonly stateDir: number | undefined;
  readonly writeEtcHosts: boolean;
}

interface ProxyModel {
  readonly at: number;
  readonly outside: "direct" | "refuse";
  readonly password: string | undefined;
}

/** A network, with numbers in place of addresses. */
export interface NetworkModel {
  readonly hosts: readonly HostModel[];
  readonly routes: readonly { readonly to: string; readonly via: number | undefined }[];
}

const NAMES = ["local", "web", "db", "cache", "Mail"];
/** VIPs come first, then what proxies and name servers listen on. */
const VIPS = 8;
const LISTENS = 12;
/** How many addresses a site has. */
export const ADDRESSES: number = VIPS + LISTENS;

const proxy = (at: fc.Arbitrary<number>): fc.Arbitrary<ProxyModel | undefined> =>
  fc.option(
    fc.record({
      at,
      outside: fc.constantFrom("direct" as const, "refuse" as const),
      // Seldom, as each costs the time of its hash.
      password: fc.oneof(
        { weight: 9, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom("one", "two") },
      ),
    }),
    { nil: undefined },
  );

const anyHost = (name: string, vip: number, index: number): fc.Arbitrary<HostModel> => {
  // What two hosts listen on differs, since all of them are in one process.
  const listen = fc.constantFrom(VIPS + index, VIPS + index + NAMES.length);
  return fc.record({
    name: fc.constant(name),
    vip: fc.constant(vip),
    way: index === 0 ? fc.constant(0) : fc.integer({ min: 1, max: 2 }),
    ports: fc.subarray([8081, 8082, 8083]),
    aliases: fc.subarray([`${name.toLowerCase()}-1`, `${name.toLowerCase()}.example`]),
    // The hosts of one process cannot all listen on the same VIPs.
    loopback: index === 0 ? fc.boolean() : fc.constant(false),
    http: proxy(listen),
    socks: proxy(listen),
    dns: fc.option(listen, { nil: undefined }),
    stateDir: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
    writeEtcHosts: fc.boolean(),
  });
};

/** Any network of one to five hosts. */
export const anyNetwork: fc.Arbitrary<NetworkModel> = fc
  .tuple(
    fc.subarray(NAMES, { minLength: 1 }),
    fc.shuffledSubarray([...Array(VIPS).keys()], { minLength: NAMES.length, maxLength: NAMES.length }),
  )
  .chain(([names, vips]) => {
    const hosts = names.map((name, at) => anyHost(name, vips[at] as number, NAMES.indexOf(name)));
    const route = fc.record({
      to: fc.constantFrom("10.0.0.0/8", "*.example.org", "*.example.org:443", "192.168.0.0/16"),
      via: fc.option(fc.nat(names.length - 1), { nil: undefined }),
    });
    return fc.record({ hosts: fc.tuple(...hosts), routes: fc.array(route, { maxLength: 3 }) });
  });

/** The manifest of a network at a site, as text (YAML takes JSON). */
export function manifestAt({ hosts, routes }: NetworkModel, site: Site): string {
  const proxyAt = (model: ProxyModel | undefined, port: number) =>
    model && {
      listen: `${site.addresses[model.at]}:${port}`,
      outside: model.outside,
      ...(model.password === undefined ? {} : { auth: { user: "me", password: model.password } }),
    };
  return JSON.stringify({
    hosts: Object.fromEntries(
      hosts.map((host) => [
        host.name,
        {
          vip: site.addresses[host.vip],
          ...(host.way === 0 ? {} : { cmd: ["reach", host.name, String(host.way)] }),
          ports: host.ports.map((port) => `${port}:127.0.0.1:9`),
          aliases: host.aliases,
          loopback: { disable: !host.loopback },
          ...(host.http ? { http: proxyAt(host.http, 18080) } : {}),
          ...(host.socks ? { socks: proxyAt(host.socks, 18081) } : {}),
          dns: host.dns === undefined ? { disable: true } : { listen: `${site.addresses[host.dns]}:10053`, disable: false },
          stateDir:
            host.stateDir === undefined ? { disable: true } : { pathOnAgent: `${site.folder}/${host.name}-${host.stateDir}` },
          writeEtcHosts: host.writeEtcHosts,
        },
      ]),
    ),
    routes: routes.map(({ to, via }) => ({
      to: [to],
      ...(via === undefined ? { action: "refuse" } : { via: hosts[via]?.name }),
    })),
  });
}

/** Addresses for two sites, none of which the other has. */
export function addressesForTwo(): readonly [string[], string[]] {
  const all = Array.from({ length: ADDRESSES * 2 }, () => ownVip());
  return [all.slice(0, ADDRESSES), all.slice(ADDRESSES)];
}
