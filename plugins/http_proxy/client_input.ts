// What a client sends, taken piece by piece: no more is read than somebody asks for, but for a bounded rest. Must not know
// what the bytes mean.

import type { Socket } from "node:net";

/** What a client has sent behind what was taken, while its request is answered. */
const READ_AHEAD_BYTES = 64 * 1024;

/** The reading half of a client's connection. */
export interface ClientInput {
  /** Whether somebody waits for bytes that have not come. */
  readonly waiting: boolean;
  /** The next bytes; `ended` when there are no more, `late` after so many milliseconds, without which it waits for good. */
  read(withinMs?: number): Promise<Uint8Array | "ended" | "late">;
  /** Gives bytes back, to be read next. */
  unread(bytes: Uint8Array): void;
  /** Reads on, a bounded amount, so that a client that is reset is noticed. */
  readAhead(): void;
  /** Reads no more: the socket is paused and somebody else's. What was read and not taken is returned, and whether the end was. */
  release(): { readonly first: Uint8Array; readonly ended: boolean };
}

/** Reads a paused socket. */
export function clientInput(socket: Socket): ClientInput {
  return new SocketInput(socket);
}

class SocketInput implements ClientInput {
  readonly #socket: Socket;
  readonly #queue: Uint8Array[] = [];
  /** Bytes in the queue. */
  #queued = 0;
  #ended = false;
  /** Whether more is read than somebody waits for. */
  #ahead = false;
  /** Tells who waits that there is something to read, or the end. */
  #wake: (() => void) | undefined;
  readonly #data = (chunk: Uint8Array) => {
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (!this.#ahead || this.#queued >= READ_AHEAD_BYTES) this.#socket.pause();
    this.#wake?.();
  };
  readonly #end = () => {
    this.#ended = true;
    this.#wake?.();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#data).on("end", this.#end).on("close", this.#end);
    socket.pause(); // a listener for data lets it flow
  }

  get waiting(): boolean {
    return this.#wake !== undefined;
  }

  async read(withinMs?: number): Promise<Uint8Array | "ended" | "late"> {
    this.#ahead = false;
    this.#socket.pause();
    if (this.#queue.length === 0 && !this.#ended && !(await this.#something(withinMs))) return "late";
    const chunk = this.#queue.shift();
    if (!chunk) return "ended";
    this.#queued -= chunk.length;
    return chunk;
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue.unshift(bytes);
    this.#queued += bytes.length;
  }

  readAhead(): void {
    this.#ahead = true;
    if (this.#queued < READ_AHEAD_BYTES && !this.#ended) this.#socket.resume();
  }

  release(): { readonly first: Uint8Array; readonly ended: boolean } {
    this.#socket.pause();
    this.#socket.off("data", this.#data).off("end", this.#end).off("close", this.#end);
    this.#wake?.();
    return { first: Buffer.concat(this.#queue.splice(0)), ended: this.#ended };
  }

  /** True once there is something to read or the end; false after so many milliseconds. */
  #something(withinMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(() => settle(false), withinMs);
      const settle = (came: boolean) => {
        clearTimeout(timer);
        this.#wake = undefined;
        if (!came) this.#socket.pause();
        resolve(came);
      };
      this.#wake = () => settle(true);
      this.#socket.resume();
    });
  }
}
