// All streams of one host over whatever carries its frames. Opens, accepts and finds streams; measures round trips to the hosts
// it talks to.

import { asNoRouterError, NoRouterError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { Shares } from "../shares.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND, LAST_STREAM, makeFrame } from "../wire/frame.ts";
import {
  decodeCredit,
  decodeOpen,
  decodeReason,
  encodeOpen,
  type Open,
  refusalFrame,
  resetFrame,
  type Target,
} from "../wire/payload.ts";
import { Budget, ReceiveWindow } from "./credit.ts";
import { RoundTrips } from "./round_trips.ts";
import { Stream } from "./stream.ts";
import type { StreamContext } from "./stream_ends.ts";

/** What a mux tells its owner. */
export interface MuxHandlers {
  /** Puts a frame on its way; never blocks. */
  send(frame: Frame): void;
  /** A data frame of a stream would find room now; when not, {@link Mux.drained} is called later. Default: always. */
  room?(flow: Pick<Frame, "source" | "destination" | "flags" | "stream">): boolean;
  /** Another host opened a stream: answer with accept or reset. */
  incoming(stream: Stream): void;
  /** Another host holds so many streams to this one that some are refused; called once until it holds less than half. */
  crowded?(by: HostId, open: number): void;
  /** A stream of this host is over. */
  closed?(stream: Stream, error: NoRouterError | undefined): void;
}

/** Stream numbers that a session has to itself before it comes to the next one's. */
const SESSION_IDS = 2 ** 22;

/** The streams of one host. */
export class Mux {
  readonly #self: HostId;
  readonly #limits: Limits;
  readonly #handlers: MuxHandlers;
  readonly #budget: Budget;
  readonly #streams = new Map<number, Stream>();
  /** Numbers of the streams that this host opened. */
  readonly #ownIds = new Set<number>();
  /** Streams that are over for their other end, but whose consumer has not taken all that it sent: they take a place, and their number is free. */
  readonly #lingering = new Set<Stream>();
  /** Places for streams, by who opened them. */
  readonly #places: Shares<HostId>;
  /** Streams that have credit and wait for room, in the order of their turns. */
  readonly #waiting = new Set<Stream>();
  readonly #roundTrips: RoundTrips;
  readonly #context: StreamContext<Stream>;
  #lastId = 0;

  /** @param now Milliseconds of a steady clock. */
  constructor(self: HostId, limits: Limits, handlers: MuxHandlers, now: () => number = () => performance.now()) {
    this.#self = self;
    this.#limits = limits;
    this.#handlers = handlers;
    this.#budget = new Budget(limits.budgetBytes);
    this.#places = new Shares(limits.streams, self);
    this.#roundTrips = new RoundTrips(self, now, handlers.send);
    this.#context = {
      self,
      frameBytes: limits.frameBytes,
      now,
      roundTrip: (remote) => this.#roundTrips.to(remote),
      send: (frame) => handlers.send(frame),
      room: (stream) => this.#hasRoom(stream),
      parted: (stream) => this.#linger(stream),
      closed: (stream, error) => this.#forget(stream, error),
    };
  }

  /** Numbers streams from where earlier sessions of this host did not come: frames of theirs may still be on their way. */
  startSession(session: number): void {
    this.#lastId = ((session - 1) * SESSION_IDS) % LAST_STREAM;
  }

  /** Streams that are not over. */
  get size(): number {
    return this.#places.taken;
  }

  /**
   * Opens a stream; it may be written to at once.
   * @throws NoRouterError `too-many-streams`, or `name-not-found` for a name of more than 255 bytes
   */
  open(remote: HostId, target: Target): Stream {
    const window = this.#newWindow(this.#self);
    if (!window) throw new NoRouterError("too-many-streams");
    const payload = this.#openPayload(window, target);
    const id = this.#nextId();
    const { minWindowBytes } = this.#limits;
    const stream = this.#add(new Stream(this.#context, { remote, id, opener: true, target }, window, minWindowBytes));
    this.#handlers.send(makeFrame({ kind: KIND.open, source: this.#self, destination: remote, stream: id }, payload));
    this.#roundTrips.measure(remote);
    return stream;
  }

  /** Takes a frame that is addressed to this host. Frames of streams that are over are dropped. */
  receive(frame: Frame): void {
    if (frame.kind === KIND.open) this.#receiveOpen(frame);
    else if (frame.kind === KIND.ping) this.#roundTrips.answer(frame);
    else if (frame.kind === KIND.pong) this.#roundTrips.answered(frame);
    else this.#receiveForStream(frame);
  }

  /** There is room again: who has waited longest comes first. */
  drained(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const stream of waiting) stream.turn();
  }

  /** Ends every stream with a host that is gone, or those that it opened; the other end is told nothing. */
  abortHost(remote: HostId, error: NoRouterError, which: "all" | "theirs" = "all"): void {
    for (const stream of [...this.#streams.values()]) {
      const { identity } = stream;
      if (identity.remote === remote && (which === "all" || !identity.opener)) stream.abort(error);
    }
  }

  /** Ends every stream at once. */
  dropAll(error: NoRouterError): void {
    for (const stream of [...this.#streams.values(), ...this.#lingering]) stream.drop(error);
  }

  /** A target that cannot be sent gives its window back. */
  #openPayload(window: ReceiveWindow, target: Target): Uint8Array {
    try {
      return encodeOpen({ credit: this.#limits.minWindowBytes + window.start(this.#context.now()), target });
    } catch (thrown) {
      window.close();
      throw thrown;
    }
  }

  #receiveForStream(frame: Frame): void {
    const opener = (frame.flags & FROM_ACCEPTOR) !== 0;
    const stream = this.#streams.get(keyOf(frame.source, frame.stream, opener));
    if (!stream) {
      frame.giveBack();
      if (frame.kind === KIND.accept) this.#disown(frame);
      return;
    }
    if (frame.kind === KIND.data) this.#roundTrips.measure(frame.source);
    const hasCredit = frame.kind === KIND.credit || frame.kind === KIND.accept;
    const reason = frame.kind === KIND.reset ? reasonOf(frame) : undefined;
    const credit = hasCredit ? decodeCredit(frame.payloadBytes()) : 0;
    try {
      stream.receive(frame, reason, credit);
    } catch (thrown) {
      stream.fail(asNoRouterError(thrown)); // a part of what came may be lost
      throw thrown;
    }
    if (frame.kind !== KIND.data) frame.giveBack();
  }

  /** An accept of a stream that is over, maybe since before the acceptor's return: the acceptor is not to keep it. */
  #disown({ source, stream }: Frame): void {
    this.#handlers.send(resetFrame({ source: this.#self, destination: source, stream }, { code: "reset", message: "" }));
  }

  #receiveOpen(frame: Frame): void {
    const known = this.#streams.get(keyOf(frame.source, frame.stream, false));
    if (known) return void known.fail(new NoRouterError("flow-violation"));
    const open = this.#decodedOpen(frame);
    if (!open) return;
    const window = this.#newWindow(frame.source);
    if (!window) {
      this.#handlers.send(refusalFrame(frame, "too-many-streams"));
      const crowding = this.#places.newlyCrowding();
      if (crowding) this.#handlers.crowded?.(crowding.asker, crowding.held);
      return;
    }
    const { credit, target } = open;
    const stream = new Stream(this.#context, { remote: frame.source, id: frame.stream, opener: false, target }, window, credit);
    this.#roundTrips.measure(frame.source);
    this.#handlers.incoming(this.#add(stream));
  }

  /** What an open frame asks for; undefined, and its opener is told, when that is nothing that a host has. */
  #decodedOpen(frame: Frame): Open | undefined {
    try {
      return decodeOpen(frame.payloadBytes());
    } catch (thrown) {
      const { code, message } = asNoRouterError(thrown);
      this.#handlers.send(refusalFrame(frame, code, message));
      return undefined;
    }
  }

  #newWindow(opener: HostId): ReceiveWindow | undefined {
    return this.#places.hasFor(opener) ? new ReceiveWindow(this.#limits, this.#budget) : undefined;
  }

  /** One that no stream of this host has, to whomever: those to a service and those to its hosts meet. */
  #nextId(): number {
    do this.#lastId = this.#lastId === LAST_STREAM ? 1 : this.#lastId + 1;
    while (this.#ownIds.has(this.#lastId));
    return this.#lastId;
  }

  #add(stream: Stream): Stream {
    const { remote, id, opener } = stream.identity;
    this.#places.take(this.#openerOf(stream));
    this.#streams.set(keyOf(remote, id, opener), stream);
    if (opener) this.#ownIds.add(id);
    return stream;
  }

  #hasRoom(stream: Stream): boolean {
    const { remote, id, opener } = stream.identity;
    const flags = opener ? 0 : FROM_ACCEPTOR;
    if (this.#handlers.room?.({ source: this.#self, destination: remote, flags, stream: id }) ?? true) return true;
    this.#waiting.add(stream);
    return false;
  }

  #linger(stream: Stream): void {
    this.#remove(stream);
    this.#lingering.add(stream);
  }

  #forget(stream: Stream, error: NoRouterError | undefined): void {
    this.#waiting.delete(stream);
    if (!this.#lingering.delete(stream)) this.#remove(stream);
    this.#places.giveBack(this.#openerOf(stream));
    this.#handlers.closed?.(stream, error);
  }

  #openerOf({ identity: { remote, opener } }: Stream): HostId {
    return opener ? this.#self : remote;
  }

  #remove({ identity: { remote, id, opener } }: Stream): void {
    this.#streams.delete(keyOf(remote, id, opener));
    if (opener) this.#ownIds.delete(id);
  }
}

/** One number for a stream's end: 16 bits of host, one of side, 32 of stream; exact in a double. */
function keyOf(remote: HostId, id: number, opener: boolean): number {
  return (remote * 2 + (opener ? 1 : 0)) * (LAST_STREAM + 1) + id;
}

function reasonOf(frame: Frame): NoRouterError {
  const { code, message } = decodeReason(frame.payloadBytes());
  return new NoRouterError(code, message);
}
