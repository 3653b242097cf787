// Hands one request to http-proxy-3, which sends it and its body: the one file that imports the package and knows its ways.
// Must not touch the answer.

import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { createProxyServer } from "http-proxy-3";
import type { Upstream } from "./agent.ts";
import type { AnswerBody } from "./answer_body.ts";
import { type ForwardedRequest, lateFields, requestFields } from "./forwarding.ts";

/** One request, and where it goes. */
export interface Relayed {
  readonly request: ForwardedRequest;
  readonly body: Readable;
  /** Destroyed before its end, it ends the request. */
  readonly answer: AnswerBody;
  readonly upstream: Upstream;
  /** Bytes of the answer's head at most. */
  readonly headBytes: number;
  readonly pseudonym: string;
}

/** What is heard of a request. */
export interface RelayHandlers {
  /** Before anything is sent. */
  outgoing(request: ClientRequest): void;
  /** Maybe more than once, and also after the answer began. */
  failed(error: unknown): void;
}

const proxy = createProxyServer({});

/** Sends a request; whoever calls takes the answer from it. */
export function relay({ request, body, answer, upstream, headBytes, pseudonym }: Relayed, handlers: RelayHandlers): void {
  let sent: ClientRequest | undefined;
  const failed = (error: Error) => handlers.failed(error);
  const fields = requestFields(request, pseudonym);
  const wanted = new Set(Object.keys(fields).map((name) => name.toLowerCase()));
  upstream.expect((outgoing) => {
    sent = outgoing;
    outgoing.method = request.head.method; // node writes it in upper case, which is another method
    outgoing.path = request.target.path; // the package changes `*` and an empty query
    outgoing.maxHeadersCount = 0; // there is a bound on bytes, and fields beyond a count would vanish
    // With NODE_USE_ENV_PROXY in the environment, Deno adds the fields for the proxy of HTTP_PROXY, its password among them.
    for (const name of outgoing.getHeaderNames()) if (!wanted.has(name)) outgoing.removeHeader(name);
    for (const [name, value] of Object.entries(lateFields(request))) outgoing.setHeader(name, value);
    handlers.outgoing(outgoing);
  }, failed);
  const incoming = Object.assign(body, {
    method: "POST", // for DELETE and OPTIONS the package takes the length away and sends the body all the same
    url: "/",
    headers: fields,
    httpVersion: "1.1",
    httpVersionMajor: 1,
    socket: { destroyed: false },
  });
  const { host, port } = request.target.destination;
  const options = {
    target: { protocol: "http:", host, hostname: host, port },
    agent: upstream.agent,
    method: request.head.method,
    toProxy: true,
    prependPath: false,
    selfHandleResponse: true,
    // The package begins the options of `http.request` with these.
    ssl: { maxHeaderSize: headBytes, insecureHTTPParser: false },
  };
  try {
    withoutFetch(() => proxy.web(incoming as unknown as IncomingMessage, answer as unknown as ServerResponse, options, failed));
    // Else the head waits for the first bytes of the body, which may wait for the server's word.
    if (request.framing.kind !== "none") sent?.flushHeaders();
  } catch (thrown) {
    handlers.failed(thrown);
  }
}

/** A variable of the environment makes the package use `fetch`, which would go past the agent. */
function withoutFetch(act: () => void): void {
  const forced = process.env.FORCE_FETCH_PATH;
  delete process.env.FORCE_FETCH_PATH;
  try {
    act();
  } finally {
    if (forced !== undefined) process.env.FORCE_FETCH_PATH = forced;
  }
}
