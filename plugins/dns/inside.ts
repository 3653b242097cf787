// The name server of a program inside: it listens on sockets of the program's own network, and knows what the host of the program may
// know. A name that another host resolves gets an address that stands for it, since the answer may be one that only that host reaches.

import type { Socket } from "node:net";
import { type FrontEnd, type HostContext, type HostPart, limitsOf, PLUGIN_API } from "../../core/mod.ts";
import type { StandIns } from "../support/stand_ins.ts";
import { namesEgress } from "./answer_far.ts";
import { RCODE, TYPE } from "./codes.ts";
import type { NameListener } from "./every_address.ts";
import { type FarNames, farNames } from "./far.ts";
import { forwarder } from "./forward.ts";
import { DNS_LIMIT_ROWS } from "./limits.ts";
import type { Reply } from "./message.ts";
import type { Query } from "./query.ts";
import { listenTcpOn, listenUdpOn } from "./serve.ts";
import { type Decide, nameService } from "./service.ts";
import { type NameSources, systemSources } from "./sources.ts";
import { judge, ownTtl, refusedReply, type Verdict } from "./zone.ts";

const NAME = "dns";

/** What the name server of a program inside needs. */
export interface InsideNames {
  /** Descriptors of sockets at port 53 of the program's network. */
  readonly udp: number;
  readonly tcp: number;
  readonly standIns: StandIns;
  /** Whether names that are not the network's are looked up as the machine does. */
  readonly asksSystem: (context: HostContext) => boolean;
  readonly sources?: NameSources;
}

/** In the place of the host part of `dns`: the name server of a program inside, and the name service that other hosts ask. */
export function insideNames(names: InsideNames): HostPart {
  const { sources = systemSources } = names;
  return {
    name: NAME,
    api: PLUGIN_API,
    setup(context) {
      context.frontEnd((host) => insideNamesFrontEnd(host, { ...names, sources }));
      context.egress((host) => namesEgress(host, sources, NAME));
    },
  };
}

function insideNamesFrontEnd(context: HostContext, names: Required<InsideNames>): FrontEnd {
  const { udp, tcp, standIns, asksSystem, sources } = names;
  const limits = limitsOf(context, DNS_LIMIT_ROWS);
  const ttl = ownTtl(limits);
  const far = farNames(context);
  const system = forwarder(context);
  const decide: Decide = (query, protocol) => {
    const verdict = judge(context.network(), query.question, ttl);
    if (verdict.to === "answer") return verdict.reply;
    if (verdict.to === "host") return () => standIn(far, verdict, query, { standIns, ttl });
    if (!asksSystem(context)) return refusedReply("The name is outside of the network");
    return () => system.ask(sources.servers(), query, protocol);
  };
  const service = nameService(decide, context);
  let listeners: Promise<readonly NameListener[]> | undefined;

  return {
    name: NAME,
    async reconcile() {
      const clients = { sockets: new Set<Socket>(), limits };
      listeners ??= Promise.all([listenUdpOn(udp, service), listenTcpOn(tcp, service, clients)]);
      await listeners;
    },
    async stop() {
      for (const listener of (await listeners?.catch(() => [])) ?? []) await listener.close();
      far.stop();
      system.stop();
    },
  };
}

/** What the other host answers; in the place of addresses one that stands for the name. */
async function standIn(
  far: FarNames,
  { host }: Verdict & { readonly to: "host" },
  query: Query,
  { standIns, ttl }: Pick<InsideNames, "standIns"> & { readonly ttl: number },
): Promise<Reply> {
  const { name, type } = query.question;
  const reply = await far.ask(host, query);
  if (reply.rcode !== RCODE.NOERROR || (type !== TYPE.A && type !== TYPE.AAAA)) return reply;
  const isThere = (reply.records ?? []).length + (reply.raw ?? []).length > 0;
  if (type === TYPE.AAAA || !isThere) return { rcode: RCODE.NOERROR };
  return { rcode: RCODE.NOERROR, records: [{ type: "A", ttl, data: standIns.addressOf(name) }] };
}
