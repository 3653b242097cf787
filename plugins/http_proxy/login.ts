// The name and password of a request: `Proxy-Authorization: Basic` (RFC 7617).

import type { Header } from "./head.ts";
import { valuesOf } from "./headers.ts";

/** A name and a password. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Letters of the field: more than any name and password; what is longer is not decoded. */
const LONGEST = 4096;

/** What a request brings; undefined when it is missing, not by the book, or given more than once. */
export function loginOf(headers: readonly Header[]): Login | undefined {
  const [value = "", ...more] = valuesOf(headers, "proxy-authorization");
  if (more.length > 0 || value.length > LONGEST) return undefined;
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  const text = textOf(Buffer.from(encoded, "base64"));
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** UTF-8 as the challenge asks for it (RFC 7617 section 2.1), else ISO 8859-1, which Python's requests and Java send all the same. */
function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes.toString("latin1");
  }
}
