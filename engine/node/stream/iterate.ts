// Readables and iterables: `for await` over a stream, and `Readable.from`.

import { AbortError, coded, invalidArgType } from "../errors.ts";
import { nextTick } from "../ticks.ts";
import * as bits from "./bits.ts";
import { finished } from "./finished.ts";
import type { Readable, ReadableOptions } from "./readable.ts";

/** What becomes of a stream when a loop over it is left early. */
export interface IteratorOptions {
  readonly destroyOnReturn?: boolean;
}

/** The chunks of a stream. */
export function iterate(stream: Readable, options: IteratorOptions = {}): AsyncIterableIterator<unknown> {
  return new Chunks(stream, options);
}

type Result = IteratorResult<unknown, undefined>;

/** No generator: the engine's `for await` does not wait for `return`, so what it does has to be done at once. */
class Chunks implements AsyncIterableIterator<unknown> {
  readonly #stream: Readable;
  readonly #destroyOnReturn: boolean;
  readonly #stop: () => void;
  #waiting: (() => void)[] = [];
  /** `null`: the stream has ended in order. */
  #error: Error | null | undefined;
  #over = false;

  constructor(stream: Readable, { destroyOnReturn = true }: IteratorOptions) {
    this.#stream = stream;
    this.#destroyOnReturn = destroyOnReturn;
    stream.on("readable", this.#wake);
    this.#stop = finished(stream, { writable: false }, (failed) => {
      this.#error = failed ?? null;
      this.#wake();
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    while (!this.#over) {
      const chunk = this.#stream.destroyed ? null : this.#stream.read();
      if (chunk !== null) return { value: chunk, done: false };
      if (this.#error !== undefined) {
        const error = this.#error;
        this.#finish();
        if (error) throw error;
      } else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
    return { value: undefined, done: true };
  }

  async return(): Promise<Result> {
    this.#finish();
    return { value: undefined, done: true };
  }

  async throw(thrown: unknown): Promise<Result> {
    this.#error = thrown as Error;
    this.#finish();
    throw thrown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish();
  }

  readonly #wake = (): void => {
    for (const wake of this.#waiting.splice(0)) wake();
  };

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stop();
    this.#stream.off("readable", this.#wake);
    this.#wake();
    const isLeft = this.#error || this.#destroyOnReturn;
    if (isLeft && (this.#error === undefined || this.#stream._wState & bits.AUTO_DESTROY)) this.#stream.destroy();
  }
}

type Source = Iterable<unknown> | AsyncIterable<unknown> | string | Uint8Array;

/** Sets up a stream of what an iterable gives. @param make Makes a Readable of options. */
export function fromIterable(make: (options: ReadableOptions) => Readable, source: Source, options?: ReadableOptions): Readable {
  if (typeof source === "string" || source instanceof Uint8Array) {
    return make({
      objectMode: true,
      ...options,
      read() {
        this.push(source);
        this.push(null);
      },
    });
  }
  const given = source as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const open: (() => AsyncIterator<unknown> | Iterator<unknown>) | undefined =
    given?.[Symbol.asyncIterator] ?? given?.[Symbol.iterator];
  if (typeof open !== "function") throw invalidArgType("iterable", "an instance of Iterable", source);
  const iterator = open.call(given);
  const stream = make({ objectMode: true, highWaterMark: 1, ...options });
  let reading = false;
  const pull = async () => {
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) return void stream.push(null);
      const chunk: unknown = await value;
      if (chunk === null) throw coded("ERR_STREAM_NULL_VALUES", "May not write null values to stream", TypeError);
      if (stream.push(chunk)) continue;
      reading = false;
      return;
    }
  };
  stream._read = () => {
    if (reading) return;
    reading = true;
    pull().catch((thrown: unknown) => void stream.destroy(thrown as Error));
  };
  stream._destroy = (error, done) => {
    const ended = Promise.resolve(error ? iterator.throw?.(error) : undefined).then(() => iterator.return?.(undefined));
    ended.then(
      () => nextTick(done, error),
      (thrown: unknown) => nextTick(done, thrown ?? error ?? new AbortError()),
    );
  };
  return stream;
}
