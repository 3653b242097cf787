// What waits for a link, and whose turn it is. Credit, control, ping and resets behind which no data waits go ahead of
// data, hosts taking turns; streams take turns, too; order within a stream is kept. Pure: no clock, no carrier.

import { MIN_FRAME_COST } from "../mux/credit.ts";
import { FROM_ACCEPTOR, type Frame, HEADER_BYTES, type HostId, KIND, type Kind } from "../wire/frame.ts";
import { type FlowIdentity, FlowMap } from "./flow_map.ts";
import { Turns } from "./turns.ts";

/** Kinds that wait in their stream's turn; all others go ahead of them. */
const IN_TURN: ReadonlySet<Kind> = new Set([KIND.open, KIND.data, KIND.end]);

/** What a waiting frame costs at least: about what it takes in memory. */
const MIN_QUEUED_COST = HEADER_BYTES + MIN_FRAME_COST;

/** What waits for a link, and what may be done about it when it is too much. */
export type Waiting = Pick<Scheduler, "queued" | "largestSource" | "dropSource" | "dropDestination" | "cancelOpposite">;

/** A queue of frames with turns. Holds nothing about a stream of which no frame waits. */
export class Scheduler {
  /** By source. */
  readonly #urgent = new Turns<HostId>(new Map(), ({ source }) => source);
  /** By stream and direction. */
  readonly #flows = new Turns<FlowIdentity>(new FlowMap(), (frame) => frame);
  readonly #queuedBySource = new Map<HostId, number>();
  #queued = 0;

  /** Nothing waits. */
  get empty(): boolean {
    return this.#urgent.empty && this.#flows.empty;
  }

  /** What all waiting frames cost, in bytes. */
  get queued(): number {
    return this.#queued;
  }

  /** What one host's waiting frames cost, in bytes. */
  queuedBytes(source: HostId): number {
    return this.#queuedBySource.get(source) ?? 0;
  }

  /** Frames of this direction of the stream wait. */
  holds(flow: FlowIdentity): boolean {
    return this.#flows.first(flow) !== undefined;
  }

  /** Adds a frame. A reset waits behind its stream's data; together with an open that still waits, it and all between is gone. */
  push(frame: Frame): void {
    const behind = frame.kind === KIND.reset ? this.#flows.first(frame) : undefined;
    if (behind?.kind === KIND.open) return void this.#cancel(frame); // nobody needs to hear of it
    this.#account(frame, 1);
    if (behind || IN_TURN.has(frame.kind)) this.#flows.push(frame);
    else this.#urgent.push(frame);
  }

  /**
   * The frame to send next; undefined when nothing waits.
   * @param most Payload bytes of a data frame: of a larger one the rest waits for the stream's next turn.
   */
  next(most = Number.POSITIVE_INFINITY): Frame | undefined {
    const frame = this.#urgent.next() ?? this.#flows.next();
    if (!frame) return undefined;
    this.#account(frame, -1);
    if (frame.kind !== KIND.data || frame.length <= most) return frame;
    // A part costs credit like a frame of its own, so none may be so small that both cost more than the whole.
    const [first, rest] = frame.split(Math.min(most, frame.length - MIN_FRAME_COST));
    this.#flows.putBack(rest);
    this.#account(rest, 1);
    return first;
  }

  /** Drops what waits in the other direction of a stream whose receiver has just reset it. */
  cancelOpposite({ source, destination, flags, stream }: Frame): void {
    this.#cancel({ source: destination, destination: source, flags: flags ^ FROM_ACCEPTOR, stream });
  }

  /** The host whose waiting frames cost most. */
  largestSource(): HostId | undefined {
    const [largest] = [...this.#queuedBySource].sort(([, a], [, b]) => b - a);
    return largest?.[0];
  }

  /** Drops everything that waits of one host; returns one frame of each stream that lost some of its turns, and what was to go ahead. */
  dropSource(source: HostId): { readonly streams: Frame[]; readonly ahead: Frame[] } {
    const streams = this.#flows.firsts().filter((frame) => frame.source === source);
    for (const frame of streams) this.#cancel(frame);
    const ahead = this.#urgent.drop(source);
    for (const frame of ahead) this.#account(frame, -1);
    return { streams, ahead };
  }

  /** Drops what waits its turn for one host. */
  dropDestination(destination: HostId): void {
    for (const frame of this.#flows.firsts()) if (frame.destination === destination) this.#cancel(frame);
  }

  /** Forgets everything. */
  clear(): void {
    this.#urgent.clear();
    this.#flows.clear();
    this.#queuedBySource.clear();
    this.#queued = 0;
  }

  /** Drops what waits of the stream. */
  #cancel(stream: FlowIdentity): void {
    for (const frame of this.#flows.drop(stream)) this.#account(frame, -1);
  }

  #account(frame: Frame, sign: 1 | -1): void {
    const cost = sign * Math.max(frame.bytes, MIN_QUEUED_COST);
    this.#queued += cost;
    const bytes = this.queuedBytes(frame.source) + cost;
    if (bytes > 0) this.#queuedBySource.set(frame.source, bytes);
    else this.#queuedBySource.delete(frame.source);
  }
}
