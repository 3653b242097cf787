// The name server of one host: where it listens, and who knows the answer.

import type { Socket } from "node:net";
import { type FrontEnd, type HostContext, limitsOf, showPlace, type TcpPlace } from "../../core/mod.ts";
import { keeper, listening } from "../support/keeper.ts";
import { listenError } from "../support/net_errors.ts";
import { isEvery, isLocal } from "../support/place.ts";
import { farNames } from "./far.ts";
import { forwarder } from "./forward.ts";
import { DNS_LIMIT_ROWS } from "./limits.ts";
import { listenTcp, listenUdp } from "./serve.ts";
import { type Decide, nameService } from "./service.ts";
import type { NameSources } from "./sources.ts";
import { ownServer, withoutOwn } from "./system_servers.ts";
import { judge, ownTtl } from "./zone.ts";

/** The front-end. */
export function namesFrontEnd(context: HostContext, sources: NameSources, name: string): FrontEnd {
  const limits = limitsOf(context, DNS_LIMIT_ROWS);
  const ttl = ownTtl(limits);
  const far = farNames(context);
  const system = forwarder(context);

  const decide: Decide = (query, protocol) => {
    const verdict = judge(context.network(), query.question, ttl);
    if (verdict.to === "answer") return verdict.reply;
    if (verdict.to === "host") return () => far.ask(verdict.host, query);
    return () => system.ask(withoutOwn(sources.servers(), context), query, protocol);
  };
  const service = nameService(decide, context);
  const clients = { sockets: new Set<Socket>(), limits };
  const places = keeper<TcpPlace>({
    frontend: name,
    context,
    parts: ["tcp", "udp"],
    hold: (_, part) =>
      listening((place) =>
        part === "tcp" ? listenTcp(place(), service, clients) : listenUdp(place(), service, () => vips(context)),
      ),
    same: () => true,
    serves: (_, place) => `the name server${isLocal(place) ? "" : ", open to everybody who can reach it"}`,
    failure: listenError,
  });

  return {
    name,
    reconcile: () => places.keep(wantedPlaces(context)),
    async stop() {
      await places.stop();
      far.stop();
      system.stop();
    },
  };
}

/** Every VIP of the network, where this host has them. */
function vips(context: HostContext): string[] {
  return context.settings("loopback") ? [...context.network().hosts.values()].map(({ vip }) => vip) : [];
}

/** By address as the log has it: the one of the settings and, on the same port, every VIP. */
function wantedPlaces(context: HostContext): Map<string, TcpPlace> {
  const wanted = new Map<string, TcpPlace>();
  const own = ownServer(context);
  if (!own) return wanted;
  const { address, place } = own;
  wanted.set(address, place);
  if (!context.settings("loopback") || isEvery(place.host)) return wanted;
  for (const { vip, ports } of context.network().hosts.values()) {
    // A published port is there for what is published.
    const there = { host: vip, port: place.port };
    if (!ports.some((port) => port.listen === place.port)) wanted.set(showPlace(there), there);
  }
  return wanted;
}
