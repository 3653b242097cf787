// What becomes of a question: the network's own names are answered, routes say who else is asked. Pure; asks nobody.

import {
  addressOfBytes,
  type Decision,
  decideByRoutes,
  destinationOf,
  type HostState,
  hostOf,
  type Network,
} from "../../core/mod.ts";
import { CLASS, EDE, RCODE, TYPE } from "./codes.ts";
import type { DnsLimits } from "./limits.ts";
import type { OwnRecord, Reply } from "./message.ts";
import type { Question } from "./query.ts";

/** The TTL of answers of our own, in seconds. */
export function ownTtl({ nameTtlMs }: Pick<DnsLimits, "nameTtlMs">): number {
  return Math.floor(nameTtlMs / 1000);
}

/** What becomes of a question. */
export type Verdict =
  | { readonly to: "answer"; readonly reply: Reply }
  /** A route leads there: the name service of this host knows. */
  | { readonly to: "host"; readonly host: HostState }
  /** The name servers of the system. */
  | { readonly to: "system" };

/**
 * What becomes of a question of this host's programs.
 * @param ttl Seconds for which they may keep an answer about the network's own names.
 */
export function judge(network: Network, question: Question, ttl: number): Verdict {
  const { name, type } = question;
  if ((question.class !== CLASS.IN && question.class !== CLASS.ANY) || type === TYPE.AXFR || type === TYPE.IXFR)
    return refusal("Only class IN and no zone transfer is served");
  const own = ownRecords(network, name, ttl);
  // No SOA: without one nobody keeps that there is nothing (RFC 2308 section 2.2), and the names are in no zone.
  if (own) {
    const records = own.filter((record) => type === TYPE.ANY || type === TYPE[record.type]);
    return { to: "answer", reply: { rcode: RCODE.NOERROR, authoritative: true, records } };
  }
  if (destinationOf(name, 0).address) return { to: "answer", reply: { rcode: RCODE.NXDOMAIN } };
  const decision = decisionOn(network, name);
  if (decision.to === "via") return { to: "host", host: decision.host };
  if (decision.to === "refused") return refusal(`routes[${decision.match.index}] refuses the name`);
  return { to: "system" };
}

/** Whether a route leads to this name through this host, and the host itself resolves it. */
export function isLedTo(network: Network, self: HostState, question: Question): boolean {
  if (judge(network, question, 0).to !== "host") return false;
  const decision = decisionOn(network, question.name);
  // Behind a further proxy it is the proxy that resolves names; asking here would tell others about them.
  return decision.to === "via" && decision.host.id === self.id && decision.match.route.through === undefined;
}

/** The answer REFUSED (RFC 1035 section 4.1.1), with its reason. */
export function refusedReply(text: string, code: number = EDE.PROHIBITED): Reply {
  return { rcode: RCODE.REFUSED, reason: { code, text } };
}

function refusal(text: string): Verdict {
  return { to: "answer", reply: refusedReply(text, EDE.BLOCKED) };
}

/** The records of a name or reverse name of the network; undefined when it is none. Names below a host's are not its own. */
function ownRecords(network: Network, name: string, ttl: number): OwnRecord[] | undefined {
  const host = hostOf(network, name);
  if (host && host.vip !== name) return [{ type: "A", ttl, data: host.vip }];
  const address = reverseAddress(name);
  const named = address === undefined ? undefined : hostOf(network, address);
  return named && [{ type: "PTR", ttl, data: named.name }];
}

/** Where a name leads; a reverse name leads where its address does. */
function decisionOn(network: Network, name: string): Decision {
  const decision = decideByRoutes(network, { host: name, address: false, bytes: undefined, port: 0 });
  const address = reverseAddress(name);
  return decision.to === "outside" && address !== undefined ? decideByRoutes(network, destinationOf(address, 0)) : decision;
}

/** The address of a name below `in-addr.arpa` (RFC 1035 section 3.5) or `ip6.arpa` (RFC 3596 section 2.5). */
export function reverseAddress(name: string): string | undefined {
  const [, dotted] = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name) ?? [];
  if (dotted !== undefined) {
    const bytes = dotted.split(".").slice(0, 4).reverse();
    return bytes.every((byte) => Number(byte) <= 255 && String(Number(byte)) === byte) ? bytes.join(".") : undefined;
  }
  const [, nibbles] = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name) ?? [];
  if (nibbles === undefined) return undefined;
  const digits = nibbles.replaceAll(".", "").split("").reverse().join("");
  return addressOfBytes(Array.from({ length: 16 }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16)));
}
