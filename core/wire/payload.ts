// The payloads of the small kinds: open, accept, credit, reset, bye. Byte-exact text: SPEC.md section 4.

import { codeOfWireNumber, ERRORS, type ErrorCode, NoRouterError, printable, wireNumberOf } from "../errors.ts";
import type { Protocol } from "../place.ts";
import { LONGEST_MESSAGE } from "../text.ts";
import { FROM_ACCEPTOR, type Frame, type FrameFields, get16, get32, KIND, makeFrame, put16, put32 } from "./frame.ts";

/** Where a stream is to end, as the opener knows it. */
export type Target = TargetPort & {
  /** Absent: TCP. How another one goes over a stream is not defined yet, so no host serves it. */
  readonly protocol?: Exclude<Protocol, "tcp">;
};

type TargetPort =
  /** A port that the destination host publishes; it alone knows what is behind. */
  | {
      readonly kind: "published";
      readonly port: number;
      /** Tells clients of a sticky service apart, in 32 bits; for a service alone, and no host gets it. */
      readonly client?: number | undefined;
    }
  /** An address or a name that the destination host resolves and dials itself. */
  | { readonly kind: "address"; readonly host: string; readonly port: number }
  /** A service of the destination host by name, such as `dns`; what goes over the stream is between its two ends. */
  | { readonly kind: "service"; readonly name: string; readonly port: number };

/** Payload of an open frame. */
export interface Open {
  /** Bytes that the acceptor may send before it gets more credit. */
  readonly credit: number;
  readonly target: Target;
}

/** Why a stream or a link ended. */
export interface EndReason {
  readonly code: ErrorCode;
  /** At most {@link LONGEST_MESSAGE} bytes of UTF-8; longer text is cut when encoded. */
  readonly message: string;
}

/** Number of the kind of a target that the destination host publishes. */
export const PUBLISHED_TARGET = 0;
const ADDRESS = 1;
const SERVICE = 2;
/** By number in IP (IANA, Assigned Internet Protocol Numbers). */
const TCP = 6;
const UDP = 17;
const KINDS = { published: PUBLISHED_TARGET, address: ADDRESS, service: SERVICE } as const;
/** How a service is named. */
const SERVICE_NAME = /^[a-z0-9-]{1,64}$/;
/** Bytes of an open before its name. */
const OPEN_BYTES = 8;
/** Most bytes of the name in an open. */
const NAME_BYTES = 255;
/** Bytes behind the target of an open to a service, which say whose it is. */
const CLIENT_BYTES = 4;
/** Bytes of an accept or a credit. */
const CREDIT_BYTES = 4;
/** Bytes of a reason before its message. */
const CODE_BYTES = 2;

/** Least and most bytes of each payload of this file; SPEC.md section 3. */
export const PAYLOAD_BYTES = {
  open: [OPEN_BYTES, OPEN_BYTES + NAME_BYTES],
  credit: [CREDIT_BYTES, CREDIT_BYTES],
  reason: [CODE_BYTES, CODE_BYTES + LONGEST_MESSAGE],
} as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** @throws NoRouterError `name-not-found` when the host's name has more than {@link NAME_BYTES} bytes. */
export function encodeOpen({ credit, target }: Open): Uint8Array {
  const name = target.kind === "address" ? target.host : target.kind === "service" ? target.name : "";
  const nameBytes = encoder.encode(name);
  if (nameBytes.length > NAME_BYTES)
    throw new NoRouterError("name-not-found", `Name has ${nameBytes.length} bytes; at most ${NAME_BYTES} were wanted`);
  const client = target.kind === "published" ? target.client : undefined;
  const bytes = new Uint8Array(OPEN_BYTES + nameBytes.length + (client === undefined ? 0 : CLIENT_BYTES));
  if (client !== undefined) put32(bytes, OPEN_BYTES, client);
  put32(bytes, 0, credit);
  put16(bytes, 4, target.port);
  bytes[6] = KINDS[target.kind];
  bytes[7] = target.protocol === "udp" ? UDP : TCP;
  bytes.set(nameBytes, OPEN_BYTES);
  return bytes;
}

/**
 * What an open frame asks for.
 * @throws NoRouterError What the opener is answered: `not-published` for a kind of target that is not known or has a payload
 *   that does not fit it, and for a protocol that is not known, `name-not-found` for a name that is not UTF-8
 */
export function decodeOpen(bytes: Uint8Array): Open {
  const target = decodedTarget(bytes[6], get16(bytes, 4), bytes.subarray(OPEN_BYTES));
  const protocol = bytes[7];
  if (protocol !== TCP && protocol !== UDP)
    throw new NoRouterError("not-published", `Protocol ${protocol} is not known; ${TCP} (TCP) or ${UDP} (UDP) was wanted`);
  return { credit: get32(bytes, 0), target: protocol === UDP ? { ...target, protocol: "udp" } : target };
}

/** The client that an open to a service names, and the open as hosts take it. */
export function withoutClient(bytes: Uint8Array): { readonly client: number | undefined; readonly open: Uint8Array } {
  if (bytes[6] !== PUBLISHED_TARGET || bytes.length !== OPEN_BYTES + CLIENT_BYTES) return { client: undefined, open: bytes };
  return { client: get32(bytes, OPEN_BYTES), open: bytes.slice(0, OPEN_BYTES) };
}

function decodedTarget(kind: number | undefined, port: number, rest: Uint8Array): TargetPort {
  switch (kind) {
    case ADDRESS:
      return { kind: "address", host: decodedHost(rest), port };
    case PUBLISHED_TARGET:
      if (rest.length === 0) return { kind: "published", port };
      throw new NoRouterError("not-published", `Target of kind ${kind} has ${rest.length} bytes too many`);
    case SERVICE: {
      const name = decoder.decode(rest);
      if (SERVICE_NAME.test(name)) return { kind: "service", name, port };
      throw new NoRouterError("not-published", "Name of a service is not 1 to 64 small letters, digits and dashes");
    }
    default:
      throw new NoRouterError("not-published", `Kind ${kind} of targets is not known; 0, 1 or 2 was wanted`);
  }
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
  const bytes = new Uint8Array(CREDIT_BYTES);
  put32(bytes, 0, credit);
  return bytes;
}

/** The number of {@link encodeCredit}. */
export function decodeCredit(bytes: Uint8Array): number {
  return get32(bytes, 0);
}

/** Payload of reset and bye frames. */
export function encodeReason({ code, message }: EndReason): Uint8Array {
  const bytes = new Uint8Array(CODE_BYTES + LONGEST_MESSAGE);
  const { written } = encoder.encodeInto(message, bytes.subarray(CODE_BYTES));
  put16(bytes, 0, wireNumberOf(code));
  return bytes.subarray(0, CODE_BYTES + written);
}

/** The reason of {@link encodeReason}; control characters and what is not UTF-8 are read as U+FFFD. */
export function decodeReason(bytes: Uint8Array): EndReason {
  return { code: codeOfWireNumber(get16(bytes, 0)), message: printable(decoder.decode(bytes.subarray(CODE_BYTES))) };
}

/** A frame that ends both directions of a stream. */
export function resetFrame(stream: Omit<FrameFields, "kind">, reason: EndReason): Frame {
  return makeFrame({ ...stream, kind: KIND.reset }, encodeReason(reason));
}

/** The answer to an open that nobody will accept, in the name of the host that it was for. */
export function refusalFrame({ source, destination, stream }: Frame, code: ErrorCode, message = ERRORS[code].meaning): Frame {
  const refused = { source: destination, destination: source, flags: FROM_ACCEPTOR, stream };
  return resetFrame(refused, { code, message });
}
