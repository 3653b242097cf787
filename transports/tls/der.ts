// Writes the little of ASN.1 that a certificate needs, in DER (ITU-T X.690). Must not read any.

/** Tags of ITU-T X.680, as DER writes them. */
export const TAG = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  utf8: 0x0c,
  utcTime: 0x17,
  generalTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const OBJECT_ID = 0x06;
/** A tag of `[0]`, `[1]` and so on that holds a whole value. */
const EXPLICIT = 0xa0;

/** A value: its tag, the length of its content, and the content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag, ...lengthBytes(body.length)), body]);
}

/** A value within `[number]`. */
export function explicit(number: number, ...content: readonly Uint8Array[]): Buffer {
  return der(EXPLICIT + number, ...content);
}

/** A whole number that is not negative, from its bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const from = bytes.findIndex((byte) => byte !== 0);
  const short = from === -1 ? Buffer.of(0) : bytes.subarray(from);
  return der(TAG.integer, (short[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), short]) : short);
}

/** Bits, of which all of the last byte count. */
export function bits(bytes: Uint8Array): Buffer {
  return der(TAG.bits, Buffer.of(0), bytes);
}

/** An object identifier in its dotted form. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(OBJECT_ID, Buffer.from([first * 40 + second, ...rest.flatMap(inSevens)]));
}

/** A text between lines that say what it is (RFC 7468). */
export function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return [0x80 + bytes.length, ...bytes];
}

/** Groups of seven bits, all but the last with the eighth bit set. */
function inSevens(value: number): number[] {
  const groups = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}
