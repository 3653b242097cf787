// Compares bytes. Long ones as text of one byte a character, since the engine compares texts as fast as memory can be read.

import { decodeLatin1 } from "engine:host";

/** Below this a loop is faster. */
const SHORT_BYTES = 16;

/** Whether two have the same bytes. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && order(one, other) === 0;
}

/** -1, 0 or 1, by the first byte that differs, else by length. */
export function order(one: Uint8Array, other: Uint8Array): -1 | 0 | 1 {
  const shared = Math.min(one.length, other.length);
  if (shared > SHORT_BYTES) {
    const [a, b] = [decodeLatin1(one), decodeLatin1(other)];
    if (a === b) return 0;
    return a < b ? -1 : 1;
  }
  for (let at = 0; at < shared; at += 1) {
    const a = one[at] as number;
    const b = other[at] as number;
    if (a !== b) return a < b ? -1 : 1;
  }
  if (one.length === other.length) return 0;
  return one.length < other.length ? -1 : 1;
}
