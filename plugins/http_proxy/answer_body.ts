// Writes the body of an answer to a client, delimited as the answer's head says, with back-pressure. Must not end the
// client's connection.

import type { Socket } from "node:net";
import { Writable } from "node:stream";
import type { BodyMode } from "./answer.ts";
import type { Header } from "./head.ts";

const CRLF = Buffer.from("\r\n");

/** The body of one answer, as `node:stream` writes one; destroyed with the client's connection. */
export class AnswerBody extends Writable {
  readonly #socket: Socket;
  #mode: BodyMode = "none";
  #trailers: readonly Header[] = [];
  #drained: (() => void) | undefined;
  /** Read by http-proxy-3, which must not write a head. */
  headersSent = false;
  readonly #gone = () => void this.destroy();
  readonly #drain = () => {
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.();
  };

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("close", this.#gone).on("drain", this.#drain);
    if (socket.destroyed) this.destroy();
  }

  /** Read by http-proxy-3. */
  get finished(): boolean {
    return this.writableEnded;
  }

  /** Whether the client has not taken yet what was written. */
  get stalled(): boolean {
    return this.#drained !== undefined;
  }

  /** Writes the head; the body follows. */
  begin(head: Uint8Array, mode: BodyMode): void {
    this.headersSent = true;
    this.#mode = mode;
    this.#socket.write(head);
  }

  /** Sets what stands behind a chunked body. */
  setTrailers(trailers: readonly Header[]): void {
    this.#trailers = trailers;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#mode === "chunked" && chunk.length > 0) {
      this.#socket.cork();
      this.#socket.write(`${chunk.length.toString(16)}\r\n`);
      this.#socket.write(chunk);
      this.#socket.write(CRLF);
      this.#socket.uncork();
    } else if (this.#mode !== "none") this.#socket.write(chunk);
    this.#whenTaken(done);
  }

  override _final(done: (error?: Error) => void): void {
    if (this.#mode === "chunked") {
      const fields = this.#trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      this.#socket.write(Buffer.from(`0\r\n${fields}\r\n`, "latin1"));
    }
    this.#whenTaken(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.off("close", this.#gone).off("drain", this.#drain);
    this.#drained = undefined;
    done(error);
  }

  #whenTaken(done: () => void): void {
    if (this.#socket.writableNeedDrain) this.#drained = done;
    else done();
  }
}
