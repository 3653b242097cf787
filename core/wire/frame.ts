// One frame: 16 bytes of header in network byte order, then the payload. SPEC.md is the byte-exact text.

import { giveBack } from "../read_buffers.ts";

/** Version of the frame format; the first byte of every header. */
export const WIRE_VERSION = 1;

/** Bytes of a header. */
export const HEADER_BYTES = 16;

/** Payload bytes of a data frame that every receiver takes; larger ones only where `large-frames` is in force. */
export const BASE_FRAME_BYTES: number = 32 * 1024;

/** Host id of the manager itself. */
export const MANAGER = 0;

/** Source id of an agent that has not been told its own yet. */
export const UNASSIGNED = 0xffff;

/** A host's number within one network: 0 the manager, 1..65534 hosts in the manifest's order. */
export type HostId = number;

/** The largest number of a stream: it has 32 bits. */
export const LAST_STREAM: number = 2 ** 32 - 1;

/** Ids of hosts that 16 bits tell apart. */
const HOST_IDS = 2 ** 16;

/** One number for two hosts in this order, below 2^32. */
export function pairKey(source: HostId, destination: HostId): number {
  return source * HOST_IDS + destination;
}

/** The hosts of {@link pairKey}. */
export function pairOf(key: number): readonly [source: HostId, destination: HostId] {
  return [Math.floor(key / HOST_IDS), key % HOST_IDS];
}

/** Kinds of frames and their numbers on the wire. */
export const KIND = {
  open: 1,
  accept: 2,
  data: 3,
  credit: 4,
  end: 5,
  reset: 6,
  control: 7,
  ping: 8,
  pong: 9,
  bye: 10,
} as const;

/** A kind's number. */
export type Kind = (typeof KIND)[keyof typeof KIND];

/** Frames of kinds from this number on are ignored by who does not know them; of others they close the link. SPEC.md section 3. */
export const FIRST_OPTIONAL_KIND = 128;

/** Flag: the frame comes from the end that accepted the stream, not from the one that opened it. */
export const FROM_ACCEPTOR = 1;

/** A frame whose bytes are kept as they came, so that a relay forwards them without a copy. */
export class Frame {
  readonly kind: Kind;
  readonly source: HostId;
  readonly destination: HostId;
  readonly flags: number;
  /** Stream number, chosen by the opener; 0 where the kind has no stream. */
  readonly stream: number;
  /** Payload bytes. */
  readonly length: number;
  /** Header and payload in one or more slices; the header is never split over two of them. */
  readonly raw: readonly Uint8Array[];

  constructor(
    kind: Kind,
    source: HostId,
    destination: HostId,
    flags: number,
    stream: number,
    length: number,
    raw: readonly Uint8Array[],
  ) {
    this.kind = kind;
    this.source = source;
    this.destination = destination;
    this.flags = flags;
    this.stream = stream;
    this.length = length;
    this.raw = raw;
  }

  /** Header and payload bytes together. */
  get bytes(): number {
    return HEADER_BYTES + this.length;
  }

  /** The frame itself, or a copy when it keeps alive buffers of more than `most` times its size. */
  packed(most: number): Frame {
    const held = this.raw.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    if (held <= most * this.bytes) return this;
    const { kind, source, destination, flags, stream, length } = this;
    return new Frame(kind, source, destination, flags, stream, length, [gathered(this.raw, this.bytes)]);
  }

  /** The frame as two of its kind, of which the first has `bytes` of the payload, less than all; this one is of no further use. */
  split(bytes: number): [Frame, Frame] {
    const [first, rest]: [Uint8Array[], Uint8Array[]] = [[], []];
    let left = bytes;
    for (const slice of this.payload()) {
      if (left >= slice.length) first.push(slice);
      else if (left === 0) rest.push(slice);
      else {
        first.push(slice.subarray(0, left));
        rest.push(slice.subarray(left));
      }
      left = Math.max(0, left - slice.length);
    }
    giveBack(this.header());
    return [makeFrame(this, ...first), makeFrame(this, ...rest)];
  }

  /** The frame between two other hosts, in the same bytes; this one is of no further use but for what it said. */
  readdressed(source: HostId, destination: HostId): Frame {
    const header = this.raw[0] as Uint8Array;
    put16(header, 2, source);
    put16(header, 4, destination);
    const { kind, flags, stream, length, raw } = this;
    return new Frame(kind, source, destination, flags, stream, length, raw);
  }

  /** The header's bytes. */
  header(): Uint8Array {
    return (this.raw[0] as Uint8Array).subarray(0, HEADER_BYTES);
  }

  /** Nobody needs the bytes any more. */
  giveBack(): void {
    this.raw.forEach(giveBack);
  }

  /** The payload's slices in order; none is empty. */
  payload(): Uint8Array[] {
    const [first, ...rest] = this.raw as [Uint8Array, ...Uint8Array[]];
    return first.length > HEADER_BYTES ? [first.subarray(HEADER_BYTES), ...rest] : rest;
  }

  /** The payload in one piece: the slice itself when there is one, a copy when there are several. */
  payloadBytes(): Uint8Array {
    const slices = this.payload();
    return slices.length === 1 ? (slices[0] as Uint8Array) : joined(slices, this.length);
  }
}

/** What a frame says, without its bytes. */
export interface FrameFields {
  readonly kind: Kind;
  readonly source: HostId;
  readonly destination: HostId;
  readonly flags?: number;
  readonly stream?: number;
}

/** A new frame around payload slices, which are kept, not copied. */
export function makeFrame(fields: FrameFields, ...payload: Uint8Array[]): Frame {
  let length = 0;
  for (const slice of payload) length += slice.length;
  const flags = fields.flags ?? 0;
  const stream = fields.stream ?? 0;
  const header = newHeader();
  header[0] = WIRE_VERSION;
  header[1] = fields.kind;
  put16(header, 2, fields.source);
  put16(header, 4, fields.destination);
  put16(header, 6, flags);
  put32(header, 8, stream);
  put32(header, 12, length);
  return new Frame(fields.kind, fields.source, fields.destination, flags, stream, length, [header, ...payload]);
}

/** What new headers are cut from: an array of its own for each would cost an allocation outside the heap. */
let headers = new ArrayBuffer(0);
let headersUsed = 0;

function newHeader(): Uint8Array {
  if (headersUsed === headers.byteLength) {
    headers = new ArrayBuffer(256 * HEADER_BYTES);
    headersUsed = 0;
  }
  const header = new Uint8Array(headers, headersUsed, HEADER_BYTES);
  headersUsed += HEADER_BYTES;
  return header;
}

/** Reads two bytes in network byte order. */
export function get16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Reads four bytes in network byte order, unsigned. */
export function get32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
  return (high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}

/** Writes two bytes in network byte order. */
export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes four bytes in network byte order. */
export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Slices copied into one array of `length` bytes. */
export function joined(slices: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const slice of slices) {
    whole.set(slice, at);
    at += slice.length;
  }
  return whole;
}

/** The same for slices that are needed no more themselves. */
export function gathered(slices: readonly Uint8Array[], length: number): Uint8Array {
  const whole = joined(slices, length);
  slices.forEach(giveBack);
  return whole;
}
