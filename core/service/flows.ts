// The streams that go through services: which host each was given, and how many each host has. Knows no policy and sends nothing.

import { Tally } from "../demand/tally.ts";
import { FlowMap } from "../link/flow_map.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND } from "../wire/frame.ts";
import type { Early } from "./early.ts";

/** A frame that goes on. */
export interface Passage {
  readonly frame: Frame;
  /** As it is between the manager and the host that a service has given its stream to; the frame itself where there is none. */
  readonly far: Frame;
}

/** A stream through a service. */
export interface Flow {
  readonly opener: HostId;
  readonly service: HostId;
  /** Who was given it. */
  readonly host: HostId;
  /** Its number, on both sides. */
  readonly stream: number;
  /** Until it is accepted; undefined where no other host could have it. */
  early: Early | undefined;
}

/** A flow, and which of its ends have sent their last byte. */
interface Kept extends Flow {
  openerEnded: boolean;
  hostEnded: boolean;
}

/** All of them. */
export class Flows {
  /** Each under what a frame of its opener says, and under what one of its host says. */
  readonly #flows = new FlowMap<Kept>();
  readonly #byHost = new Tally<HostId>();
  readonly #byOpener = new Tally<HostId>();

  /** How many there are. */
  get size(): number {
    return this.#flows.size / 2;
  }

  /** How many a host was given. */
  of(host: HostId): number {
    return this.#byHost.of(host);
  }

  /** How many a host has opened. */
  openedBy(opener: HostId): number {
    return this.#byOpener.of(opener);
  }

  /** The flow that a frame, as it came, belongs to. */
  get(frame: Pick<Frame, "source" | "destination" | "flags" | "stream">): Flow | undefined {
    return this.#flows.get(frame);
  }

  /** Adds one, and gives it as it is kept; undefined when the opener uses its number towards the host already. */
  add(flow: Flow): Flow | undefined {
    const [ofOpener, ofHost] = identities(flow);
    if (this.#flows.get(ofOpener) || this.#flows.get(ofHost)) return undefined;
    const kept = { ...flow, openerEnded: false, hostEnded: false };
    this.#flows.set(ofOpener, kept);
    this.#flows.set(ofHost, kept);
    this.#byHost.add(flow.host, 1);
    this.#byOpener.add(flow.opener, 1);
    return kept;
  }

  /** A frame of it goes by: with a reset, or the second end, it is over. */
  passed(flow: Flow, { kind, flags }: Pick<Frame, "kind" | "flags">): void {
    if (kind === KIND.reset) this.remove(flow);
    // Whoever has answered has it.
    if ((flags & FROM_ACCEPTOR) !== 0) flow.early = undefined;
    if (kind !== KIND.end) return;
    const kept = flow as Kept;
    if ((flags & FROM_ACCEPTOR) !== 0) kept.hostEnded = true;
    else kept.openerEnded = true;
    if (kept.hostEnded && kept.openerEnded) this.remove(flow);
  }

  /** Takes one out that is there. */
  remove(flow: Flow): void {
    const [ofOpener, ofHost] = identities(flow);
    if (this.#flows.get(ofOpener) !== flow) return;
    this.#flows.delete(ofOpener);
    this.#flows.delete(ofHost);
    this.#byHost.add(flow.host, -1);
    this.#byOpener.add(flow.opener, -1);
  }

  /** Those that this is true of. */
  filter(fits: (flow: Flow) => boolean): ReadonlySet<Flow> {
    return new Set(this.#flows.values().filter(fits));
  }
}

/** Who the host of a flow has to do with: a host that was given its own stream would take its answers for the opener's. */
export function peerOf({ opener, service, host }: Flow): HostId {
  return opener === host ? service : opener;
}

function identities(flow: Flow) {
  const { opener, service, host, stream } = flow;
  return [
    { source: opener, destination: service, flags: 0, stream },
    { source: host, destination: peerOf(flow), flags: FROM_ACCEPTOR, stream },
  ] as const;
}
