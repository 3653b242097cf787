// One client of the proxy, from its first request to its last: reads requests in order and answers each before the next.

import {
  asNoRouterError,
  type Decision,
  type Destination,
  decideRoute,
  ERRORS,
  type HostContext,
  type Network,
  type Stream,
  showDestination,
} from "../../core/mod.ts";
import { drained, endGently } from "../support/client_output.ts";
import { enterFor } from "../support/enter.ts";
import type { Gate } from "../support/gate.ts";
import type { ProxyClient, ServedProxy } from "../support/proxy.ts";
import type { ProxySettings } from "../support/proxy_settings.ts";
import { type OwnAnswer, ownBytes, refusalAnswer } from "./answer.ts";
import type { Client } from "./client.ts";
import { clientInput } from "./client_input.ts";
import type { ConnectionIdentity, ConnectionPool } from "./connection_pool.ts";
import { type After, exchange } from "./exchange.ts";
import { bindsConnection, type ForwardedRequest, forwardedRequest } from "./forwarding.ts";
import { checkHost, type Framing, framingOf, isEmpty, wantsClose } from "./framing.ts";
import { headReader, type RequestHead } from "./head.ts";
import { hasPassed } from "./headers.ts";
import type { HttpLimits } from "./limits.ts";
import { loginOf } from "./login.ts";
import { lastHop, localAnswer, oneHopLess, optionsAnswer } from "./own_answers.ts";
import { badRequest, Refusal, refusalOf } from "./refusal.ts";
import { requestTargetOf } from "./request_target.ts";
import { tunnel } from "./tunnel.ts";

/** What all clients of one proxy share. */
export interface Service extends ServedProxy {
  readonly context: HostContext;
  readonly limits: HttpLimits;
  readonly pool: ConnectionPool;
  /** The proxy's name in `Via`, by which it knows requests that it has seen. */
  readonly pseudonym: string;
}

/**
 * After how much silence the system begins to ask whether a client's machine is still there. Bodies may be quiet for hours, and a
 * client whose machine is gone must not be waited for.
 */
const TCP_KEEP_ALIVE_MS = 60_000;

/** Requests that may be sent twice when a connection turns out to be dead (RFC 9110 section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Serves a client until it is done, or somebody else has its connection, or the proxy is gone. */
export async function serveClient(service: Service, accepted: ProxyClient): Promise<void> {
  const { socket } = accepted;
  const client = { ...accepted, input: clientInput(socket) };
  socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  for (let first = true; ; first = false) {
    const after = service.settings() ? await serveOne(service, client, first) : "close";
    if (after === "taken") return;
    if (after === "close") return endGently(socket, service.limits);
  }
}

async function serveOne(service: Service, client: Client, first: boolean): Promise<After> {
  let head: RequestHead | undefined;
  let framing: Framing | undefined;
  try {
    client.waits(true);
    head = await readHead(service, client, first);
    client.waits(false);
    const settings = service.settings();
    if (!head || !settings) return "close";
    framing = framingOf(head);
    checkHost(head);
    return await answer(service, client, settings, head, framing);
  } catch (thrown) {
    const refusal = shown(thrown);
    const close = refusal.code === "bad-request" || head === undefined || endsAfter(head, framing);
    return own(service, client, head, close, refusalAnswer(refusal));
  }
}

/** The next head; undefined when the client has no more to ask. */
async function readHead({ limits }: Service, { input }: Client, first: boolean): Promise<RequestHead | undefined> {
  const { headBytes, handshakeMs, keepAliveMs } = limits;
  const reader = headReader(headBytes);
  let deadline = performance.now() + (first ? handshakeMs : keepAliveMs);
  for (;;) {
    const chunk = await input.read(Math.max(0, deadline - performance.now()));
    if (typeof chunk === "string") {
      if (!reader.begun) return undefined;
      if (chunk === "late") throw new Refusal("slow-client", "The head of the request did not come in time");
      throw badRequest("The connection ended within the head of the request");
    }
    const before = reader.begun;
    const done = reader.push(chunk);
    if (done) {
      input.unread(done.rest);
      return done.head;
    }
    if (!before && reader.begun && !first) deadline = performance.now() + handshakeMs;
  }
}

async function answer(
  service: Service,
  client: Client,
  settings: ProxySettings,
  head: RequestHead,
  framing: Framing,
): Promise<After> {
  const { context, limits, gate, pseudonym } = service;
  const target = requestTargetOf(head);
  if (target.form === "origin")
    return own(service, client, head, endsAfter(head, framing), localAnswer(head, target.path, context.network(), settings));
  if (gate.closed) await checkLogin(gate, head, client);
  if (target.form === "asterisk") return own(service, client, head, endsAfter(head, framing), optionsAnswer());
  if (hasPassed(head.headers, pseudonym)) throw new Refusal("proxy-loop", "The request has been here before");
  checkEmpty(head, framing);
  const last = lastHop(head);
  if (last) return own(service, client, head, endsAfter(head, framing), last);
  const open = () => enterFor(client, context, target.destination, settings.outside);
  if (target.form === "authority") {
    tunnel(client, await open(), limits);
    return "taken";
  }
  return forward(service, client, forwardedRequest(oneHopLess(head), target, framing), settings, open);
}

/** An answer of a kept connection that died before its first byte is no answer: the request is sent again, once. */
async function forward(
  { pool, context, limits, pseudonym }: Service,
  client: Client,
  request: ForwardedRequest,
  { outside, answerTimeout }: ProxySettings,
  open: () => Promise<Stream>,
): Promise<After> {
  const { destination } = request.target;
  const answerMs = answerTimeout === undefined ? limits.answerMs : answerTimeout * 1000;
  const settings = { limits, answerMs, pseudonym };
  const decided = decidedOn(context.network(), destination);
  // What may not be entered any more is not entered by a connection from before; `open` says why.
  const may =
    decided.to === "host" || decided.to === "via" || (decided.to === "outside" && outside === "direct" && !client.foreign);
  const kept = may && mayRepeat(request) ? pool.idle(decided) : undefined;
  if (kept) {
    try {
      return await exchange(client, request, kept, settings);
    } catch (thrown) {
      if (kept.received() > 0 || asNoRouterError(thrown).code === "timed-out") throw thrown;
    }
  }
  return exchange(client, request, pool.fresh(decided, await open()), settings);
}

function decidedOn(network: Network, destination: Destination): ConnectionIdentity & { readonly to: Decision["to"] } {
  const decision = decideRoute(network, destination);
  const host = "host" in decision ? decision.host.id : "";
  return { to: decision.to, key: `${showDestination(destination)} ${host}`, routes: network.routes };
}

/** Others always get a connection of their own: the network opens one without waiting. */
function mayRepeat(request: ForwardedRequest): boolean {
  const { head, framing, upgrade } = request;
  return IDEMPOTENT.has(head.method) && framing.kind === "none" && upgrade === undefined && !bindsConnection(request);
}

async function checkLogin(gate: Gate, { headers }: RequestHead, { socket, input }: Client): Promise<void> {
  const login = loginOf(headers);
  if (!login) throw new Refusal("proxy-auth", "The proxy wants a name and a password");
  input.readAhead();
  const waits = () => !socket.destroyed;
  if (!(await gate.enters(login.user, login.password, waits)))
    throw new Refusal("proxy-auth", "The name or the password is wrong");
}

function checkEmpty({ method }: RequestHead, framing: Framing): void {
  if ((method === "CONNECT" || method === "TRACE") && !isEmpty(framing)) throw badRequest(`A ${method} request has no body`);
}

/** Answers in the proxy's own words; who asks again and again must have read the answers before. */
async function own(
  { limits }: Service,
  { socket }: Client,
  head: RequestHead | undefined,
  close: boolean,
  answer: OwnAnswer,
): Promise<After> {
  if (socket.destroyed) return "close";
  const taken = socket.write(ownBytes(answer, { head: head?.method === "HEAD", close }));
  if (!taken && !close) await drained(socket, limits);
  return close ? "close" : "next";
}

/** Whether the connection ends behind an answer that did not wait for the request's body. */
function endsAfter(head: RequestHead, framing: Framing | undefined): boolean {
  return wantsClose(head) || framing === undefined || !isEmpty(framing);
}

function shown(thrown: unknown): Refusal {
  const error = asNoRouterError(thrown);
  return error.code === "internal" ? new Refusal("internal", ERRORS.internal.meaning) : refusalOf(error);
}
