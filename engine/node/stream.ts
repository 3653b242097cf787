// node:stream.

import { checkFunction } from "./errors.ts";
import { destroyOnAbort, Stream } from "./stream/base.ts";
import { Duplex } from "./stream/duplex.ts";
import { type AnyStream, factsOf } from "./stream/facts.ts";
import { finished } from "./stream/finished.ts";
import { fromIterable } from "./stream/iterate.ts";
import { getDefaultHighWaterMark, setDefaultHighWaterMark } from "./stream/marks.ts";
import { pipeline } from "./stream/pipeline.ts";
import { Readable, type ReadableOptions } from "./stream/readable.ts";
import { PassThrough, Transform } from "./stream/transform.ts";
import { Writable } from "./stream/writable.ts";
import promises from "./stream_promises.ts";

export {
  Duplex,
  finished,
  getDefaultHighWaterMark,
  PassThrough,
  pipeline,
  promises,
  Readable,
  Stream,
  setDefaultHighWaterMark,
  Transform,
  Writable,
};

Object.assign(Readable, {
  from: (source: Iterable<unknown> | AsyncIterable<unknown>, options?: ReadableOptions) =>
    fromIterable((own) => new Readable(own), source, options),
});
const promisified = Symbol.for("nodejs.util.promisify.custom");
Object.defineProperty(pipeline, promisified, { enumerable: true, value: promises.pipeline });
Object.defineProperty(finished, promisified, { enumerable: true, value: promises.finished });

/** Destroys a stream when a signal is aborted, and returns it. */
export function addAbortSignal<T extends Stream>(signal: AbortSignal, stream: T): T {
  checkFunction(stream.destroy, "stream.destroy");
  destroyOnAbort(stream, signal);
  return stream;
}

/** Destroys a stream. */
export function destroy<T extends AnyStream>(stream: T, error?: Error): T {
  stream.destroy?.(error);
  return stream;
}

/** Whether something can be read of a stream. */
export function isReadable(stream: AnyStream): boolean {
  return factsOf(stream).isReadable ?? false;
}

/** Whether something can be written to a stream. */
export function isWritable(stream: AnyStream): boolean {
  return factsOf(stream).isWritable ?? false;
}

/** Whether a stream has failed. */
export function isErrored(stream: AnyStream): boolean {
  return factsOf(stream).error !== undefined;
}

/** Whether something was read of a stream, or it was given up. */
export function isDisturbed(stream: Readable): boolean {
  return stream.readableDidRead || stream.readableAborted;
}

/** What `require("stream")` gives: the base class, with all the others as its members. */
const module = Object.assign(Stream, {
  Duplex,
  PassThrough,
  Readable,
  Stream,
  Transform,
  Writable,
  addAbortSignal,
  destroy,
  finished,
  getDefaultHighWaterMark,
  isDisturbed,
  isErrored,
  isReadable,
  isWritable,
  pipeline,
  promises,
  setDefaultHighWaterMark,
});

export default module;
