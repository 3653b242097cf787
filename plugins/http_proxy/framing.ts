// How long a request's body is (RFC 9112 section 6.3), and whether its Host is one (section 3.2). Pure. What could be read
// in two ways is refused: the server behind might read the other.

import type { RequestHead } from "./head.ts";
import { listOf, valuesOf } from "./headers.ts";
import { badRequest, Refusal } from "./refusal.ts";
import { parseAuthority } from "./request_target.ts";

/** How a body is delimited. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" };

/**
 * The framing of a request's body.
 * @throws Refusal
 */
export function framingOf({ headers, minor }: RequestHead): Framing {
  const lengths = valuesOf(headers, "content-length");
  const codings = valuesOf(headers, "transfer-encoding");
  if (codings.length > 0) {
    if (lengths.length > 0) throw badRequest("The request has both Content-Length and Transfer-Encoding");
    if (minor === 0) throw badRequest("HTTP/1.0 has no Transfer-Encoding");
    if (codings.length === 1 && codings[0]?.toLowerCase() === "chunked") return { kind: "chunked" };
    throw new Refusal("command-unsupported", "The request's Transfer-Encoding is another than 'chunked'", {
      advice: "Send the body chunked, or with its length",
    });
  }
  const [length] = lengths;
  if (length === undefined) return { kind: "none" };
  if (lengths.length > 1) throw badRequest("The request has several Content-Length");
  if (!/^\d{1,15}$/.test(length)) throw badRequest("The request's Content-Length is not a number of bytes");
  return { kind: "length", bytes: Number(length) };
}

/** Whether there is no body, or one of no bytes. */
export function isEmpty(framing: Framing): boolean {
  return framing.kind === "none" || (framing.kind === "length" && framing.bytes === 0);
}

/**
 * Beside a whole URL the Host is not used, and python's urllib writes the user's name and password of the URL into it.
 * @throws Refusal unless there is one good Host; HTTP/1.0 may do without
 */
export function checkHost({ headers, minor, target }: RequestHead): void {
  const hosts = valuesOf(headers, "host");
  const host = target.includes("://") ? hosts[0]?.replace(/^[^@]*@/, "") : hosts[0];
  if (hosts.length > 1) throw badRequest("The request has several Host fields");
  if (host === undefined) {
    if (minor === 1) throw badRequest("The request has no Host field");
  } else if (parseAuthority(host) === undefined) throw badRequest("The request's Host is not a host and maybe a port");
}

/** Whether the client wants the connection closed behind the answer; a proxy keeps none of HTTP/1.0 (RFC 9112 section 9.3). */
export function wantsClose({ headers, minor }: RequestHead): boolean {
  return minor === 0 || listOf(headers, "connection").includes("close");
}
