// Questions for addresses as this host's programs would ask them, made answers of. Must not know who asks.

import { decideRoute, destinationOf, type HostContext, isIpv4, isIpv6, NoRouterError } from "../../core/mod.ts";
import { RCODE, TYPE } from "./codes.ts";
import type { OwnRecord, Reply } from "./message.ts";
import type { Question } from "./query.ts";
import type { NameSources } from "./sources.ts";
import { TTL_S } from "./zone.ts";

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
  const looking = new Map<string, ReturnType<NameSources["lookup"]>>();
  const stopping = new AbortController();

  /** Programs ask for both kinds of addresses at once; one look is enough for both. */
  function addressesOf(name: string): ReturnType<NameSources["lookup"]> {
    const known = looking.get(name);
    if (known !== undefined) return known;
    const found = sources.lookup(name).finally(() => looking.delete(name));
    looking.set(name, found);
    return found;
  }

  return {
    async find({ name, type }) {
      if (name.includes("\\")) return { rcode: RCODE.NXDOMAIN }; // no host has such a name
      const found = await within(addressesOf(name), context.limits.dialMs, stopping.signal);
      if (found === "unknown") return { rcode: RCODE.NXDOMAIN };
      const [kind, isOfKind] = type === TYPE.A ? (["A", isIpv4] as const) : (["AAAA", isIpv6] as const);
      const refused = (address: string) => decideRoute(context.network(), destinationOf(address, 0)).to === "refused";
      const addresses = found.filter((address) => isOfKind(address) && !refused(address));
      const records = addresses.map((address): OwnRecord => ({ type: kind, ttl: TTL_S, data: address.replace(/%.*$/, "") }));
      return { rcode: RCODE.NOERROR, records };
    },
    stop: () => stopping.abort(),
  };
}

/** @throws NoRouterError `timed-out` after `ms`, or when the host leaves */
function within<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => finish(() => reject(new NoRouterError("timed-out", "The system does not find the name in time")));
    const timer = setTimeout(late, ms);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", late);
      settle();
    };
    signal.addEventListener("abort", late, { once: true });
    promise.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    );
  });
}
