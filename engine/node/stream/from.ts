// `Readable.from`.

import { AbortError, coded, invalidArgType } from "../errors.ts";
import { nextTick } from "../ticks.ts";
import { Readable, type ReadableOptions } from "./readable.ts";

type Source = Iterable<unknown> | AsyncIterable<unknown> | string | Uint8Array;

/** A stream of what an iterable gives. */
export function fromIterable(source: Source, options?: ReadableOptions): Readable {
  if (typeof source === "string" || source instanceof Uint8Array) {
    return new Readable({
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
  const stream = new Readable({ objectMode: true, highWaterMark: 1, ...options });
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
