// What a client of SOCKS says before its own bytes begin: SOCKS4, SOCKS4a, SOCKS5 (RFC 1928), name and password (RFC 1929).
// Pure: bytes in, the next step out.

import { addressOfBytes, canonicalName, type ErrorCode } from "../../core/mod.ts";
import { failure, httpReply, loginReply, METHOD, methodReply, type Version } from "./replies.ts";

/** What comes next from the client. */
export type Stage = "greeting" | "login" | "request";

/** What a client wants to be connected to. */
export interface Request {
  readonly version: Version;
  /** An address, or a name as the client wrote it; never empty. */
  readonly host: string;
  /** 1..65535. */
  readonly port: number;
}

/** What to do next; `used` bytes belong to it. */
export type Step =
  /** Wait for more; never when there are {@link MOST_BYTES}. */
  | { readonly kind: "more" }
  /** Send the choice of a method, then go on with `next`. */
  | { readonly kind: "method"; readonly used: number; readonly reply: Uint8Array; readonly next: Stage }
  /** Check the password, send the verdict, then go on with the request. */
  | { readonly kind: "login"; readonly used: number; readonly user: string; readonly password: string }
  /** Connect. The bytes behind are for the target. */
  | { readonly kind: "request"; readonly used: number; readonly request: Request }
  /** Send the reply, then end. */
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly reply: Uint8Array };

/** SOCKS4 has no length of its user ids; this is the one of SOCKS5. */
const MOST_USER_ID = 255;
/** Bytes of a name; its length is one byte (RFC 1928 section 5). */
const MOST_NAME = 255;

/** The longest message: a SOCKS4a request with the longest user id and name. */
export const MOST_BYTES: number = 8 + MOST_USER_ID + 1 + MOST_NAME + 1;

/** ASCII without control characters and blanks. */
const PRINTABLE = /^[\u0021-\u007e]+$/;
const MORE: Step = { kind: "more" };
const CONNECT = 1;
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The next step of a handshake.
 * @param bytes All that came and was not used yet.
 * @param closed Whether a name and a password are asked for.
 */
export function readHandshake(stage: Stage, bytes: Uint8Array, closed: boolean): Step {
  const [first] = bytes;
  if (first === undefined) return MORE;
  if (stage === "login") return readLogin(bytes);
  if (stage === "request") return readRequest5(bytes);
  if (first === 4) return readRequest4(bytes, closed);
  if (first === 5) return readMethods(bytes, closed);
  return { kind: "refused", code: "bad-request", reply: isLetter(first) ? httpReply() : new Uint8Array() };
}

/** RFC 1928 section 3. */
function readMethods(bytes: Uint8Array, closed: boolean): Step {
  const used = 2 + (bytes[1] ?? 0);
  if (bytes.length < 2 || bytes.length < used) return MORE;
  const offered = bytes.subarray(2, used);
  if (!closed && offered.includes(METHOD.none)) {
    return { kind: "method", used, reply: methodReply(METHOD.none), next: "request" };
  }
  // Some offer nothing else once they were given a password; where none is asked for, any will do.
  if (offered.includes(METHOD.password)) return { kind: "method", used, reply: methodReply(METHOD.password), next: "login" };
  return { kind: "refused", code: "proxy-auth", reply: methodReply(METHOD.unacceptable) };
}

/** RFC 1929 section 2. */
function readLogin(bytes: Uint8Array): Step {
  if (bytes[0] !== 1) return { kind: "refused", code: "proxy-auth", reply: loginReply(false) };
  const passwordAt = 3 + (bytes[1] ?? 0);
  const used = passwordAt + (bytes[passwordAt - 1] ?? 0);
  if (bytes.length < passwordAt || bytes.length < used) return MORE;
  const user = textOf(bytes.subarray(2, passwordAt - 1));
  const password = textOf(bytes.subarray(passwordAt, used));
  if (user === undefined || password === undefined) {
    return { kind: "refused", code: "proxy-auth", reply: loginReply(false) };
  }
  return { kind: "login", used, user, password };
}

/** RFC 1928 sections 4 and 5. */
function readRequest5(bytes: Uint8Array): Step {
  const [version, command, , kind] = bytes;
  if (version !== 5) return refused(5, "bad-request");
  if (kind === undefined) return MORE;
  if (command !== CONNECT) return refused(5, "command-unsupported");
  if (kind === ADDRESS.ipv4) return readDestination5(bytes, 4, 4);
  if (kind === ADDRESS.ipv6) return readDestination5(bytes, 4, 16);
  if (kind !== ADDRESS.name) return refused(5, "address-unsupported");
  const length = bytes[4];
  return length === undefined ? MORE : readDestination5(bytes, 5, length);
}

function readDestination5(bytes: Uint8Array, at: number, length: number): Step {
  const used = at + length + 2;
  if (bytes.length < used) return MORE;
  const raw = bytes.subarray(at, at + length);
  const host = bytes[3] === ADDRESS.name ? nameOf(raw) : addressOfBytes([...raw]);
  return requestOf(5, host, portAt(bytes, used - 2), used);
}

/** Version, command, port, address, user id, NUL; in SOCKS4a, where the address is 0.0.0.x, a name and NUL behind it. */
function readRequest4(bytes: Uint8Array, closed: boolean): Step {
  if (closed) return refused(4, "proxy-auth"); // it has no passwords
  if (bytes.length < 8) return MORE;
  if (bytes[1] !== CONNECT) return refused(4, "command-unsupported");
  const idEnd = endOf(bytes, 8, MOST_USER_ID);
  if (idEnd === "more") return MORE;
  if (idEnd === "long") return refused(4, "bad-request");
  const address = [...bytes.subarray(4, 8)];
  const port = portAt(bytes, 2);
  const [a, b, c, d] = address;
  if (a !== 0 || b !== 0 || c !== 0 || d === 0) return requestOf(4, addressOfBytes(address), port, idEnd + 1);
  const nameEnd = endOf(bytes, idEnd + 1, MOST_NAME);
  if (nameEnd === "more") return MORE;
  if (nameEnd === "long") return refused(4, "address-unsupported");
  return requestOf(4, nameOf(bytes.subarray(idEnd + 1, nameEnd)), port, nameEnd + 1);
}

/** Where the NUL behind a text stands. */
function endOf(bytes: Uint8Array, from: number, most: number): number | "more" | "long" {
  const end = bytes.subarray(from, from + most + 1).indexOf(0);
  if (end !== -1) return from + end;
  return bytes.length > from + most ? "long" : "more";
}

function requestOf(version: Version, host: string | undefined, port: number, used: number): Step {
  if (host === undefined) return refused(version, "address-unsupported");
  if (port === 0) return refused(version, "bad-request");
  return { kind: "request", used, request: { version, host, port } };
}

/**
 * A name. Control characters and blanks are in none, and a resolver would take a NUL for its end. What is not ASCII becomes
 * what a resolver would make of it, so that rules see the same.
 */
function nameOf(bytes: Uint8Array): string | undefined {
  const text = textOf(bytes);
  if (text === undefined) return undefined;
  const name = PRINTABLE.test(text) ? text : canonicalName(text);
  return PRINTABLE.test(name) ? name : undefined;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function portAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function isLetter(byte: number): boolean {
  return /[a-z]/i.test(String.fromCharCode(byte));
}

function refused(version: Version, code: ErrorCode): Step {
  return { kind: "refused", code, reply: failure(version, code) };
}
