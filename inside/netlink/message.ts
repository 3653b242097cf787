// Messages of netlink(7) as bytes: headers and attributes in the processor's own order, which is little-endian wherever there is an
// engine; values that go on to the network are in network byte order.

const HEADER_BYTES = 16;
const ATTRIBUTE_BYTES = 4;
const IS_NESTED = 0x8000;
const TYPE_MASK = 0x3fff;
/** `NLMSG_ERROR`; an error of 0 is an acknowledgement. */
const ERROR = 2;
/** `NLMSG_DONE`. */
const DONE = 3;

/** Flags of requests: `NLM_F_REQUEST` and others. */
export const FLAG = { request: 1, ack: 4, excl: 0x200, create: 0x400, append: 0x800, dump: 0x300 } as const;

/** What a request may be made of. */
export interface Request {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The header of the protocol and its attributes. */
  readonly body: readonly Uint8Array[];
}

/** A message that was received. */
export interface Received {
  readonly type: number;
  readonly sequence: number;
  /** What follows the header. */
  readonly body: Uint8Array;
}

/** The bytes of a request. */
export function requestBytes({ type, flags, sequence, body }: Request): Uint8Array {
  const whole = joined([new Uint8Array(HEADER_BYTES), ...body]);
  const view = new DataView(whole.buffer);
  view.setUint32(0, whole.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags | FLAG.request, true);
  view.setUint32(8, sequence, true);
  return whole;
}

/** An attribute with its value; what it is made of follows each other. */
export function attribute(type: number, ...value: readonly Uint8Array[]): Uint8Array {
  const length = ATTRIBUTE_BYTES + value.reduce((sum, { length }) => sum + length, 0);
  const whole = new Uint8Array(aligned(length));
  const view = new DataView(whole.buffer);
  view.setUint16(0, length, true);
  view.setUint16(2, type, true);
  let at = ATTRIBUTE_BYTES;
  for (const part of value) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An attribute whose value is attributes. */
export function nested(type: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  return attribute(type | IS_NESTED, ...attributes);
}

/** One byte. */
export const u8 = (value: number): Uint8Array => Uint8Array.of(value);

/** Two bytes in the processor's order. */
export const u16 = (value: number): Uint8Array => Uint8Array.of(value, value >>> 8);

/** Four bytes in the processor's order. */
export const u32 = (value: number): Uint8Array => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);

/** Two bytes in network byte order. */
export const be16 = (value: number): Uint8Array => u16(value).reverse();

/** Four bytes in network byte order. */
export const be32 = (value: number): Uint8Array => u32(value).reverse();

/** ASCII, with a NUL character at its end. */
export const text = (value: string): Uint8Array => Uint8Array.from([...value, "\0"], (character) => character.charCodeAt(0));

/** The bytes of several arrays. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The messages of one datagram. What does not fit its own length ends them. */
export function messagesIn(bytes: Uint8Array): Received[] {
  const found: Received[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || at + length > bytes.length) break;
    const body = bytes.subarray(at + HEADER_BYTES, at + length);
    found.push({ type: view.getUint16(at + 4, true), sequence: view.getUint32(at + 8, true), body });
    at += aligned(length);
  }
  return found;
}

/** The attributes after a protocol's header, by type; of several of a type the last. */
export function attributesIn(body: Uint8Array, from: number): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let at = from; at + ATTRIBUTE_BYTES <= body.length; ) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_BYTES || at + length > body.length) break;
    found.set(view.getUint16(at + 2, true) & TYPE_MASK, body.subarray(at + ATTRIBUTE_BYTES, at + length));
    at += aligned(length);
  }
  return found;
}

/** What became of a request: an error number below zero, 0 when it was done; undefined for any other message. */
export function outcomeOf({ type, body }: Received): number | undefined {
  if (type !== ERROR && type !== DONE) return undefined;
  // The end of a list tells, too, whether it is whole.
  if (body.length < 4) return type === DONE ? 0 : undefined;
  return new DataView(body.buffer, body.byteOffset, body.length).getInt32(0, true);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
