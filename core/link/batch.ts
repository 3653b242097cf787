// Frames to what one write of a carrier takes. Runs of small slices become one piece: a vector write pays for each of its parts.

import type { Frame } from "../wire/frame.ts";
import { gathered } from "../wire/frame.ts";

/** Slices below this are worth copying. */
const SMALL_BYTES = 2 * 1024;

/**
 * Takes frames until `most` bytes are reached.
 * @returns The bytes in order, in few parts; empty when `next` gave nothing.
 */
export function takeBatch(next: () => Frame | undefined, most: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let run: Uint8Array[] = [];
  let runBytes = 0;
  const endRun = () => {
    if (run.length > 0) parts.push(run.length === 1 ? (run[0] as Uint8Array) : gathered(run, runBytes));
    run = [];
    runBytes = 0;
  };
  for (let total = 0; total < most; ) {
    const frame = next();
    if (!frame) break;
    total += frame.bytes;
    for (const slice of frame.raw) {
      if (slice.length >= SMALL_BYTES) {
        endRun();
        parts.push(slice);
      } else {
        run.push(slice);
        runBytes += slice.length;
      }
    }
  }
  endRun();
  return parts;
}
