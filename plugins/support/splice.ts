// Joins a TCP socket to a stream: bytes, half-close and reset both ways, with back-pressure. The only splice in
// the tree.

import type { Socket } from "node:net";
import type { Stream } from "../../core/mod.ts";

/**
 * Joins them for good. The socket must be paused or not connected yet, and allow half-open.
 * @param accepted Called when the other end accepted (openers only).
 */
export function splice(socket: Socket, stream: Stream, accepted?: () => void): void {
  socket.setNoDelay(true);
  socket.on("data", (chunk: Uint8Array) => {
    if (!stream.write(chunk)) socket.pause();
  });
  let readAll = false;
  socket.on("end", () => {
    readAll = true;
    stream.end();
  });
  socket.on("drain", () => stream.resume());
  socket.on("error", () => stream.reset("reset"));
  socket.on("close", () => {
    // After an orderly end the stream may still wait for credit to send the last bytes.
    if (!readAll || !socket.writableFinished) stream.reset("reset");
  });
  stream.attach({
    ...(accepted ? { accepted } : {}),
    data: (chunk) => socket.write(chunk),
    end: () => socket.end(),
    reset: () => socket.resetAndDestroy(),
    drain: () => socket.resume(),
  });
  socket.resume();
}
