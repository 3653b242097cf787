// Writes what an iterable gives into a stream, with its pauses.

import type { AnyStream } from "./facts.ts";
import { finished } from "./finished.ts";
import type { PipeTarget } from "./halves.ts";

/** What can be pumped. */
export type PumpSource = Iterable<unknown> | AsyncIterable<unknown>;

/** Resolves once all is written, and finished where `ends` says so. @throws the error of the source or of the stream */
export async function pump(source: PumpSource, to: PipeTarget & AnyStream, ends: boolean): Promise<void> {
  let error: Error | null | undefined;
  let wake: (() => void) | undefined;
  const resume = (failed?: Error | null) => {
    error = failed ?? error;
    wake?.();
  };
  const wait = () =>
    new Promise<void>((resolve, reject) => {
      if (error) return reject(error);
      wake = () => {
        wake = undefined;
        if (error) reject(error);
        else resolve();
      };
    });
  const drained = () => resume();
  to.on("drain", drained);
  const stop = finished(to, { readable: false }, resume);
  try {
    if (to.writableNeedDrain) await wait();
    for await (const chunk of source) if (!to.write(chunk)) await wait();
    if (!ends) return;
    to.end();
    await wait();
  } finally {
    stop();
    to.off("drain", drained);
  }
}
