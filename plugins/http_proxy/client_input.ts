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
  const queue: Uint8Array[] = [];
  let queued = 0;
  let ended = false;
  let ahead = false;
  let wake: (() => void) | undefined;

  const woken = () => {
    const wakeUp = wake;
    wake = undefined;
    wakeUp?.();
  };
  const data = (chunk: Uint8Array) => {
    queue.push(chunk);
    queued += chunk.length;
    if (!ahead || queued >= READ_AHEAD_BYTES) socket.pause();
    woken();
  };
  const end = () => {
    ended = true;
    woken();
  };
  socket.on("data", data).on("end", end).on("close", end);
  socket.pause(); // a listener for data lets it flow

  function something(withinMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(() => settle(false), withinMs);
      const settle = (came: boolean) => {
        clearTimeout(timer);
        wake = undefined;
        if (!came) socket.pause();
        resolve(came);
      };
      wake = () => settle(true);
      socket.resume();
    });
  }

  return {
    get waiting() {
      return wake !== undefined;
    },
    async read(withinMs) {
      ahead = false;
      socket.pause();
      if (queue.length === 0 && !ended && !(await something(withinMs))) return "late";
      const chunk = queue.shift();
      if (!chunk) return "ended";
      queued -= chunk.length;
      return chunk;
    },
    unread(bytes) {
      if (bytes.length === 0) return;
      queue.unshift(bytes);
      queued += bytes.length;
    },
    readAhead() {
      ahead = true;
      if (queued < READ_AHEAD_BYTES && !ended) socket.resume();
    },
    release() {
      socket.pause();
      socket.off("data", data).off("end", end).off("close", end);
      woken();
      return { first: Buffer.concat(queue.splice(0)), ended };
    },
  };
}
