// Joins a TCP socket to a stream: bytes, half-close and reset both ways, with back-pressure. The only splice in
// the tree.

import type { Socket } from "node:net";
import { giveBack, type NoRouterError, owned, type Stream } from "../../core/mod.ts";
import { keepReading } from "./keep_reading.ts";
import { resetBehindWrites } from "./reset.ts";

/** Chunks below this are copied when they are lent. */
const SMALL_BYTES = 16 * 1024;

const [uvMajor = 0, uvMinor = 0] = (process.versions.uv ?? "").split(".").map(Number);
/** libuv before 1.52 (Node 22) reports a reset that follows bytes closely as an end; libuv/libuv#4997. */
const RESET_READS_AS_END = !("Bun" in globalThis || "Deno" in globalThis) && uvMajor === 1 && uvMinor < 52;

/** What an opener wants to hear of its stream's beginning. */
export interface SpliceHandlers {
  /** The other end accepted. Called before any byte of its. */
  accepted?(): void;
  /** The stream ended before it was accepted; whoever wants to hear this ends the socket. */
  refused?(error: NoRouterError): void;
}

/** What is needed of a stream here. */
export type Spliceable = Pick<Stream, "attach" | "write" | "end" | "reset" | "resume">;

/** Joins them for good. The socket must be paused or not connected yet, and allow half-open. */
export function splice(socket: Socket, stream: Spliceable, { accepted, refused }: SpliceHandlers = {}): void {
  let open = refused === undefined;
  const writes = keepReading(socket);
  socket.setNoDelay(true);
  socket.on("data", (chunk: Uint8Array) => {
    if (!stream.write(chunk)) socket.pause();
  });
  let readAll = false;
  const ended = () => {
    unlessReset(socket, () => {
      if (writes.failed) return void socket.destroy();
      readAll = true;
      stream.end();
    });
  };
  if (socket.readableEnded)
    ended(); // an end may come while the socket is paused
  else socket.on("end", ended);
  socket.on("drain", () => stream.resume());
  socket.on("error", () => stream.reset("reset"));
  socket.on("close", () => {
    // After an orderly end the stream may still wait for credit to send the last bytes.
    if (!readAll || !socket.writableFinished) stream.reset("reset");
  });
  stream.attach({
    accepted: () => {
      open = true;
      accepted?.();
    },
    takesLent: true,
    data: (chunk) => {
      // What waits for a slow client must not hold the large buffer that a few bytes came in.
      const piece = chunk.length < SMALL_BYTES ? owned(chunk) : chunk;
      return socket.write(piece, (error) => error || giveBack(piece));
    },
    end: () => socket.end(),
    reset: (error) => {
      if (!open) refused?.(error);
      else resetBehindWrites(socket);
    },
    drain: () => socket.resume(),
  });
  socket.resume();
}

/** Where a reset may read as an end, an empty write tells: the system answers it with the reset, and the write fails. */
function unlessReset(socket: Socket, ended: () => void): void {
  if (!RESET_READS_AS_END || socket.writableLength > 0 || !socket.writable) ended();
  else socket.write("", (error) => error || ended());
}
