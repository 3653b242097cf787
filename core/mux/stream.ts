// One end of one virtual TCP connection. Turns writes into frames as far as credit goes and arriving frames into calls of its
// consumer.

import { ERRORS, type ErrorCode, NoRouterError } from "../errors.ts";
import { giveBack, owned } from "../read_buffers.ts";
import { FROM_ACCEPTOR, type Frame, KIND, type Kind, makeFrame } from "../wire/frame.ts";
import { encodeCredit, encodeReason } from "../wire/payload.ts";
import { ChunkQueue } from "./chunk_queue.ts";
import { costOf, MAX_CREDIT, MIN_FRAME_COST, type ReceiveWindow } from "./credit.ts";
import type { StreamContext, StreamHandlers, StreamIdentity } from "./stream_ends.ts";

/** One end of a stream; reached through {@link Mux}. */
export class Stream {
  readonly identity: StreamIdentity;
  readonly #context: StreamContext<Stream>;
  readonly #window: ReceiveWindow;
  readonly #outgoing = new ChunkQueue();
  readonly #incoming = new ChunkQueue();
  #credit: number;
  #handlers: StreamHandlers | undefined;
  #accepted = false;
  /** The consumer asked for no more; `#held` bytes it took then are not credited yet. */
  #paused = false;
  #held = 0;
  #starved = false;
  #ending = false;
  #endSent = false;
  #remoteEnded = false;
  #endDelivered = false;
  #leaving: NoRouterError | undefined; // reset by the consumer, whose bytes are sent first
  /** The other end is gone, and the consumer gets first what it had sent. */
  #lost: NoRouterError | undefined;
  /** For the other end the stream is over, so nothing is sent any more. */
  #parted = false;
  #over: NoRouterError | true | undefined;
  /** Bytes written to and handed over by this end. */
  bytesOut = 0;
  bytesIn = 0;

  /** @param credit Bytes this end may send before it hears from the other. */
  constructor(context: StreamContext<Stream>, identity: StreamIdentity, window: ReceiveWindow, credit: number) {
    this.#context = context;
    this.identity = identity;
    this.#window = window;
    this.#credit = Math.min(credit, MAX_CREDIT);
  }

  /** True once both directions ended or either end reset the stream: what is written is dropped. */
  get closed(): boolean {
    return (this.#over ?? this.#leaving ?? this.#lost) !== undefined;
  }

  /** Sets the consumer, once; what arrived before is handed over at once. */
  attach(handlers: StreamHandlers): void {
    this.#handlers = handlers;
    if (this.#over instanceof NoRouterError) handlers.reset(this.#over);
    else this.#deliver();
  }

  /** Tells the opener that the target answered (acceptors only). */
  accept(): void {
    if (this.closed || this.#accepted) return;
    this.#accepted = true;
    this.#send(KIND.accept, encodeCredit(this.#window.start(this.#context.now())));
    this.turn();
  }

  /**
   * Sends bytes, or keeps them until there is credit, and room on the link.
   * @returns False when either is missing: write no more until `drain`.
   */
  write(chunk: Uint8Array): boolean {
    if (this.closed || this.#ending) return false;
    this.bytesOut += chunk.length;
    let rest = chunk;
    if (this.#outgoing.length === 0) {
      while (rest.length > 0 && this.#maySend()) {
        const piece = rest.subarray(0, Math.min(this.#credit, this.#context.frameBytes));
        rest = rest.subarray(piece.length);
        this.#sendData(piece);
      }
    }
    if (rest.length > 0) this.#outgoing.push(rest);
    this.#starved = !this.#maySend();
    return !this.#starved;
  }

  /** No more bytes will be written; what waits for credit is still sent first. */
  end(): void {
    if (this.closed || this.#ending) return;
    this.#ending = true;
    this.#flush();
  }

  /**
   * Ends both directions; what this end has written is sent first, as credit allows, unless the stream was never accepted.
   * The consumer hears nothing more, and the other end's bytes are lost.
   */
  reset(code: ErrorCode, message: string = ERRORS[code].meaning): void {
    if (this.#over || this.#leaving) return;
    if (this.#lost || this.#parted) return void this.#finish(this.#lost ?? new NoRouterError(code, message));
    this.#leaving = new NoRouterError(code, message);
    this.#consumed(this.#incoming.length + this.#held); // the other end may be leaving, too, and wait for it
    this.#incoming.clear();
    if (!this.#accepted) {
      this.#outgoing.clear();
      this.#ending = false; // a part of the bytes must not look like all of them
    }
    this.#flush();
  }

  /** The consumer can take bytes again. */
  resume(): void {
    if (!this.#paused || this.#over || this.#leaving) return;
    this.#paused = false;
    const held = this.#held;
    this.#held = 0;
    this.#consumed(held);
    this.#deliver();
  }

  /** Sends what waits, and asks for more, as far as credit and the link allow; called by the mux. */
  turn(): void {
    this.#flush();
    if (!this.#starved || this.#ending || this.closed || !this.#maySend()) return;
    this.#starved = false;
    this.#handlers?.drain();
  }

  /** A frame of this stream arrived; called by the mux. */
  receive(frame: Frame, reason: NoRouterError | undefined, credit: number): void {
    if (this.#over || this.#lost) return;
    if (frame.kind === KIND.data) this.#receiveData(frame);
    else if (frame.kind === KIND.credit) this.#granted(credit);
    else if (frame.kind === KIND.accept) this.#receiveAccept(credit);
    else if (frame.kind === KIND.end) this.#receiveEnd();
    else if (reason) this.abort(reason);
  }

  /**
   * Ends the stream without telling the other end, which is gone or said so itself. The consumer hears of it once it has
   * taken what came before, unless the stream was never accepted.
   */
  abort(error: NoRouterError): void {
    if (this.#over || this.#lost) return;
    if (this.#leaving) return void this.#finish(this.#leaving);
    this.#lost = error;
    this.#outgoing.clear();
    if (!this.#accepted) this.#incoming.clear();
    this.#deliver();
    this.#part();
  }

  /** The same at once: what the consumer has not taken is lost. */
  drop(error: NoRouterError): void {
    this.#incoming.clear();
    this.abort(error);
    if (this.#lost) this.#finish(this.#lost);
  }

  /** Ends the stream at once, and tells both its consumer and the other end why. */
  fail(error: NoRouterError): void {
    if (this.#over) return;
    this.#finish(error);
    try {
      this.#send(KIND.reset, encodeReason(error));
    } finally {
      if (!this.#leaving) this.#handlers?.reset(error); // also where memory lacks for a frame
    }
  }

  #receiveData(frame: Frame): void {
    if (!this.#mayReceive() || !this.#window.received(frame.length)) return void this.fail(new NoRouterError("flow-violation"));
    this.#consumed(this.#leaving ? frame.length : 0);
    if (this.#leaving) return void frame.giveBack();
    giveBack(frame.header());
    for (const slice of frame.payload()) {
      if (this.#over || this.#leaving) return; // the consumer reset the stream at the slice before
      if (this.#handlers && !this.#paused && this.#incoming.length === 0) this.#handOver(slice);
      else this.#incoming.push(slice);
    }
  }

  /** The other end may write: it accepted, if that was its part, and did not say that it was done. */
  #mayReceive(): boolean {
    return !this.#remoteEnded && (this.#accepted || !this.identity.opener);
  }

  #receiveAccept(credit: number): void {
    if (this.#accepted) return void this.fail(new NoRouterError("flow-violation"));
    this.#accepted = true;
    this.#handlers?.accepted?.();
    this.#granted(credit);
  }

  #receiveEnd(): void {
    if (!this.#mayReceive()) return void this.fail(new NoRouterError("flow-violation"));
    this.#remoteEnded = true;
    this.#deliver();
    this.#finishWhenEnded();
  }

  #granted(credit: number): void {
    this.#credit = Math.min(this.#credit + credit, MAX_CREDIT);
    this.turn();
  }

  /** This end may write: an acceptor has to accept first. */
  #mayWrite(): boolean {
    return this.#accepted || this.identity.opener;
  }

  /** Credit allows a data frame, and the link has room for it; if only the room is missing, a {@link turn} follows. */
  #maySend(): boolean {
    return this.#credit >= MIN_FRAME_COST && this.#mayWrite() && this.#context.room(this);
  }

  #flush(): void {
    while (this.#outgoing.length > 0 && this.#maySend()) {
      const piece = this.#outgoing.shift(Math.min(this.#credit, this.#context.frameBytes));
      if (!piece) break;
      this.#sendData(piece);
    }
    if (this.#outgoing.length > 0 || this.#over || this.#lost) return;
    if (this.#ending && !this.#endSent && this.#mayWrite()) {
      this.#endSent = true;
      this.#send(KIND.end);
      this.#finishWhenEnded();
    }
    if (!this.#leaving || this.#over) return;
    this.#send(KIND.reset, encodeReason(this.#leaving));
    this.#finish(this.#leaving);
  }

  #deliver(): void {
    while (this.#handlers && !this.#paused && !this.#over && !this.#leaving) {
      const chunk = this.#incoming.shift(Number.POSITIVE_INFINITY);
      if (!chunk) break;
      this.#handOver(chunk);
    }
    if (this.#incoming.length > 0 || this.#over || this.#leaving) return;
    if (this.#handlers && this.#remoteEnded && !this.#endDelivered) {
      this.#endDelivered = true;
      this.#handlers.end();
      this.#finishWhenEnded();
    }
    if (!this.#lost || this.#over) return;
    this.#finish(this.#lost);
    this.#handlers?.reset(this.#lost);
  }

  #handOver(chunk: Uint8Array): void {
    this.bytesIn += chunk.length;
    const handlers = this.#handlers as StreamHandlers;
    if (handlers.data(handlers.takesLent ? chunk : owned(chunk))) this.#consumed(chunk.length);
    else {
      this.#paused = true;
      this.#held += chunk.length;
    }
  }

  #consumed(bytes: number): void {
    if (this.#over || this.#lost || this.#remoteEnded) return;
    const grant = this.#window.consumed(bytes, this.#context.now(), this.#context.roundTrip(this.identity.remote));
    if (grant > 0) this.#send(KIND.credit, encodeCredit(grant));
  }

  #sendData(piece: Uint8Array): void {
    this.#credit -= costOf(piece.length);
    this.#send(KIND.data, piece);
  }

  #send(kind: Kind, ...payload: Uint8Array[]): void {
    const { remote, id, opener } = this.identity;
    const flags = opener ? 0 : FROM_ACCEPTOR;
    this.#context.send(makeFrame({ kind, source: this.#context.self, destination: remote, flags, stream: id }, ...payload));
  }

  #finishWhenEnded(): void {
    if (!this.#endSent || !this.#remoteEnded) return;
    if (this.#endDelivered) this.#finish(undefined);
    else this.#part();
  }

  #part(): void {
    if (this.#over || this.#parted) return;
    this.#parted = true;
    this.#context.parted(this);
  }

  #finish(error: NoRouterError | undefined): void {
    if (this.#over) return;
    this.#over = error ?? true;
    this.#outgoing.clear();
    this.#incoming.clear();
    this.#window.close();
    this.#context.closed(this, error);
  }
}
