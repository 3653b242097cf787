// `finished`: calls back once a stream is over, in order or not.

import { abortErrorOf, checkFunction, checkSignal, coded, invalidArgType } from "../errors.ts";
import { tick } from "../ticks.ts";
import type { Done } from "./base.ts";
import { type AnyStream, factsOf, isStream, type StreamFacts } from "./facts.ts";

/** Which ends to wait for; those that the stream has, where nothing is said. */
export interface FinishedOptions {
  readonly readable?: boolean | undefined;
  readonly writable?: boolean | undefined;
  /** Whether an `error` counts; it does by default. */
  readonly error?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For the promise alone: whether listeners go when it is settled. */
  readonly cleanup?: boolean | undefined;
}

/** Calls back once; returns what stops waiting. */
export function finished(stream: AnyStream, given: FinishedOptions | Done | undefined, callback?: Done): () => void {
  const done = typeof given === "function" ? given : callback;
  const options = typeof given === "function" || given === undefined ? {} : given;
  if (!isStream(stream)) throw invalidArgType("stream", "an instance of ReadableStream, WritableStream, or Stream", stream);
  checkFunction(done, "callback");
  checkSignal(options.signal);
  return new Wait(stream, options, done as Done).start();
}

class Wait {
  readonly #stream: AnyStream;
  readonly #options: FinishedOptions;
  readonly #done: Done;
  readonly #readable: boolean;
  readonly #writable: boolean;
  #willClose: boolean;
  #isReadOut: boolean;
  #isFinished: boolean;
  #settled = false;

  constructor(stream: AnyStream, options: FinishedOptions, done: Done) {
    const facts = factsOf(stream);
    this.#stream = stream;
    this.#options = options;
    this.#done = done;
    this.#readable = options.readable ?? facts.hasReadable;
    this.#writable = options.writable ?? facts.hasWritable;
    this.#willClose = facts.willClose && facts.hasReadable === this.#readable && facts.hasWritable === this.#writable;
    this.#isReadOut = facts.isReadOut;
    this.#isFinished = facts.isFinished;
  }

  start(): () => void {
    const stream = this.#stream;
    const { signal, error } = this.#options;
    stream.on("end", this.#ended).on("finish", this.#finished).on("close", this.#closed);
    if (error !== false) stream.on("error", this.#failed);
    this.#lookIfOver();
    if (signal?.aborted) tick(this.#aborted, undefined);
    else signal?.addEventListener("abort", this.#aborted);
    return () => this.#stop();
  }

  /** What is over already will not say so. */
  #lookIfOver(): void {
    const facts = factsOf(this.#stream);
    const reads = this.#isReadOut || facts.isReadable === false;
    const writes = this.#isFinished || facts.isWritable === false;
    if (facts.isClosed) this.#settleSoon(this.#errorOf(facts));
    else if (facts.hasFailed) {
      if (!this.#willClose) this.#settleSoon(facts.error);
    } else if (!this.#readable && (!this.#willClose || facts.isReadable) && writes && !facts.owesCalls)
      this.#settleSoon(facts.error);
    else if (!this.#writable && (!this.#willClose || facts.isWritable) && reads) this.#settleSoon(facts.error);
  }

  readonly #ended = (): void => {
    this.#isReadOut = true;
    if (this.#stream.destroyed) this.#willClose = false;
    if (this.#willClose && (!this.#stream.writable || this.#writable)) return;
    if (!this.#writable || this.#isFinished) this.#settle();
  };

  readonly #finished = (): void => {
    this.#isFinished = true;
    if (this.#stream.destroyed) this.#willClose = false;
    if (this.#willClose && (!this.#stream.readable || this.#readable)) return;
    if (!this.#readable || this.#isReadOut) this.#settle();
  };

  readonly #failed = (error: Error): void => this.#settle(error);

  readonly #closed = (): void => this.#settle(this.#errorOf(factsOf(this.#stream)));

  /** What a stream that is closed has ended with. */
  #errorOf({ error, isReadOut, isFinished }: StreamFacts): Error | undefined {
    const isCut = (this.#readable && !this.#isReadOut && !isReadOut) || (this.#writable && !this.#isFinished && !isFinished);
    return error ?? (isCut ? coded("ERR_STREAM_PREMATURE_CLOSE", "Premature close") : undefined);
  }

  readonly #aborted = (): void => {
    const { signal } = this.#options;
    this.#stop();
    this.#settle(signal && abortErrorOf(signal));
  };

  #settleSoon(error: Error | undefined): void {
    tick((failed) => this.#settle(failed), error);
  }

  #settle(error?: Error): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#options.signal?.removeEventListener("abort", this.#aborted);
    if (error) this.#done.call(this.#stream, error);
    else this.#done.call(this.#stream);
  }

  #stop(): void {
    this.#options.signal?.removeEventListener("abort", this.#aborted);
    this.#stream.off("end", this.#ended).off("finish", this.#finished).off("close", this.#closed).off("error", this.#failed);
  }
}
