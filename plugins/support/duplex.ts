// A stream as a `node:stream` Duplex, for libraries that speak a protocol over one. Half-close, back-pressure and resets
// are passed on.

import { Duplex } from "node:stream";
import type { NoRouterError, Stream } from "../../core/mod.ts";

/** One that is destroyed by a reset once its reader has taken what came before. */
class StreamDuplex extends Duplex {
  #broken: NoRouterError | undefined;

  breakBehindReads(error: NoRouterError): void {
    this.#broken = error;
    this.#breakIfRead();
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    this.#breakIfRead();
    return chunk;
  }

  #breakIfRead(): void {
    if (this.#broken && this.readableLength === 0) this.destroy(this.#broken);
  }
}

/** Joins them for good. Once the stream is accepted `connect` is emitted; a reset destroys it with the error of the reset. */
export function duplexOf(stream: Stream): Duplex {
  let drained: (() => void) | undefined;
  const duplex = new StreamDuplex({
    allowHalfOpen: true,
    read: () => stream.resume(),
    write(chunk: Uint8Array, _encoding, done) {
      if (stream.write(chunk)) done();
      else drained = done;
    },
    final(done) {
      stream.end();
      done();
    },
    destroy(error, done) {
      stream.reset("reset");
      drained = undefined;
      done(error);
    },
  });
  stream.attach({
    accepted: () => void duplex.emit("connect"),
    data: (chunk) => duplex.push(chunk),
    end: () => void duplex.push(null),
    reset: (error) => duplex.breakBehindReads(error),
    drain() {
      const done = drained;
      drained = undefined;
      done?.();
    },
  });
  return duplex;
}
