// The name and password of a request: `Proxy-Authorization: Basic` (RFC 7617). Must not decide whether they are right.

import type { Header } from "./head.ts";
import { valuesOf } from "./headers.ts";

/** A name and a password. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** More than any password; what is longer is not one. */
const LONGEST = 4096;

/** What a request brings; undefined when it is missing, not by the book, or given more than once. */
export function loginOf(headers: readonly Header[]): Login | undefined {
  const [value = "", ...more] = valuesOf(headers, "proxy-authorization");
  if (more.length > 0 || value.length > LONGEST) return undefined;
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  const text = utf8(Buffer.from(encoded, "base64"));
  const colon = text?.indexOf(":") ?? -1;
  return text === undefined || colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
