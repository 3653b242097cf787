// `pipeline`: pipes streams, iterables and functions into one another, and destroys all of them if one fails.

import { AbortError, abortErrorOf, checkFunction, checkSignal, coded, invalidArgType } from "../errors.ts";
import { nextTick } from "../ticks.ts";
import { type AnyStream, factsOf, isStream } from "./facts.ts";
import { finished } from "./finished.ts";
import type { PipeTarget } from "./halves.ts";
import { type PumpSource, pump } from "./pump.ts";
import type { Readable } from "./readable.ts";
import { PassThrough } from "./transform.ts";

/** How to pipe. */
export interface PipelineOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether the last stream is ended with the first; it is by default. */
  readonly end?: boolean | undefined;
}

type Failure = (Error & { code?: string }) | null | undefined;
type Called = (error: Failure, value?: unknown) => void;
type StageFunction = (source: unknown, options?: { signal: AbortSignal }) => unknown;

/** `pipeline(...stages, callback)`; returns the last stream. */
export function pipeline(...given: unknown[]): unknown {
  const callback = given.pop();
  checkFunction(callback, "streams[stream.length - 1]");
  return runPipeline(given, {}, callback as Called);
}

/** The same with options. */
export function runPipeline(given: readonly unknown[], options: PipelineOptions, callback: Called): unknown {
  const stages = given.length === 1 && Array.isArray(given[0]) ? (given[0] as unknown[]) : given;
  if (stages.length < 2) throw coded("ERR_MISSING_ARGS", 'The "streams" argument must be specified', TypeError);
  checkSignal(options.signal);
  return new Pipeline(options, callback).run(stages);
}

class Pipeline {
  readonly #options: PipelineOptions;
  readonly #callback: Called;
  readonly #destroys: ((error: Failure) => void)[] = [];
  /** Takes listeners off the last stream, which others may go on with. */
  readonly #cleanUps: (() => void)[] = [];
  #controller: AbortController | undefined;
  #error: Failure;
  #value: unknown;
  /** Ends that are waited for. */
  #open = 0;
  #called = false;

  constructor(options: PipelineOptions, callback: Called) {
    this.#options = options;
    this.#callback = callback;
  }

  run(stages: readonly unknown[]): unknown {
    const { signal } = this.#options;
    signal?.addEventListener("abort", this.#abort);
    let last: unknown;
    for (const [at, stage] of stages.entries()) {
      const isLast = at === stages.length - 1;
      if (isStream(stage)) this.#watch(stage, at, isLast);
      last = at === 0 ? this.#first(stage) : this.#next(stage, last, isLast);
    }
    if (signal?.aborted) nextTick(this.#abort);
    return last;
  }

  /** Has a stream destroyed when another one fails. */
  #watch(stream: AnyStream, at: number, isLast: boolean): void {
    const ends = !isLast || this.#options.end !== false;
    const failed = (error: Failure) => {
      if (error && error.name !== "AbortError" && error.code !== "ERR_STREAM_PREMATURE_CLOSE") this.#settle(error, false);
    };
    stream.on("error", failed);
    const staysOpen = isLast && factsOf(stream).isReadable === true;
    if (staysOpen) this.#cleanUps.push(() => stream.off("error", failed));
    if (!ends) return;
    const cleanUp = this.#destroyLater(stream, !isLast, at > 0);
    if (staysOpen) this.#cleanUps.push(cleanUp);
  }

  #destroyLater(stream: AnyStream, readable: boolean, writable: boolean): () => void {
    let isOver = false;
    stream.on("close", () => {
      isOver = true;
    });
    const cleanUp = finished(stream, { readable, writable }, (error) => {
      isOver = !error;
    });
    this.#destroys.push((error) => {
      if (isOver) return;
      isOver = true;
      if (!stream.destroyed)
        stream.destroy?.(error ?? coded("ERR_STREAM_DESTROYED", "Cannot call pipe after a stream was destroyed"));
    });
    return cleanUp;
  }

  #first(stage: unknown): unknown {
    const made = typeof stage === "function" ? (stage as (options: object) => unknown)({ signal: this.#signal() }) : stage;
    if (isIterable(made) || isStream(made)) return made;
    if (typeof stage === "function") throw badReturn("Iterable, AsyncIterable or Stream", "source");
    throw invalidArgType("source", "an instance of Stream, Iterable, or AsyncIterable, or of type function", stage);
  }

  #next(stage: unknown, source: unknown, isLast: boolean): unknown {
    if (typeof stage === "function") {
      const made = (stage as StageFunction)(source, { signal: this.#signal() });
      if (isLast) return this.#collect(made);
      if (!isIterable(made)) throw badReturn("AsyncIterable", "transform");
      return made;
    }
    if (!isStream(stage)) throw invalidArgType("val", "an instance of Stream or of type function", stage);
    const ends = !isLast || this.#options.end !== false;
    if (isStream(source)) {
      const cleanUp = this.#pipe(source, stage, ends);
      if (isLast && factsOf(stage).isReadable === true) this.#cleanUps.push(cleanUp);
    } else this.#pump(source as PumpSource, stage, ends);
    return stage;
  }

  /** What the last function gives, as a stream. */
  #collect(made: unknown): PassThrough {
    const through = new PassThrough({ objectMode: true });
    const ends = this.#options.end !== false;
    if (made instanceof Promise) {
      this.#open += 1;
      made.then(
        (value: unknown) => {
          this.#value = value;
          if (value !== undefined && value !== null) through.write(value);
          if (ends) through.end();
          nextTick(this.#finish);
        },
        (thrown: Error) => {
          through.destroy(thrown);
          nextTick(this.#finish, thrown);
        },
      );
    } else if (isIterable(made)) this.#pump(made, through, ends);
    else throw badReturn("AsyncIterable or Promise", "destination");
    this.#cleanUps.push(this.#destroyLater(through, false, true));
    return through;
  }

  #pump(source: PumpSource, to: AnyStream, ends: boolean): void {
    this.#open += 1;
    pump(source, to as unknown as PipeTarget & AnyStream, ends).then(
      () => this.#finish(),
      (thrown: Error) => this.#finish(thrown),
    );
  }

  #pipe(from: AnyStream, to: AnyStream, ends: boolean): () => void {
    this.#open += 2;
    let isEnded = false;
    to.on("close", () => {
      if (!isEnded) this.#settle(coded("ERR_STREAM_PREMATURE_CLOSE", "Premature close"), false);
    });
    (from as Readable).pipe(to as unknown as PipeTarget, { end: false });
    const end = () => {
      isEnded = true;
      (to as unknown as PipeTarget).end();
    };
    if (!ends) this.#finish();
    else if (from.readableEnded) nextTick(end);
    else from.once("end", end);
    finished(from, { readable: true, writable: false }, (error: Failure) => {
      // Some close before `end` is emitted, which comes all the same.
      const comesYet = error?.code === "ERR_STREAM_PREMATURE_CLOSE" && factsOf(from).isReadOut;
      if (comesYet) from.once("end", this.#finish).once("error", this.#finish);
      else this.#finish(error);
    });
    return finished(to, { readable: false, writable: true }, this.#finish);
  }

  readonly #abort = (): void => {
    const { signal } = this.#options;
    this.#settle(signal ? abortErrorOf(signal) : new AbortError(), false);
  };

  readonly #finish = (error?: Failure): void => {
    this.#open -= 1;
    this.#settle(error, this.#open === 0);
  };

  #settle(error: Failure, isLast: boolean): void {
    const isVague = !this.#error || this.#error.code === "ERR_STREAM_PREMATURE_CLOSE" || this.#error.name === "AbortError";
    if (error && isVague) this.#error = error;
    if (!this.#error && !isLast) return;
    for (const destroy of this.#destroys.splice(0)) destroy(this.#error);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#controller?.abort();
    if (!isLast || this.#called) return;
    this.#called = true;
    if (!this.#error) for (const cleanUp of this.#cleanUps) cleanUp();
    nextTick(this.#callback, this.#error, this.#value);
  }

  #signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }
}

function badReturn(wanted: string, name: string): Error {
  return coded("ERR_INVALID_RETURN_VALUE", `Expected ${wanted} to be returned from the "${name}" function`, TypeError);
}

function isIterable(value: unknown): value is PumpSource {
  if (typeof value !== "object" || value === null) return typeof value === "string";
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}
