// Lets a connection be read to its end after a write to it failed: a server that answers early and closes resets whoever still
// sends, and its answer waits to be read.

import type { Socket } from "node:net";

/** What became of a socket's writes. */
export interface Writes {
  /** A write failed: the other end takes nothing more, and what is written since is dropped. */
  readonly failed: boolean;
}

type Done = (error?: Error | null) => void;

/**
 * Keeps failed writes from destroying the socket, as `node:stream` does by itself, while there is something to read. Reading goes
 * on until the end or the error that the system has behind the last byte.
 */
export function keepReading(socket: Socket): Writes {
  const writes = { failed: false };
  const tolerant =
    (done: Done): Done =>
    (error) => {
      // Behind the end of what comes there is nothing to wait for.
      if (error && socket.readableEnded) return done(error);
      if (error) writes.failed = true;
      done();
    };
  const write = "Bun" in globalThis ? writeToHandle(socket) : socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) => (writes.failed ? done() : write(chunk, encoding, tolerant(done)));
  if (writev && "Bun" in globalThis) Reflect.set(socket, "_writev", undefined);
  else if (writev) socket._writev = (chunks, done) => (writes.failed ? done() : writev(chunks, tolerant(done)));
  return writes;
}

/** The runtime's own socket below one of `node:net`. */
interface Handle {
  /** @returns How many bytes the system took; less than 0 when it takes no more. */
  write(bytes: Uint8Array): number;
}

/**
 * On Bun a failed write of `node:net` closes the connection with all that was not read of it; one of the socket below does not.
 * What the system does not take at once waits as usual.
 */
function writeToHandle(socket: Socket): Socket["_write"] {
  const write = socket._write.bind(socket);
  return (chunk: Uint8Array, encoding, done) => {
    const { _handle: handle } = socket as { readonly _handle?: Handle | null };
    if (!handle || socket.connecting) return write(chunk, encoding, done);
    const taken = handle.write(chunk);
    if (taken === chunk.length) done();
    else if (taken < 0) done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    else write(chunk.subarray(taken), encoding, done);
  };
}
