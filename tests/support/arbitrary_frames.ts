// Generators of frames for property tests. Must not generate a frame that a reader would refuse.

import fc from "fast-check";
import { FROM_ACCEPTOR, type Frame, KIND, type Kind, makeFrame } from "../../core/wire/frame.ts";
import type { PayloadBounds } from "../../core/wire/reader.ts";

/** Bounds small enough for many frames in little time. */
export const SMALL_BOUNDS: PayloadBounds = { data: 600, control: 900 };

/** Payload sizes that each kind may have; SPEC.md section 3. */
export function payloadSizes(kind: Kind, bounds: PayloadBounds): { readonly min: number; readonly max: number } {
  const table: Record<Kind, [number, number]> = {
    [KIND.open]: [8, 8 + 255],
    [KIND.accept]: [4, 4],
    [KIND.data]: [1, bounds.data],
    [KIND.credit]: [4, 4],
    [KIND.end]: [0, 0],
    [KIND.reset]: [2, 2 + 512],
    [KIND.control]: [2, bounds.control],
    [KIND.ping]: [8, 8],
    [KIND.pong]: [8, 8],
    [KIND.bye]: [2, 2 + 512],
  };
  const [min, max] = table[kind];
  return { min, max };
}

/** Kinds that belong to no stream. */
const OF_NO_STREAM: readonly Kind[] = [KIND.control, KIND.ping, KIND.pong, KIND.bye];

/** Stream number and flags that a frame of the kind may have; SPEC.md section 3. */
export function streamFields(kind: Kind): { readonly stream: fc.Arbitrary<number>; readonly flags: fc.Arbitrary<number> } {
  if (OF_NO_STREAM.includes(kind)) return { stream: fc.constant(0), flags: fc.constant(0) };
  const flags = kind === KIND.open ? [0] : kind === KIND.accept ? [FROM_ACCEPTOR] : [0, FROM_ACCEPTOR];
  return { stream: fc.integer({ min: 1, max: 0xffff_ffff }), flags: fc.constantFrom(...flags) };
}

/** Any valid frame. */
export function anyFrame(bounds: PayloadBounds = SMALL_BOUNDS): fc.Arbitrary<Frame> {
  const short = fc.integer({ min: 0, max: 0xffff });
  return fc.constantFrom(...Object.values(KIND)).chain((kind) => {
    const { min, max } = payloadSizes(kind, bounds);
    const payload = fc.uint8Array({ minLength: min, maxLength: max, size: "max" });
    return fc
      .record({ source: short, destination: short, ...streamFields(kind), payload })
      .map(({ payload: bytes, ...fields }) => makeFrame({ kind, ...fields }, ...(bytes.length > 0 ? [bytes] : [])));
  });
}

/** Cuts bytes into chunks, each in memory of its own, as the system would deliver them; sizes repeat. */
export function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % Math.max(1, sizes.length)] ?? bytes.length);
    chunks.push(new Uint8Array(bytes.subarray(at, at + size))); // Buffer.slice would share the memory
    at += size;
  }
  return chunks;
}

/** Sizes of chunks: many small ones, some larger than a frame. */
export const chunkSizes: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3000 })),
  { minLength: 1, maxLength: 12 },
);

/** The bytes of frames as they go over a link. */
export function bytesOf(frames: readonly Frame[]): Uint8Array {
  return new Uint8Array(Buffer.concat(frames.flatMap(({ raw }) => raw)));
}
