// The payloads of the small kinds: open, accept, credit, reset, bye. Byte-exact text: SPEC.md section 4.

import { codeOfWireNumber, ERRORS, type ErrorCode, NoRouterError, printable, wireNumberOf } from "../errors.ts";
import { FROM_ACCEPTOR, type Frame, type FrameFields, get16, get32, KIND, makeFrame, put16, put32 } from "./frame.ts";

/** Where a stream is to end, as the opener knows it. */
export type Target =
  /** A port that the destination host publishes; it alone knows what is behind. */
  | { readonly kind: "published"; readonly port: number }
  /** An address or a name that the destination host resolves and dials itself. */
  | { readonly kind: "address"; readonly host: string; readonly port: number }
  /** The name service of the destination host: DNS messages, each behind its length (RFC 1035 section 4.2.2). */
  | { readonly kind: "names"; readonly port: 53 };

/** Payload of an open frame. */
export interface Open {
  /** Bytes that the acceptor may send before it gets more credit. */
  readonly credit: number;
  readonly target: Target;
}

/** Why a stream or a link ended. */
export interface Reason {
  readonly code: ErrorCode;
  /** At most 512 bytes of UTF-8; longer text is cut when encoded. */
  readonly message: string;
}

const PUBLISHED = 0;
const ADDRESS = 1;
const NAMES = 2;
const KINDS = { published: PUBLISHED, address: ADDRESS, names: NAMES } as const;
const HOST_BYTES = 255;
const MESSAGE_BYTES = 512;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** @throws NoRouterError `name-not-found` when the host's name has more than 255 bytes. */
export function encodeOpen({ credit, target }: Open): Uint8Array {
  const host = target.kind === "address" ? encoder.encode(target.host) : new Uint8Array();
  if (host.length > HOST_BYTES)
    throw new NoRouterError("name-not-found", `Name has ${host.length} bytes; at most ${HOST_BYTES} were wanted`);
  const bytes = new Uint8Array(7 + host.length);
  put32(bytes, 0, credit);
  put16(bytes, 4, target.port);
  bytes[6] = KINDS[target.kind];
  bytes.set(host, 7);
  return bytes;
}

/**
 * What an open frame asks for.
 * @throws NoRouterError What the opener is answered: `not-published` for a kind of target that is not known or has a payload
 *   that does not fit it, `name-not-found` for a name that is not UTF-8
 */
export function decodeOpen(bytes: Uint8Array): Open {
  const credit = get32(bytes, 0);
  const port = get16(bytes, 4);
  const kind = bytes[6];
  if (kind === ADDRESS) return { credit, target: { kind: "address", host: decodedHost(bytes.subarray(7)), port } };
  if (kind !== PUBLISHED && kind !== NAMES)
    throw new NoRouterError("not-published", `Kind ${kind} of targets is not known; 0, 1 or 2 was wanted`);
  if (bytes.length > 7) throw new NoRouterError("not-published", `Target of kind ${kind} has ${bytes.length - 7} bytes too many`);
  return { credit, target: kind === PUBLISHED ? { kind: "published", port } : { kind: "names", port: 53 } };
}

function decodedHost(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw new NoRouterError("name-not-found", "Name is not UTF-8");
  }
}

/** Payload of accept and credit frames: bytes, 0..2^32-1. */
export function encodeCredit(credit: number): Uint8Array {
  const bytes = new Uint8Array(4);
  put32(bytes, 0, credit);
  return bytes;
}

/** The number of {@link encodeCredit}. */
export function decodeCredit(bytes: Uint8Array): number {
  return get32(bytes, 0);
}

/** Payload of reset and bye frames. */
export function encodeReason({ code, message }: Reason): Uint8Array {
  const bytes = new Uint8Array(2 + MESSAGE_BYTES);
  const { written } = encoder.encodeInto(message, bytes.subarray(2));
  put16(bytes, 0, wireNumberOf(code));
  return bytes.subarray(0, 2 + written);
}

/** The reason of {@link encodeReason}; control characters and what is not UTF-8 are read as U+FFFD. */
export function decodeReason(bytes: Uint8Array): Reason {
  return { code: codeOfWireNumber(get16(bytes, 0)), message: printable(decoder.decode(bytes.subarray(2))) };
}

/** A frame that ends both directions of a stream. */
export function resetFrame(stream: Omit<FrameFields, "kind">, reason: Reason): Frame {
  return makeFrame({ ...stream, kind: KIND.reset }, encodeReason(reason));
}

/** The answer to an open that nobody will accept, in the name of the host that it was for. */
export function refusalOf({ source, destination, stream }: Frame, code: ErrorCode, message = ERRORS[code].meaning): Frame {
  const refused = { source: destination, destination: source, flags: FROM_ACCEPTOR, stream };
  return resetFrame(refused, { code, message });
}
