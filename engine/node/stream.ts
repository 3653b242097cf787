// node:stream.

import { callable } from "./callable.ts";
import { checkFunction, unsupported } from "./errors.ts";
import { destroyOnAbort, Stream as OwnStream } from "./stream/base.ts";
import { type DuplexOptions, Duplex as OwnDuplex, setUpDuplex } from "./stream/duplex.ts";
import { type AnyStream, factsOf } from "./stream/facts.ts";
import { finished } from "./stream/finished.ts";
import { fromIterable } from "./stream/from.ts";
import { getDefaultHighWaterMark, setDefaultHighWaterMark } from "./stream/marks.ts";
import { pipeline } from "./stream/pipeline.ts";
import { Readable as OwnReadable, type ReadableOptions, setUpReadable } from "./stream/readable.ts";
import { PassThrough as OwnPassThrough, Transform as OwnTransform, setUpTransform } from "./stream/transform.ts";
import { Writable as OwnWritable, setUpWritable } from "./stream/writable.ts";
import promises from "./stream_promises.ts";

const Stream = callable(OwnStream, () => undefined);
const Readable = callable(OwnReadable, (self, options) => setUpReadable(self, options as ReadableOptions));
const Writable = callable(OwnWritable, setUpWritable);
const Duplex = callable(OwnDuplex, (self, options) => setUpDuplex(self, options as DuplexOptions));
const Transform = callable(OwnTransform, setUpTransform);
const PassThrough = callable(OwnPassThrough, setUpTransform);
type Stream = OwnStream;
type Readable = OwnReadable;
type Writable = OwnWritable;
type Duplex = OwnDuplex;

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
  from: fromIterable,
});
Object.assign(Duplex, {
  from() {
    throw unsupported("Duplex.from");
  },
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
