// The name server of one host: where it listens, and who knows the answer. Must not know how messages look.

import type { Socket } from "node:net";
import type { FrontEnd, HostContext } from "../../core/mod.ts";
import { isEvery } from "../support/place.ts";
import { addresses } from "./addresses.ts";
import { farNames } from "./far.ts";
import { forwarder } from "./forward.ts";
import { listenTcp, listenUdp, type Place } from "./serve.ts";
import { type Decide, nameService } from "./service.ts";
import type { NameSources } from "./sources.ts";
import { ownPlace, withoutOwn } from "./system_servers.ts";
import { judge } from "./zone.ts";

/** The front-end. */
export function namesFrontEnd(context: HostContext, sources: NameSources, name: string): FrontEnd {
  const sockets = new Set<Socket>();
  const far = farNames(context);
  const system = forwarder(context);

  const decide: Decide = (query, way) => {
    const verdict = judge(context.network(), query.question);
    if (verdict.to === "answer") return verdict.reply;
    if (verdict.to === "host") return () => far.ask(verdict.host, query);
    return () => system.ask(withoutOwn(sources.servers(), context), query, way);
  };
  const service = nameService(decide, context);
  const clients = { sockets, limits: context.limits };
  const served = addresses(name, context, (place, way) =>
    way === "tcp" ? listenTcp(place, service, clients) : listenUdp(place, service, () => vips(context)),
  );

  return {
    name,
    reconcile: () => served.serve(wantedPlaces(context)),
    async stop() {
      served.stop();
      for (const socket of sockets) socket.destroy();
      far.stop();
      system.stop();
    },
  };
}

/** Every VIP of the network, where this host has them. */
function vips(context: HostContext): string[] {
  return context.self().loopback ? [...context.network().hosts.values()].map(({ vip }) => vip) : [];
}

/** By address as the log has it: the one of the settings and, on the same port, every VIP. */
function wantedPlaces(context: HostContext): Map<string, Place> {
  const wanted = new Map<string, Place>();
  const own = ownPlace(context);
  const { entrances, loopback } = context.self();
  if (!own || !entrances?.dns) return wanted;
  wanted.set(entrances.dns.listen, own);
  if (!loopback || isEvery(own.host)) return wanted;
  for (const { vip, ports } of context.network().hosts.values()) {
    // A published port is there for what is published.
    if (!ports.some((port) => port.listen === own.port)) wanted.set(`${vip}:${own.port}`, { host: vip, port: own.port });
  }
  return wanted;
}
