// The open streams of a network, folded from its events: who opened which to where, and when; and since when links are open. Bounded for each host.

import type { Control, HostId, NetworkEvent } from "../../core/mod.ts";
import { API_BOUNDS } from "./bounds.ts";

/** One open stream. */
export interface OpenStream {
  /** The host that opened it, and the one that serves it. */
  readonly from: HostId;
  readonly to: HostId;
  /** Its number among those of the opener. */
  readonly stream: number;
  readonly port: number;
  /** When the manager heard of it, in milliseconds since 1970. */
  readonly since: number;
  /** What it leads to: a published port, or a destination of a route or outside. */
  readonly kind: "published" | "routed";
}

/** How many streams a host has open. */
export interface StreamCounts {
  readonly opened: number;
  readonly serves: number;
}

/** The open streams, as long as it is followed. */
export interface StreamList {
  /** In the order in which they were opened; those of one host when it opened or serves them. */
  list(host?: HostId): OpenStream[];
  counts(): ReadonlyMap<HostId, StreamCounts>;
  /** Hosts of which some facts were left out, so that their streams may be wrong until their next session. */
  readonly uncertain: ReadonlySet<HostId>;
  /** When the link of a host opened, in milliseconds since 1970; undefined without one. */
  linkSince(host: HostId): number | undefined;
  stop(): void;
}

/** Follows the streams of a network from now on. */
export function followStreams(control: Pick<Control, "subscribe">): StreamList {
  /** By the opener, then by the other host and the number. */
  const streams = new Map<HostId, Map<string, OpenStream>>();
  const uncertain = new Set<HostId>();
  const links = new Map<HostId, number>();
  const all = () => [...streams.values()].flatMap((own) => [...own.values()]);
  const stop = control.subscribe((events) => {
    for (const event of events) {
      take(event, streams, uncertain);
      if (event.type === "link.opened") links.set(event.host, event.at);
      else if (event.type === "link.closed" || event.type === "host.left") links.delete(event.host);
    }
  });
  return {
    list: (host) => all().filter(({ from, to }) => host === undefined || from === host || to === host),
    counts() {
      const counts = new Map<HostId, StreamCounts>();
      const add = (host: HostId, more: Partial<StreamCounts>) => {
        const { opened, serves } = counts.get(host) ?? { opened: 0, serves: 0 };
        counts.set(host, { opened: opened + (more.opened ?? 0), serves: serves + (more.serves ?? 0) });
      };
      for (const [from, own] of streams) add(from, { opened: own.size });
      for (const { to } of all()) add(to, { serves: 1 });
      return counts;
    },
    uncertain,
    linkSince: (host) => links.get(host),
    stop,
  };
}

function take(event: NetworkEvent, streams: Map<HostId, Map<string, OpenStream>>, uncertain: Set<HostId>): void {
  switch (event.type) {
    case "stream.opened": {
      const { host: from, to, stream, port, at: since } = event;
      const own = streams.get(from) ?? new Map<string, OpenStream>();
      streams.set(from, own);
      own.set(`${to} ${stream}`, { from, to, stream, port, since, kind: event.routed ? "routed" : "published" });
      if (own.size <= API_BOUNDS.streamsOfHost) return;
      for (const [oldest] of own) {
        own.delete(oldest);
        break;
      }
      uncertain.add(from);
      return;
    }
    case "stream.closed":
      streams.get(event.host)?.delete(`${event.to} ${event.stream}`);
      return;
    case "facts.dropped":
      uncertain.add(event.host);
      return;
    case "link.opened":
    case "link.closed":
    case "host.left":
      // A stream lives within one session of its opener.
      streams.delete(event.host);
      uncertain.delete(event.host);
      return;
    default:
      return;
  }
}
