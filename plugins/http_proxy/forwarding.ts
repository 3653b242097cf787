// What is asked of a server for a client, and what the client gets of the server's answer: fields in, fields out. Pure.

import { type BodyMode, bodyModeOf } from "./answer.ts";
import type { ServerHead } from "./answer_reader.ts";
import { type Framing, wantsClose } from "./framing.ts";
import { type Header, type RequestHead, trimmed } from "./head.ts";
import { endToEnd, listOf, valuesOf, without } from "./headers.ts";
import type { RequestTarget } from "./request_target.ts";

/** A request that goes to a server. */
export interface ForwardedRequest {
  readonly head: RequestHead;
  readonly target: RequestTarget & { readonly form: "absolute" };
  readonly framing: Framing;
  /** The protocol that the client wants instead of HTTP; undefined for most. */
  readonly upgrade: string | undefined;
  /** Whether the client takes trailers. */
  readonly trailers: boolean;
  /** Whether the client may wait for `100 Continue` before it sends the body. */
  readonly expects: boolean;
}

/** An answer's head as the client gets it. */
export interface ClientHead {
  readonly headers: readonly Header[];
  readonly reason: string;
  readonly mode: BodyMode;
  /** Whether the client's connection ends behind it. */
  readonly close: boolean;
}

/** A request as it goes on. */
export function forwardedRequest(head: RequestHead, target: ForwardedRequest["target"], framing: Framing): ForwardedRequest {
  const wanted = head.minor === 1 && listOf(head.headers, "connection").includes("upgrade");
  const upgrade = wanted ? protocolsOf(head.headers).join(", ") : "";
  return {
    head,
    target,
    framing,
    upgrade: upgrade === "" ? undefined : upgrade,
    trailers: head.minor === 1 && listOf(head.headers, "te").includes("trailers"),
    expects: head.minor === 1 && listOf(endToEnd(head.headers), "expect").length > 0,
  };
}

/**
 * The protocols that a client offers. Not `h2c`: clients keep one connection to a proxy for many servers, and HTTP/2 with one of
 * them would take it (RFC 9113 section 3.1 gave this upgrade up). Its settings are named in `Connection` and stay here as well.
 */
function protocolsOf(headers: readonly Header[]): string[] {
  const offered = valuesOf(headers, "upgrade").flatMap((value) => value.split(",").map(trimmed));
  return offered.filter((protocol) => protocol !== "" && protocol.toLowerCase() !== "h2c");
}

/** The fields of a request that goes on. */
export function requestFields(request: ForwardedRequest, pseudonym: string): Header[] {
  const { head, target, framing, upgrade, trailers } = request;
  const passed = endToEnd(head.headers);
  const headers: Header[] = [
    ["Host", target.authority],
    ...without(passed, "host", "content-length", ...(head.minor === 0 ? ["expect"] : [])),
    ["Via", `1.${head.minor} ${pseudonym}`],
  ];
  if (framing.kind === "length") headers.push(["Content-Length", `${framing.bytes}`]);
  if (framing.kind === "chunked") headers.push(["Transfer-Encoding", "chunked"], ...trailerFields(head.headers));
  if (upgrade !== undefined) headers.push(["Connection", "Upgrade"], ["Upgrade", upgrade]);
  else if (trailers) headers.push(["Connection", "TE"], ["TE", "trailers"]);
  return headers;
}

/** What a message says of the fields behind its chunks, unless that is for this connection alone. */
function trailerFields(headers: readonly Header[]): Header[] {
  if (listOf(headers, "connection").includes("trailer")) return [];
  return headers.filter(([name]) => name.toLowerCase() === "trailer");
}

/** What the client gets. */
export function clientHead(request: ForwardedRequest, answer: ServerHead, via: string, bodyRead: boolean): ClientHead {
  const { head } = request;
  const { status, headers: given } = answer;
  const mode = bodyModeOf(head, status, valuesOf(given, "content-length").length > 0);
  const headers = status === 204 ? without(endToEnd(given), "content-length") : endToEnd(given);
  if (valuesOf(headers, "date").length === 0) headers.push(["Date", new Date().toUTCString()]);
  headers.push(["Via", `1.${answer.minor} ${via}`]);
  if (mode === "chunked") {
    headers.push(["Transfer-Encoding", "chunked"]);
    if (request.trailers) headers.push(...trailerFields(given));
  }
  const close = wantsClose(head) || !bodyRead || mode === "close";
  if (close) headers.push(["Connection", "close"]);
  return { headers, reason: answer.reason, mode, close };
}

/** The head of an answer that comes before the answer, or of one that changes the protocol. */
export function interimHeaders(answer: ServerHead, via: string): Header[] {
  const headers: Header[] = [...without(endToEnd(answer.headers), "content-length"), ["Via", `1.${answer.minor} ${via}`]];
  if (answer.status !== 101) return headers;
  const upgrade = answer.headers.filter(([name]) => name.toLowerCase() === "upgrade");
  return [...headers, ["Connection", "Upgrade"], ...upgrade];
}

/** How long the server says that it keeps an idle connection, in milliseconds. */
export function keepAliveHint({ headers }: ServerHead): number | undefined {
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(valuesOf(headers, "keep-alive").join())?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/**
 * Whether a login is about the connection that it was made on: nobody else's request may follow there (RFC 4559 section 6).
 */
export function bindsConnection({ head }: ForwardedRequest, answer?: ServerHead): boolean {
  const logins = [...valuesOf(head.headers, "authorization"), ...valuesOf(answer?.headers ?? [], "www-authenticate")];
  return logins.some((login) => /(?:^|,\s*)(?:ntlm|negotiate)\b/i.test(login));
}
