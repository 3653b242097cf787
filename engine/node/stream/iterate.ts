// `for await` over a Readable.

import * as bits from "./bits.ts";
import { finished } from "./finished.ts";
import type { ReadableHalf } from "./halves.ts";

/** What becomes of a stream when a loop over it is left early. */
export interface IteratorOptions {
  readonly destroyOnReturn?: boolean;
}

/** The chunks of a stream. */
export function iterate(stream: ReadableHalf, options: IteratorOptions = {}): AsyncIterableIterator<unknown> {
  return new Chunks(stream, options);
}

type Result = IteratorResult<unknown, undefined>;

/** No generator: the engine's `for await` does not wait for `return`, so what it does has to be done at once. */
class Chunks implements AsyncIterableIterator<unknown> {
  readonly #stream: ReadableHalf;
  readonly #destroyOnReturn: boolean;
  readonly #stop: () => void;
  #waiting: (() => void)[] = [];
  /** `null`: the stream has ended in order. */
  #error: Error | null | undefined;
  #over = false;

  constructor(stream: ReadableHalf, { destroyOnReturn = true }: IteratorOptions) {
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
