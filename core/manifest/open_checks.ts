// What a manifest opens to other machines: proxies and name servers beyond loopback, and routes that lead their clients to addresses
// which are a machine's own. Warns only.

import { destinationOf } from "../routes/destination.ts";
import { compilePattern } from "../routes/pattern.ts";
import { isLocalListen } from "./endpoint.ts";
import type { RouteRead, TemplateRead } from "./fields.ts";
import type { Findings } from "./findings.ts";
import type { Found } from "./kinds.ts";
import type { NamedHost } from "./resolve.ts";
import type { HostSpec, Manifest, RouteSpec } from "./types.ts";
import { quoted, visible } from "./visible.ts";

/** Addresses that are another machine's on every machine, with the networks that leave them out. */
const OWN = [
  ["127.0.0.1", "127.0.0.0/8"],
  ["169.254.169.254", "169.254.0.0/16"],
  ["::1", "::1/128"],
  ["fe80::1", "fe80::/10"],
] as const;

const KINDS = [
  ["http", "HTTP proxy"],
  ["socks", "SOCKS proxy"],
  ["dns", "Name server"],
] as const;

/** Whoever can reach a proxy without a password is in the network, and a name server answers everybody. */
export function checkOpen(
  hosts: readonly NamedHost[],
  template: TemplateRead,
  resolved: readonly HostSpec[],
  findings: Findings,
): void {
  for (const [key, what] of KINDS) {
    for (const [index, { name, item }] of hosts.entries()) {
      const entrance = resolved[index]?.[key];
      const closed = !entrance || ("disable" in entrance ? entrance.disable : entrance.auth !== undefined);
      if (closed || isLocalListen(entrance.listen)) continue;
      const own = item[key]?.value.listen;
      const owner = own ? `host ${quoted(name.value)}` : "'hostTemplate'";
      const span = (own ?? template[key]?.value.listen)?.span;
      const message = `${what} of ${owner} is open to everybody who can reach ${visible(entrance.listen)}`;
      const reach = "outside" in entrance && entrance.outside === "direct" ? " and all that its host can reach, but itself" : "";
      const advice = key === "dns" ? "Listen" : `It leads to the whole network${reach}: add '${key}.auth', or listen`;
      if (span) findings.warn(span, message, `${advice} on 127.0.0.1`);
    }
  }
}

/** A route about addresses leads clients on other machines also to those that belong to the host that dials them. */
export function checkOpenRoutes(routes: readonly Found<RouteRead>[], manifest: Manifest, findings: Findings): void {
  const open = manifest.hosts.flatMap((host) =>
    KINDS.slice(0, 2).flatMap(([key, what]) => {
      const listen = host[key as "http" | "socks"]?.listen;
      return listen && !isLocalListen(listen) ? [`${what} of host ${quoted(host.name)}`] : [];
    }),
  );
  const [first] = open;
  if (first === undefined) return;
  for (const [index, route] of manifest.routes.entries()) {
    const given = OWN.filter(([address]) => leadsTo(route, address)).map(([, network]) => network);
    const span = routes[index]?.value.to?.span;
    if (given.length === 0 || span === undefined) continue;
    const message = `Clients of the ${first} on other machines reach ${given.join(", ")} of host ${quoted(route.via ?? "")} itself`;
    findings.warn(span, message, `If that is not meant, add 'notTo: [${given.map((network) => `"${network}"`).join(", ")}]'`);
  }
}

function leadsTo({ to, notTo = [], via }: RouteSpec, address: string): boolean {
  const destination = destinationOf(address, 0);
  const fits = (patterns: readonly string[], portless: "some" | "all") =>
    patterns.some((pattern) => compilePattern(pattern, portless)(destination));
  return via !== undefined && fits(to, "some") && !fits(notTo, "all");
}
