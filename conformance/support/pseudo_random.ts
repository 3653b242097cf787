// A repeatable stream of bytes that does not compress and whose SHA-256 both ends can know beforehand.
import { createHash } from "node:crypto";

const CHUNK = 64 * 1024; // bytes

/** Yields `total` bytes in chunks of at most 64 KiB; the same seed gives the same bytes (xorshift32, Marsaglia 2003). */
export function* pseudoRandom(seed: number, total: number): Generator<Uint8Array, void, undefined> {
  let x = seed >>> 0 || 0x9e3779b9;
  for (let left = total; left > 0; left -= CHUNK) {
    const words = new Uint32Array(CHUNK / 4);
    for (let i = 0; i < words.length; i++) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      words[i] = x;
    }
    yield new Uint8Array(words.buffer, 0, Math.min(left, CHUNK));
  }
}

/** The bytes of `pseudoRandom` in one piece. */
export function pseudoRandomBytes(seed: number, total: number): Uint8Array {
  return Buffer.concat([...pseudoRandom(seed, total)]);
}

/** The SHA-256, in hexadecimal, of `pseudoRandom(seed, total)`. */
export function pseudoRandomSha256(seed: number, total: number): string {
  const hash = createHash("sha256");
  for (const chunk of pseudoRandom(seed, total)) hash.update(chunk);
  return hash.digest("hex");
}
