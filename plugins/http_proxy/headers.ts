// Which header fields a proxy passes on and which it adds (RFC 9110 section 7.6). Pure.

import { type Header, trimmed } from "./head.ts";

/** About one connection only: RFC 9110 section 7.6.1, RFC 7235 section 4, and what older programs send. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What a trailer must not bring late (RFC 9110 section 6.5.1): framing, routing, and who is asking. */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  "authorization",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "expect",
  "host",
  "max-forwards",
  "set-cookie",
  "via",
]);

/** All values of a field, in order; the name in lower case. */
export function valuesOf(headers: readonly Header[], name: string): string[] {
  return headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

/** The members of a field that is a list, in lower case. */
export function listOf(headers: readonly Header[], name: string): string[] {
  return valuesOf(headers, name)
    .flatMap((value) => value.split(","))
    .map((member) => trimmed(member).toLowerCase())
    .filter((member) => member !== "");
}

/** The fields that are for the other end, without those about this connection. */
export function endToEnd(headers: readonly Header[]): Header[] {
  const named = new Set(listOf(headers, "connection"));
  named.delete("content-length"); // without it, a body that it delimits would have no end
  return headers.filter(([name]) => {
    const key = name.toLowerCase();
    return !HOP_BY_HOP.has(key) && !named.has(key);
  });
}

/** The trailer fields that may be passed on; the Connection of the message's head counts for them too. */
export function passedTrailers(trailers: readonly Header[], head: readonly Header[]): Header[] {
  const named = listOf(head, "connection");
  return without(endToEnd(trailers), ...named, ...NOT_IN_TRAILERS);
}

/** The fields without some, whose names are given in lower case. */
export function without(headers: readonly Header[], ...names: readonly string[]): Header[] {
  return headers.filter(([name]) => !names.includes(name.toLowerCase()));
}

/** Whether a proxy of this name has passed the message on before. */
export function hasPassed(headers: readonly Header[], pseudonym: string): boolean {
  return listOf(headers, "via").some((member) => member.split(/[ \t]+/)[1] === pseudonym);
}
