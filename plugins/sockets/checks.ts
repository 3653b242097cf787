// What is checked of sockets beside their own form: where they lead, loops, and systems without abstract ones. Pure.

import { didYouMean, quoted } from "../../core/manifest/keys/mod.ts";
import { type CheckedManifest, canonicalName, isOwnHost, leadsTo, type Note } from "../../core/mod.ts";
import { destinationAt } from "./destination.ts";
import { checkLoops } from "./loops.ts";
import type { SocketSettings } from "./settings.ts";

/** Notes sockets that lead nowhere, or back to themselves, or that the own machine cannot have. */
export function checkSockets(manifest: CheckedManifest, note: Note): void {
  const { hosts } = manifest;
  for (const host of hosts) {
    const sockets = (host.keys.sockets ?? []) as readonly SocketSettings[];
    for (const [index, { path, to }] of sockets.entries()) {
      const at = { host: host.name, key: "sockets", path: [index] };
      const found = leadsNowhere(manifest, to);
      if (found) note({ severity: "warning", ...found, at });
      if (path.startsWith("@") && isOwnHost(host) && process.platform !== "linux")
        note({ severity: "error", ...NO_ABSTRACT, at });
    }
  }
  checkLoops(manifest, note);
}

const NO_ABSTRACT = { message: "Only Linux has abstract sockets, and this machine runs another system", hint: "Name a path" };

/** Why a destination leads nowhere; hosts and rules of routes that come later are not known here, so it is no more than odd. */
function leadsNowhere(
  { hosts, services = [], routes }: CheckedManifest,
  to: string,
): { message: string; hint?: string } | undefined {
  const destination = destinationAt(to);
  const { host, port } = destination;
  const all = [
    ...hosts.map((host) => ({ ...host, what: "host", listens: host.ports.map(({ listen }) => listen) })),
    ...services.map((service) => ({ ...service, what: "service", listens: service.ports })),
  ];
  const names = all.flatMap(({ name, aliases }) => [name, ...aliases]);
  const own = all.find(({ name, aliases, vip }) => [vip, name, ...aliases].some((one) => canonicalName(one) === host));
  if (own) {
    const { what, name, listens } = own;
    if (listens.includes(port)) return undefined;
    const hint = listens.length === 0 ? `Add it to the 'ports' of ${what} ${quoted(name)}` : `It publishes ${listens.join(", ")}`;
    return { message: `Socket leads to ${quoted(to)}, and ${what} ${quoted(name)} publishes no port ${port}`, hint };
  }
  if (routes.some((route) => route.rule !== undefined || leadsTo(route, destination))) return undefined;
  // A route about addresses is about names as well, which only a host can resolve.
  if (!destination.address && routes.some(({ to: patterns }) => patterns.some((one) => one.includes("/")))) return undefined;
  const hint = didYouMean(host, names);
  const message = `Socket leads to ${quoted(to)}, which is neither a host or service of the network nor what a route leads to`;
  return hint === undefined ? { message } : { message, hint };
}
