// What a manifest opens to other machines: proxies and name servers beyond loopback, and routes that lead their clients to addresses
// which are a machine's own. Warns only.

import { isLocalListen, quoted, visible } from "../../core/manifest/keys/mod.ts";
import { type CheckedManifest, destinationOf, leadsTo, type Note } from "../../core/mod.ts";
import type { ProxySpec } from "./proxy_settings.ts";

/** Addresses that are another machine's on every machine, with the networks that leave them out. */
const OWN = [
  ["127.0.0.1", "127.0.0.0/8"],
  ["169.254.169.254", "169.254.0.0/16"],
  ["::1", "::1/128"],
  ["fe80::1", "fe80::/10"],
] as const;

/** The proxies whose clients follow routes, in the order in which they are named. */
const PROXIES = [
  ["http", "HTTP proxy"],
  ["socks", "SOCKS proxy"],
] as const;

/** Something that listens, as one key of a host has it. */
export interface Listens<T> {
  readonly key: string;
  /** Such as `HTTP proxy`. */
  readonly what: string;
  /** Whether everybody who can connect is served. */
  isOpen(settings: T): boolean;
  readonly advice: (settings: T) => string;
}

/** Whoever can reach a proxy without a password is in the network, and a name server answers everybody. */
export function checkOpen<T extends { readonly listen: string }>(
  { hosts, owner }: CheckedManifest,
  note: Note,
  { key, what, isOpen, advice }: Listens<T>,
): void {
  for (const { name, keys } of hosts) {
    const settings = keys[key] as T | undefined;
    if (!settings || !isOpen(settings) || isLocalListen(settings.listen)) continue;
    const message = `${what} of ${owner(name, key, ["listen"])} is open to everybody who can reach ${visible(settings.listen)}`;
    note({ severity: "warning", message, hint: advice(settings), at: { host: name, key, path: ["listen"] } });
  }
}

/**
 * A route about addresses leads clients on other machines also to those that belong to the host that dials them. It is told of the
 * first proxy that has such clients, by that proxy's key.
 */
export function checkOpenRoutes({ hosts, routes }: CheckedManifest, note: Note, key: string): void {
  const [first] = hosts.flatMap(({ name, keys }) =>
    PROXIES.flatMap(([proxy, what]) => {
      const { listen = "" } = (keys[proxy] ?? {}) as Partial<ProxySpec>;
      return listen !== "" && !isLocalListen(listen) ? [{ proxy, owner: `${what} of host ${quoted(name)}` }] : [];
    }),
  );
  if (first?.proxy !== key) return;
  for (const [index, route] of routes.entries()) {
    const given = OWN.filter(([address]) => leadsTo(route, destinationOf(address, 0))).map(([, network]) => network);
    if (given.length === 0) continue;
    const reached = given.join(", ");
    const message = `Clients of the ${first.owner} on other machines reach ${reached} of host ${quoted(route.via ?? "")} itself`;
    const hint = `If that is not meant, add 'notTo: [${given.map((network) => `"${network}"`).join(", ")}]'`;
    note({ severity: "warning", message, hint, at: { route: index, key: "to" } });
  }
}
