// Writes the head and the body of a message to a connection, delimited as the head says, with back-pressure. Must not end the
// connection.

import { type Duplex, Writable } from "node:stream";
import { type BodyMode, fieldLines } from "./answer.ts";
import type { Header } from "./head.ts";

const CRLF = Buffer.from("\r\n");

/** The body of one message, as `node:stream` writes one; destroyed with the connection. */
export class BodyWriter extends Writable {
  readonly #to: Duplex;
  #mode: BodyMode = "none";
  #trailers: readonly Header[] = [];
  #drained: (() => void) | undefined;
  readonly #gone = () => void this.destroy();
  readonly #drain = () => {
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.();
  };

  constructor(to: Duplex) {
    super();
    this.#to = to;
    this.on("error", () => undefined); // what is written behind its end
    to.on("close", this.#gone).on("drain", this.#drain);
    if (to.destroyed) this.destroy();
  }

  /** Whether the other end has not taken yet what was written. */
  get stalled(): boolean {
    return this.#drained !== undefined;
  }

  /** Writes the head; the body follows. */
  begin(head: Uint8Array, mode: BodyMode): void {
    this.#mode = mode;
    this.#to.write(head);
  }

  /** Sets what stands behind a chunked body. */
  setTrailers(trailers: readonly Header[]): void {
    this.#trailers = trailers;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#mode === "chunked" && chunk.length > 0) {
      this.#to.cork();
      this.#to.write(`${chunk.length.toString(16)}\r\n`);
      this.#to.write(chunk);
      this.#to.write(CRLF);
      this.#to.uncork();
    } else if (this.#mode !== "none") this.#to.write(chunk);
    this.#whenTaken(done);
  }

  override _final(done: (error?: Error) => void): void {
    if (this.#mode === "chunked") {
      this.#to.write(Buffer.from(`0\r\n${fieldLines(this.#trailers)}\r\n`, "latin1"));
    }
    this.#whenTaken(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#to.off("close", this.#gone).off("drain", this.#drain);
    this.#drained = undefined;
    done(error);
  }

  #whenTaken(done: () => void): void {
    if (this.#to.writableNeedDrain) this.#drained = done;
    else done();
  }
}
