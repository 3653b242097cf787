// The chain of events behind how a host, or one of its ports, is. Pure.

import {
  destinationOf,
  evolve,
  type HostId,
  type HostState,
  hostOf,
  type Network,
  type NetworkEvent,
  showPlace,
} from "../../core/mod.ts";
import { type History, networkAt } from "../../plugins/journal/history.ts";
import { type Sentence, sentenceOf } from "./why_sentences.ts";

/** One event of a chain. */
export interface ChainLink extends Sentence {
  readonly event: NetworkEvent;
  /** How many more addresses the host began to listen on then. */
  readonly more?: number;
}

/** Why a host is as it is. */
export interface Chain {
  /** As it is at the end; as it was last, when it left. */
  readonly host: HostState;
  /** Whether it is in the network at the end. */
  readonly isThere: boolean;
  /** As it was when the journal begins; undefined when it came later. */
  readonly before: HostState | undefined;
  /** The port that was asked for. */
  readonly port: number | undefined;
  readonly links: readonly ChainLink[];
}

/** A host by its name, an alias or its VIP: who has it at the end, or had it last. Undefined: nobody ever had. */
export function chainOf(history: History, name: string, port: number | undefined): Chain | undefined {
  const end = networkAt(history, history.seq);
  const host = hostOf(end, destinationOf(name, 0).host) ?? lastOf(history, name);
  if (host === undefined) return undefined;
  const isAbout = subjectOf(host.id, host, port);
  let network = history.snapshot.network;
  const links = history.events.flatMap((event): ChainLink[] => {
    // Sentences need names and addresses alone, not how each host is at the time.
    const before = network;
    if (event.type.startsWith("host.")) network = evolve(network, event);
    if (!isAbout(event, network)) return [];
    const sentence = sentenceOf(event, { network, before });
    const isOfOther = "host" in event && event.type.startsWith("frontend.") && event.host !== host.id;
    return [
      { event, ...sentence, ...(isOfOther ? { text: `on ${network.hosts.get(event.host)?.name}: ${sentence.text}` } : {}) },
    ];
  });
  return { host, isThere: end.hosts.has(host.id), before: history.snapshot.network.hosts.get(host.id), port, links };
}

/** The host that had a name, alias or VIP last, among those that are no longer there. */
function lastOf({ snapshot, events }: History, name: string): HostState | undefined {
  const wanted = destinationOf(name, 0).host;
  let network = snapshot.network;
  let found = hostOf(network, wanted);
  for (const event of events) {
    if (!event.type.startsWith("host.")) continue;
    network = evolve(network, event);
    found = hostOf(network, wanted) ?? found;
  }
  return found;
}

/** Whether an event is about a host; with a port: about what leads there, on every host. */
function subjectOf(id: HostId, { name }: HostState, port: number | undefined): (event: NetworkEvent, state: Network) => boolean {
  /** Ports of streams that are open, by who opened them and their number. */
  const open = new Map<string, number>();
  return (event, state) => {
    switch (event.type) {
      case "network.opened":
      case "network.stopped":
        return true;
      case "stream.opened":
        if (event.to === id && !event.routed) open.set(`${event.host} ${event.stream}`, event.port);
        return false;
      case "stream.closed": {
        const key = `${event.host} ${event.stream}`;
        const to = event.to === id ? open.get(key) : undefined;
        if (event.to === id) open.delete(key);
        return to !== undefined && to === port && event.code !== undefined;
      }
      case "frontend.listening":
      case "frontend.failed":
      case "frontend.closed":
        return port === undefined ? event.host === id : leadsTo(event.address, state.hosts.get(id), name, port, event);
      default:
        return "host" in event && event.host === id;
    }
  };
}

/** Whether an address of a front-end, on whichever host, is that of the port. */
function leadsTo(address: string, host: HostState | undefined, name: string, port: number, event: NetworkEvent): boolean {
  if (host !== undefined && address === showPlace({ host: host.vip, port })) return true;
  return event.type === "frontend.listening" && event.serves === `${name}:${port}`;
}

/** A link of a chain, or several like the ones before it. */
export type ChainStep =
  | { readonly link: ChainLink }
  | { readonly again: number; readonly steps: number; readonly last: ChainLink };

/** Longest sequence of events that is looked at as one, such as a start, a failure and the wait for the next start. */
const LONGEST_CYCLE = 12;

/** The chain with what repeats told once: "the same 3 events 12 times more". */
export function folded(chain: readonly ChainLink[]): ChainStep[] {
  const links = listenersJoined(chain);
  const keys = links.map(keyOf);
  const steps: ChainStep[] = [];
  for (let at = 0; at < links.length; ) {
    const { length, times } = cycleAt(keys, at);
    for (const link of links.slice(at, at + length)) steps.push({ link });
    at += length * times;
    if (times > 1) steps.push({ again: times - 1, steps: length, last: links[at - 1] as ChainLink });
  }
  return steps;
}

/** Addresses that one host begins to listen on, one right after the other, as one link: the first, and how many more. */
function listenersJoined(chain: readonly ChainLink[]): ChainLink[] {
  const joined: ChainLink[] = [];
  let more = 0;
  for (const link of chain) {
    const [before, { event }] = [joined.at(-1)?.event, link];
    const isNext = before?.type === "frontend.listening" && event.type === before.type && event.host === before.host;
    more = isNext ? more + 1 : 0;
    if (!isNext) joined.push(link);
    else joined.push({ ...(joined.pop() as ChainLink), more });
  }
  return joined;
}

/** How many events from `at` on are repeated right after, and how often they stand there in all; the shortest such sequence. */
function cycleAt(keys: readonly string[], at: number): { readonly length: number; readonly times: number } {
  for (let length = 1; length <= LONGEST_CYCLE; length += 1) {
    let times = 1;
    while (isSame(keys, at, at + times * length, length)) times += 1;
    if (times > (length === 1 ? 2 : 1)) return { length, times };
  }
  return { length: 1, times: 1 };
}

function isSame(keys: readonly string[], one: number, other: number, length: number): boolean {
  if (other + length > keys.length) return false;
  for (let at = 0; at < length; at += 1) if (keys[one + at] !== keys[other + at]) return false;
  return true;
}

/** What makes two events say the same, whenever they happen. */
function keyOf({ event, text, more = 0 }: ChainLink): string {
  if (event.type === "link.opened") return `${event.type} ${event.banner ?? ""}`;
  return event.type === "link.retrying" ? event.type : `${event.type} ${text} ${more}`;
}
