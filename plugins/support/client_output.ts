// Whether a client takes what was written to it, and the end of its connection.

import type { Socket } from "node:net";
import { giveBack } from "../../core/mod.ts";
import { resetSocket } from "./reset.ts";

/** What a client may still send behind an answer; a connection that is cut with bytes unread would take the answer along. */
const MOST_DROPPED_BYTES = 64 * 1024 * 1024;

/** How long a client is waited for. */
export interface ClientPatience {
  /** While it takes nothing of what was written. */
  readonly answerMs: number;
  /** Once all is on its way. */
  readonly stopMs: number;
}

/**
 * Resets a connection whose client takes nothing of what waits for it for `withinMs`; a clean end would look as if that
 * were all. Returns how to stop.
 */
function resetUnlessTaken(socket: Socket, withinMs: number): () => void {
  let left = socket.writableLength;
  const timer = setInterval(() => {
    if (socket.writableLength >= left) resetSocket(socket);
    left = socket.writableLength;
  }, withinMs);
  const stop = () => {
    clearInterval(timer);
    socket.off("close", stop);
  };
  socket.once("close", stop);
  return stop;
}

/** Resolves once a client has taken what was written, or is gone; one that takes nothing for `answerMs` is reset. */
export function drained(socket: Socket, { answerMs }: Pick<ClientPatience, "answerMs">): Promise<void> {
  return new Promise((resolve) => {
    const stop = resetUnlessTaken(socket, answerMs);
    const done = () => {
      stop();
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}

/**
 * Ends a connection so that the client gets all that was written, however slowly it reads, unless it takes nothing for
 * `answerMs`. What it still sends is dropped, and once all is on its way it may take `stopMs` to leave.
 */
export function endGently(socket: Socket, { answerMs, stopMs }: ClientPatience): void {
  let dropped = 0;
  if (socket.destroyed) return;
  const taken = resetUnlessTaken(socket, answerMs);
  socket.removeAllListeners("data");
  socket.on("data", (chunk: Uint8Array) => {
    dropped += chunk.length;
    giveBack(chunk);
    if (dropped > MOST_DROPPED_BYTES) socket.destroy();
  });
  const bothEnded = () => {
    if (socket.readableEnded && socket.writableFinished) socket.destroy();
  };
  const finished = () => {
    taken();
    const timer = setTimeout(() => socket.destroy(), stopMs);
    socket.once("close", () => clearTimeout(timer));
    bothEnded();
  };
  socket.once("end", bothEnded).once("finish", finished);
  socket.end();
  socket.resume();
  if (socket.writableFinished) bothEnded();
}
