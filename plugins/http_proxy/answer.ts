// Writes the heads of messages, and whole answers of the proxy's own.

import type { Header, RequestHead } from "./head.ts";
import type { Refusal } from "./refusal.ts";

/** What the proxy says by itself (RFC 9110 section 15); the table of `node:http` would load all of it in every agent. */
export const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  409: "Conflict",
  413: "Payload Too Large",
  414: "URI Too Long",
  422: "Unprocessable Entity",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  508: "Loop Detected",
};

/** An answer with a body that is known. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  /** UTF-8. */
  readonly body: string;
}

/** How the body of a message is delimited as it goes on: `close` ends with the connection. */
export type BodyMode = "none" | "length" | "chunked" | "close";

/** What an answer's body must be, by RFC 9112 section 6.3. */
export function bodyModeOf(request: Pick<RequestHead, "method" | "minor">, status: number, hasLength: boolean): BodyMode {
  if (request.method === "HEAD" || status === 204 || status === 304) return "none";
  if (hasLength) return "length";
  return request.minor === 1 ? "chunked" : "close";
}

/** The bytes of an answer's head. Names and values must have been checked. */
export function headBytes(status: number, reason: string, headers: readonly Header[]): Buffer {
  return messageHead(`HTTP/1.1 ${status} ${reason}`, headers);
}

/** The bytes of a head. The line, names and values must have been checked. */
export function messageHead(startLine: string, headers: readonly Header[]): Buffer {
  return Buffer.from(`${startLine}\r\n${fieldLines(headers)}\r\n`, "latin1");
}

/** Fields as they stand in a head, or behind chunks. */
export function fieldLines(headers: readonly Header[]): string {
  return headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
}

/** The bytes of an answer of the proxy's own; without the body when it answers HEAD. */
export function ownBytes({ status, headers, body }: OwnAnswer, options: { head: boolean; close: boolean }): Buffer {
  const bytes = Buffer.from(body);
  const all: Header[] = [
    ["Date", new Date().toUTCString()],
    ...headers,
    ["X-Content-Type-Options", "nosniff"], // or every page could run the script for browsers, and read the names in it
    ["Content-Length", `${bytes.length}`],
    ...(options.close ? [["Connection", "close"] as const] : []),
  ];
  const head = headBytes(status, REASONS[status] ?? "Unknown", all);
  return options.head ? head : Buffer.concat([head, bytes]);
}

/** A refusal for people and, in `NoRouter-Error`, for programs. */
export function refusalAnswer({ status, code, message, advice }: Refusal): OwnAnswer {
  const challenge: readonly Header[] = status === 407 ? [["Proxy-Authenticate", 'Basic realm="norouter", charset="UTF-8"']] : [];
  const headers: Header[] = [
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Cache-Control", "no-store"],
    ["NoRouter-Error", code],
    ...challenge,
  ];
  return { status, headers, body: `norouter: ${message}. ${advice}.\n` };
}
