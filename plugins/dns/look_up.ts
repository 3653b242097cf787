// Questions for addresses as this host's programs would ask them, made answers of.

import { decideRoute, destinationOf, type HostContext, isIpv4, isIpv6, limitsOf, NoRouterError } from "../../core/mod.ts";
import { systemCodeOf } from "../support/files.ts";
import { RCODE, TYPE } from "./codes.ts";
import { DNS_LIMIT_ROWS } from "./limits.ts";
import type { OwnRecord, Reply } from "./message.ts";
import type { Question } from "./query.ts";
import type { NameSources } from "./sources.ts";
import { ownTtl } from "./zone.ts";

/** Finds addresses. */
export interface AddressFinder {
  /**
   * The answer to a question for A or AAAA, without addresses that a route refuses.
   * @throws NoRouterError when the name cannot be known now, or within `limits.dialMs`
   */
  find(question: Question): Promise<Reply>;
  /** Gives up every question. */
  stop(): void;
}

/** The finder of one egress. */
export function addressFinder(context: HostContext, sources: NameSources): AddressFinder {
  const stopping = new AbortController();
  const ttl = ownTtl(limitsOf(context, DNS_LIMIT_ROWS));

  /** Undefined: there is no such name. */
  async function addressesOf(name: string): Promise<readonly string[] | undefined> {
    try {
      const found = await sources.lookup(name, { limits: context.limits, signal: stopping.signal });
      return found.map(({ address }) => address);
    } catch (thrown) {
      if (systemCodeOf(thrown) === "ENOTFOUND") return undefined;
      if (thrown instanceof NoRouterError) throw thrown;
      throw new NoRouterError("name-not-found", "The system cannot find the name now", { cause: thrown });
    }
  }

  return {
    async find({ name, type }) {
      if (name.includes("\\")) return { rcode: RCODE.NXDOMAIN }; // no host has such a name
      const found = await addressesOf(name);
      if (!found) return { rcode: RCODE.NXDOMAIN };
      const [kind, isOfKind] = type === TYPE.A ? (["A", isIpv4] as const) : (["AAAA", isIpv6] as const);
      const refused = (address: string) => decideRoute(context.network(), destinationOf(address, 0)).to === "refused";
      const addresses = found.filter((address) => isOfKind(address) && !refused(address));
      const records = addresses.map((address): OwnRecord => ({ type: kind, ttl, data: address.replace(/%.*$/, "") }));
      return { rcode: RCODE.NOERROR, records };
    },
    stop: () => stopping.abort(),
  };
}
