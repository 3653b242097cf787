// The few messages before a link begins: each is its length, four bytes in network byte order, and JSON. What follows the last of them
// is the link's. Must not read more than was announced, or trust any of it.

import type { Duplex } from "node:stream";
import { NoRouterError } from "../../core/mod.ts";
import { MOST_ANSWER_BYTES, MOST_MESSAGE_BYTES } from "./limits.ts";

const HEAD_BYTES = 4;

/** A message as bytes. */
export function encoded(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** Said to who is not let in: a message without content. */
export const NOTHING: Buffer = Buffer.alloc(HEAD_BYTES);

/** The connection ended where a message was wanted. */
export class Ended extends Error {}

/** Reads messages from a connection until its link begins. */
export class MessageReader {
  readonly #socket: Duplex;
  #waiting: Buffer = Buffer.alloc(0);
  #over: Error | undefined;
  #look: () => void = () => undefined;
  readonly #data = (chunk: Buffer) => {
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
    // More than any message can have is read when the link begins.
    if (this.#waiting.length > HEAD_BYTES + MOST_ANSWER_BYTES) this.#socket.pause();
    this.#look();
  };
  readonly #end = (error?: Error) => {
    this.#over ??= error instanceof Error ? error : new Ended("Connection ended");
    this.#look();
  };

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("data", this.#data);
    socket.on("end", this.#end).on("close", this.#end).on("error", this.#end);
  }

  /**
   * The next message; undefined for one without content.
   * @throws Ended, the connection's error, or NoRouterError `malformed-frame`
   */
  async next(most = MOST_MESSAGE_BYTES): Promise<unknown> {
    await this.#until(HEAD_BYTES);
    const length = this.#waiting.readUInt32BE(0);
    if (length > most) throw new NoRouterError("malformed-frame", `Message of ${length} bytes; at most ${most} were wanted`);
    await this.#until(HEAD_BYTES + length);
    const body = this.#waiting.subarray(HEAD_BYTES, HEAD_BYTES + length);
    this.#waiting = this.#waiting.subarray(HEAD_BYTES + length);
    if (length === 0) return undefined;
    try {
      return JSON.parse(body.toString("utf8"));
    } catch (thrown) {
      throw new NoRouterError("malformed-frame", "Message is not JSON", { cause: thrown });
    }
  }

  /** Reads no more; what was read and is no message of ours. */
  release(): Buffer {
    this.#socket.pause();
    this.#socket.off("data", this.#data).off("end", this.#end).off("close", this.#end).off("error", this.#end);
    return this.#waiting;
  }

  #until(bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        if (this.#waiting.length >= bytes) resolve();
        else if (this.#over) reject(this.#over);
      };
      this.#look();
    });
  }
}
