// The bytes that a SOCKS proxy sends: choices, verdicts, replies.

import { ERRORS, type ErrorCode } from "../../core/mod.ts";

/** Versions of the protocol that have requests. */
export type Version = 4 | 5;

/** Methods of authentication (RFC 1928 section 3). */
export const METHOD = { none: 0x00, password: 0x02, unacceptable: 0xff } as const;

const SOCKS4 = { granted: 0x5a, failed: 0x5b, denied: 0x5d } as const;

/** The choice of a method (RFC 1928 section 3). */
export function methodReply(method: number): Uint8Array {
  return Uint8Array.of(5, method);
}

/** Whether name and password are right (RFC 1929 section 2). */
export function loginReply(right: boolean): Uint8Array {
  return Uint8Array.of(1, right ? 0 : 1);
}

/** The target answered. The address of the connection is not told: zeros stand for it. */
export function success(version: Version): Uint8Array {
  return version === 4 ? reply4(SOCKS4.granted) : reply5(0);
}

/** Why there is no connection. SOCKS4 knows but two reasons: the user may not, and all others. */
export function failure(version: Version, code: ErrorCode): Uint8Array {
  if (version === 4) return reply4(code === "proxy-auth" ? SOCKS4.denied : SOCKS4.failed);
  return reply5(ERRORS[code].socks);
}

/**
 * An answer to somebody whose first byte is all that is known, before there is a request: SOCKS5 clients read the reply
 * behind the choice of a method. Whoever speaks something else gets nothing.
 */
export function hastyFailure(firstByte: number | undefined, code: ErrorCode): Uint8Array {
  if (firstByte === 4) return failure(4, code);
  return firstByte === 5 ? Uint8Array.of(...methodReply(METHOD.none), ...failure(5, code)) : new Uint8Array();
}

/** What a client of HTTP reads, which took this for another proxy. */
export function httpReply(): Uint8Array {
  const line = "This is a SOCKS proxy; use it as socks5h://, or the address of the HTTP proxy\n";
  const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: ${line.length}\r\nconnection: close`;
  return new TextEncoder().encode(`${head}\r\n\r\n${line}`);
}

/** Version 0, a code, port and address. */
function reply4(code: number): Uint8Array {
  return Uint8Array.of(0, code, 0, 0, 0, 0, 0, 0);
}

/** RFC 1928 section 6: version, code, reserved, IPv4, address and port. */
function reply5(code: number): Uint8Array {
  return Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0);
}
