// The events of a running network as lines of at most 80 cells, those that belong together at once.

import { EMPTY_NETWORK, EVENT_VERSION, evolve, fold, type Network, type NetworkEvent } from "../../core/mod.ts";
import { type EventTeller, eventTeller } from "../ui/event_lines.ts";
import { clockOf, dayOf, wrapped } from "../ui/wrap.ts";

/** An event as the network tells it; one stands for those that are not kept any more. */
export type LoggedEvent = NetworkEvent | { readonly type: "events.skipped"; readonly from: number; readonly to: number };

/** From where on events are shown: those above a number, or those since a time in milliseconds since 1970. */
export type Since = { readonly seq: number } | { readonly at: number };

/** What is known of a host that may have been admitted before the first event that is kept. */
export interface KnownHost {
  readonly id: number;
  readonly name: string;
  readonly vip: string;
  readonly aliases: readonly string[];
  readonly local: boolean;
  readonly transport: string | null;
  readonly via: string | null;
}

/** What lines are made with. */
export interface LogOptions {
  readonly hosts: readonly KnownHost[];
  readonly since: Since;
  /** Milliseconds since 1970; lines of another day stand below its date. */
  readonly now: number;
  readonly print: (line: string) => void;
}

/** Takes events in order and prints their lines. */
export interface LogPrinter {
  take(event: LoggedEvent): void;
  /** Prints what may have belonged together with the next event. */
  flush(): void;
}

/** What a change of the network is made of: told in one line. */
const CHANGES: ReadonlySet<string> = new Set(["host.admitted", "host.changed", "host.left", "routes.set"]);

/** Whether an event is to be shown. */
export function isShown(event: LoggedEvent, since: Since): boolean {
  if (event.type === "events.skipped") return "seq" in since;
  return "seq" in since ? event.seq > since.seq : event.at >= since.at;
}

/** Makes the lines of events from the first that is kept on. */
export function logPrinter({ hosts, since, now, print }: LogOptions): LogPrinter {
  let network: Network = EMPTY_NETWORK;
  let teller: EventTeller | undefined;
  let together: NetworkEvent[] = [];
  let day = dayOf(now);
  const write = (at: number, line: string): void => {
    if (dayOf(at) !== day) print(dayOf(at));
    day = dayOf(at);
    const [indent = ""] = /^ */.exec(line) ?? [];
    for (const one of wrapped(`${clockOf(at)} ${indent}`, line.slice(indent.length))) print(one);
  };
  const flush = (): void => {
    const [events, last] = [together, together.at(-1)];
    together = [];
    if (!last) return;
    if (!teller) {
      const isFirst = events[0]?.seq === 1;
      teller = eventTeller([], !isFirst);
      if (!isFirst) network = fold(hosts.map(admitted));
    }
    network = events.length === 1 ? evolve(network, last) : fold(events, network);
    const lines = [...teller(events, network), ...(last.type === "network.stopped" ? ["Network is stopped"] : [])];
    if (isShown(last, since)) for (const line of lines) write(last.at, line);
  };
  return {
    take(event) {
      if (event.type === "events.skipped") {
        flush();
        const { from, to } = event;
        if (isShown(event, since))
          print(from === to ? `Event ${from} is not kept any more` : `Events ${from} to ${to} are not kept any more`);
        return;
      }
      const last = together.at(-1);
      if (last && !(CHANGES.has(event.type) && CHANGES.has(last.type) && event.at === last.at)) flush();
      together.push(event);
      if (!CHANGES.has(event.type)) flush();
    },
    flush,
  };
}

/** The event that would have told of the host. */
function admitted({ id, name, vip, aliases, local, transport, via }: KnownHost): NetworkEvent {
  const way = transport === null ? {} : { private: { transport, via: via ?? transport, way: 0 } };
  const envelope = { seq: 0, at: 0, by: "manager", v: EVENT_VERSION };
  return { type: "host.admitted", host: id, name, vip, aliases, local, ports: [], settings: {}, ...way, ...envelope };
}
