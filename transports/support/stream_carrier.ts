// A carrier over a pair of node streams. The one place where bytes of a link meet the runtime's streams; must
// not know where the streams come from.

import type { Readable, Writable } from "node:stream";
import { type CarrierHandlers, giveBack } from "../../core/mod.ts";

/** The reading and the writing half of a channel. */
export interface StreamPair {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Passes what arrives to `handlers` and calls `ended` once the input is over or either half broke.
 * @param ended Gets the error of a broken half, or undefined for an orderly end.
 */
export function startReading({ input, output }: StreamPair, handlers: CarrierHandlers, ended: (error?: Error) => void): void {
  let over = false;
  const end = (error?: Error) => {
    if (over) return;
    over = true;
    ended(error);
  };
  input.on("data", (chunk: Uint8Array) => handlers.data(chunk));
  input.on("end", () => end());
  input.on("close", () => end());
  input.on("error", end);
  output.on("error", end);
  output.on("drain", () => handlers.drain());
  input.resume();
}

/** Writes parts in order, as one vector write where the runtime has it; false when the stream wants a pause. */
export function writeParts(output: Writable, parts: readonly Uint8Array[]): boolean {
  if (output.destroyed || output.writableEnded) return true;
  const written = (error?: Error | null) => error || parts.forEach(giveBack);
  if (parts.length === 1) return output.write(parts[0], written);
  output.cork();
  for (const part of parts.slice(0, -1)) output.write(part);
  const more = output.write(parts.at(-1), written);
  output.uncork();
  return more;
}
