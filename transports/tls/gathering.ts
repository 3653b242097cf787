// TLS hands over 16 KiB at a time (RFC 8446 section 5.1). What is written at once is encrypted as one piece, and what comes in one turn of
// the event loop goes on as one: both ends spend less on each byte.

import type { Writable } from "node:stream";
import { gathered } from "../../core/mod.ts";
import { writeParts } from "../support/stream_carrier.ts";

/** Writes parts in order, in large pieces; false when the stream wants a pause. */
export function writeGathered(output: Writable, parts: readonly Uint8Array[]): boolean {
  return writeParts(output, parts.length > 1 ? gathered(parts) : parts);
}
