// The reader: any split gives the same frames without a copy, and hostile bytes give one error and no growth.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyFrame, bytesOf, chunkSizes, cut, payloadSizes, SMALL_BOUNDS } from "../../tests/support/arbitrary_frames.ts";
import { NoRouterError } from "../errors.ts";
import {
  FIRST_OPTIONAL_KIND,
  FROM_ACCEPTOR,
  type Frame,
  HEADER_BYTES,
  KIND,
  type Kind,
  makeFrame,
  put16,
  put32,
  WIRE_VERSION,
} from "./frame.ts";
import { FrameReader, isUnknown } from "./reader.ts";

const LARGEST = HEADER_BYTES + Math.max(SMALL_BOUNDS.control, SMALL_BOUNDS.data, 2 + 512);

function readAll(chunks: readonly Uint8Array[]): { frames: Frame[]; reader: FrameReader } {
  const frames: Frame[] = [];
  const reader = new FrameReader(SMALL_BOUNDS, (frame) => frames.push(frame));
  for (const chunk of chunks) reader.push(chunk);
  return { frames, reader };
}

const fieldsOf = ({ kind, source, destination, flags, stream, length }: Frame) => ({
  kind,
  source,
  destination,
  flags,
  stream,
  length,
});

/** A header with any fields. */
function header(version: number, kind: number, length: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes[0] = version;
  bytes[1] = kind;
  put32(bytes, 12, length);
  return bytes;
}

/** A stream and flags that fit the kind. */
function fitting(kind: Kind): { kind: Kind; stream: number; flags: number } {
  const stream = kind <= KIND.reset ? 1 : 0;
  return { kind, stream, flags: kind === KIND.accept ? FROM_ACCEPTOR : 0 };
}

test("any split of the bytes gives the same frames, byte for byte", () => {
  fc.assert(
    fc.property(fc.array(anyFrame(), { maxLength: 20 }), chunkSizes, (sent, sizes) => {
      const { frames, reader } = readAll(cut(bytesOf(sent), sizes));
      assert.deepEqual(frames.map(fieldsOf), sent.map(fieldsOf));
      for (const [at, frame] of frames.entries()) {
        const original = sent[at] as Frame;
        assert.ok(Buffer.concat(frame.raw).equals(Buffer.concat(original.raw)), "raw bytes differ");
        assert.ok(Buffer.from(frame.payloadBytes()).equals(Buffer.from(original.payloadBytes())), "payload differs");
        assert.ok(frame.payload().every((slice) => slice.length > 0));
      }
      assert.equal(reader.idle, true);
    }),
    { numRuns: 300 },
  );
});

test("nothing is copied but a header that was cut in two", () => {
  fc.assert(
    fc.property(fc.array(anyFrame(), { minLength: 1, maxLength: 20 }), chunkSizes, (sent, sizes) => {
      const chunks = cut(bytesOf(sent), sizes);
      const buffers = new Set<ArrayBufferLike>(chunks.map(({ buffer }) => buffer));
      const ends: number[] = [];
      for (const { length } of chunks) ends.push((ends.at(-1) ?? 0) + length);
      const chunkAt = (position: number) => ends.findIndex((end) => position < end);
      let at = 0;
      for (const frame of readAll(chunks).frames) {
        const [first, ...rest] = frame.raw as [Uint8Array, ...Uint8Array[]];
        const headerWhole = chunkAt(at) === chunkAt(at + HEADER_BYTES - 1);
        assert.equal(buffers.has(first.buffer), headerWhole, "a header is copied exactly when it was cut");
        if (!headerWhole) assert.equal(first.length, HEADER_BYTES);
        assert.ok(rest.every(({ buffer }) => buffers.has(buffer)));
        if (chunkAt(at) === chunkAt(at + frame.bytes - 1)) assert.equal(frame.raw.length, 1, "a whole frame is one slice");
        at += frame.bytes;
      }
    }),
    { numRuns: 300 },
  );
});

test("every kind takes its smallest and its largest payload and nothing beyond", () => {
  for (const kind of Object.values(KIND)) {
    const { min, max } = payloadSizes(kind, SMALL_BOUNDS);
    for (const length of [min, max]) {
      const frame = makeFrame({ source: 1, destination: 2, ...fitting(kind) }, ...(length > 0 ? [new Uint8Array(length)] : []));
      assert.equal(readAll([bytesOf([frame])]).frames.length, 1, `kind ${kind} with ${length} bytes`);
    }
    for (const length of [min - 1, max + 1, 0xffff_ffff].filter((size) => size >= 0)) {
      assert.throws(() => readAll([header(WIRE_VERSION, kind, length)]), { code: "malformed-frame" }, `kind ${kind}, ${length}`);
    }
  }
});

test("every malformed header is a malformed frame, whole or byte by byte, whatever the other fields say", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const sizes = (kind: number) => payloadSizes(kind as Kind, SMALL_BOUNDS);
  const fits = (kind: number, length: number) => length >= sizes(kind).min && length <= sizes(kind).max;
  const valid = (version: number, kind: number, length: number) =>
    version === WIRE_VERSION &&
    (kind >= FIRST_OPTIONAL_KIND ? length <= SMALL_BOUNDS.data : kind >= 1 && kind <= 10 && fits(kind, length));
  const bad = fc
    .tuple(fc.oneof(fc.constant(WIRE_VERSION), byte), fc.oneof(fc.integer({ min: 1, max: 10 }), byte), fc.nat(0xffff_ffff))
    .filter(([version, kind, length]) => !valid(version, kind, length));
  fc.assert(
    fc.property(bad, fc.uint8Array({ minLength: 10, maxLength: 10 }), fc.boolean(), (fields, middle, split) => {
      const bytes = header(...fields);
      bytes.set(middle, 2);
      assert.throws(() => readAll(cut(bytes, split ? [1] : [HEADER_BYTES])), { code: "malformed-frame" });
    }),
  );
});

test("kinds that are not known are told apart: those that may be ignored, with any fields, and those that may not", () => {
  const after = makeFrame({ kind: KIND.end, source: 1, destination: 2, stream: 1 });
  for (let kind = 0; kind < 256; kind += 1) {
    if (Object.values(KIND).includes(kind as Kind)) continue;
    for (const length of [0, SMALL_BOUNDS.data]) {
      const bytes = header(WIRE_VERSION, kind, length);
      bytes.fill(0xff, 2, 12);
      const read = () => readAll([Buffer.concat([bytes, new Uint8Array(length), ...after.raw])]).frames;
      if (kind < FIRST_OPTIONAL_KIND) assert.throws(read, { code: "malformed-frame" }, `kind ${kind}`);
      else assert.deepEqual(read().map(isUnknown), [true, false], `kind ${kind}`);
    }
    assert.throws(() => readAll([header(WIRE_VERSION, kind, SMALL_BOUNDS.data + 1)]), { code: "malformed-frame" });
  }
});

test("a stream or flags that do not fit the kind are a malformed frame", () => {
  for (const kind of Object.values(KIND)) {
    const { min } = payloadSizes(kind, SMALL_BOUNDS);
    const withFields = (stream: number, flags: number) => {
      const bytes = header(WIRE_VERSION, kind, min);
      put16(bytes, 6, flags);
      put32(bytes, 8, stream);
      return () => readAll([Buffer.concat([bytes, new Uint8Array(min)])]);
    };
    const { stream, flags } = fitting(kind);
    assert.equal(withFields(stream, flags)().frames.length, 1, `kind ${kind}`);
    const bothEnds = ([KIND.data, KIND.credit, KIND.end, KIND.reset] as Kind[]).includes(kind);
    if (bothEnds) assert.equal(withFields(stream, FROM_ACCEPTOR)().frames.length, 1, `kind ${kind} of the acceptor`);
    const wrong: [number, number][] = [
      [stream === 0 ? 1 : 0, flags],
      [stream, flags | 2],
      [stream, flags | 0x8000],
      ...(bothEnds ? [] : [[stream, flags ^ FROM_ACCEPTOR] as [number, number]]),
    ];
    for (const fields of wrong) assert.throws(withFields(...fields), { code: "malformed-frame" }, `kind ${kind}: ${fields}`);
  }
});

test("hostile bytes end, throw only malformed-frame and never make the reader hold more than one frame", () => {
  const random = fc.uint8Array({ maxLength: 6000, size: "max" });
  const mutated = fc
    .tuple(
      fc.array(anyFrame(), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
    )
    .map(([frames, changes]) => {
      const bytes = bytesOf(frames);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });
  const huge = fc
    .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 0xffff_ffff }), random)
    .map(([kind, length, rest]) => Buffer.concat([header(WIRE_VERSION, kind, length), rest]));
  let refused = 0;
  fc.assert(
    fc.property(fc.oneof(random, mutated, huge), chunkSizes, (bytes, sizes) => {
      let emitted = 0;
      let pushed = 0;
      const reader = new FrameReader(SMALL_BOUNDS, (frame) => {
        emitted += frame.bytes;
      });
      try {
        for (const chunk of cut(bytes, sizes)) {
          reader.push(chunk);
          pushed += chunk.length;
          assert.ok(pushed - emitted < LARGEST, `${pushed - emitted} bytes are held`);
          assert.equal(reader.idle, pushed === emitted);
        }
      } catch (thrown) {
        if (!(thrown instanceof NoRouterError)) throw thrown;
        assert.equal(thrown.code, "malformed-frame");
        refused += 1;
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(refused > 50, "the fuzz hardly ever produced a malformed frame");
});

test("what the receiver throws leaves push unchanged", () => {
  const failure = new Error("receiver");
  const reader = new FrameReader(SMALL_BOUNDS, () => {
    throw failure;
  });
  assert.throws(() => reader.push(bytesOf([makeFrame({ kind: KIND.end, source: 1, destination: 2, stream: 1 })])), failure);
});
