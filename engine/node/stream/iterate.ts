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
export async function* iterate(
  stream: Readable,
  { destroyOnReturn = true }: IteratorOptions = {},
): AsyncGenerator<unknown, void> {
  let wake = (): void => undefined;
  let error: Error | null | undefined;
  const readable = () => wake();
  stream.on("readable", readable);
  const stop = finished(stream, { writable: false }, (failed) => {
    error = failed ?? null;
    wake();
  });
  try {
    for (;;) {
      const chunk = stream.destroyed ? null : stream.read();
      if (chunk !== null) yield chunk;
      else if (error) throw error;
      else if (error === null) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } catch (thrown) {
    error = thrown as Error;
    throw thrown;
  } finally {
    stop();
    stream.off("readable", readable);
    if ((error || destroyOnReturn) && (error === undefined || stream._wState & bits.AUTO_DESTROY)) stream.destroy();
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
      if (!stream.push(chunk)) return;
    }
  };
  stream._read = () => {
    if (reading) return;
    reading = true;
    pull().then(
      () => {
        reading = false;
      },
      (thrown: unknown) => void stream.destroy(thrown as Error),
    );
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
