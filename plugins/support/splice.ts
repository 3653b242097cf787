// Joins a TCP socket to a stream: bytes, half-close and reset both ways, with back-pressure. The only splice in
// the tree.

import type { Socket } from "node:net";
import { giveBack, owned, type Stream } from "../../core/mod.ts";

/** Chunks below this are copied when they are lent. */
const SMALL_BYTES = 16 * 1024;

const [uvMajor = 0, uvMinor = 0] = (process.versions.uv ?? "").split(".").map(Number);
/** libuv before 1.52 (Node 22) reports a reset that follows bytes closely as an end; libuv/libuv#4997. */
const RESET_READS_AS_END = !("Bun" in globalThis || "Deno" in globalThis) && uvMajor === 1 && uvMinor < 52;

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
    unlessReset(socket, () => {
      readAll = true;
      stream.end();
    });
  });
  socket.on("drain", () => stream.resume());
  socket.on("error", () => stream.reset("reset"));
  socket.on("close", () => {
    // After an orderly end the stream may still wait for credit to send the last bytes.
    if (!readAll || !socket.writableFinished) stream.reset("reset");
  });
  stream.attach({
    ...(accepted ? { accepted } : {}),
    takesLent: true,
    data: (chunk) => {
      // What waits for a slow client must not hold the large buffer that a few bytes came in.
      const piece = chunk.length < SMALL_BYTES ? owned(chunk) : chunk;
      return socket.write(piece, (error) => error || giveBack(piece));
    },
    end: () => socket.end(),
    reset: () => (socket.connecting ? socket.destroy() : socket.resetAndDestroy()),
    drain: () => socket.resume(),
  });
  socket.resume();
}

/** Where a reset may read as an end, an empty write tells: the system answers it with the reset, as the socket's error. */
function unlessReset(socket: Socket, ended: () => void): void {
  if (!RESET_READS_AS_END || socket.writableLength > 0 || !socket.writable) ended();
  else socket.write("", (error) => error || ended());
}
