// One request and its answer, over one connection to a server. Must not know where that connection comes from, nor what
// becomes of the client's afterwards.

import type { ClientRequest, IncomingMessage, InformationEvent } from "node:http";
import type { Duplex } from "node:stream";
import { type Limits, NoRouterError, showDestination } from "../../core/mod.ts";
import { resetSocket } from "../support/reset.ts";
import type { Upstream } from "./agent.ts";
import { headBytes } from "./answer.ts";
import { AnswerBody } from "./answer_body.ts";
import type { Client } from "./client.ts";
import * as forwarding from "./forwarding.ts";
import { pairsOf, passedTrailers } from "./headers.ts";
import { Refusal } from "./refusal.ts";
import { relay } from "./relay.ts";
import { type RequestBody, requestBody } from "./request_body.ts";
import { joinUpgraded } from "./tunnel.ts";

/** What becomes of the client's connection: the next request, its end, or somebody else has it now. */
export type After = "next" | "close" | "taken";

/** Answers that may come before the answer; a server that sends more is not honest. */
const MOST_INTERIM = 100;

/**
 * Sends a request and passes its answer on.
 * @throws NoRouterError before anything of the answer was passed on
 */
export function exchange(
  client: Client,
  request: forwarding.ForwardedRequest,
  upstream: Upstream,
  settings: { readonly limits: Limits; readonly pseudonym: string },
): Promise<After> {
  return new Promise((resolve, reject) => new Exchange(client, request, upstream, settings, { resolve, reject }).start());
}

type Settle = { readonly resolve: (after: After) => void; readonly reject: (error: NoRouterError) => void };

class Exchange {
  readonly #client: Client;
  readonly #request: forwarding.ForwardedRequest;
  readonly #upstream: Upstream;
  readonly #limits: Limits;
  readonly #pseudonym: string;
  readonly #settle: Settle;
  readonly #answer: AnswerBody;
  readonly #body: RequestBody;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #moved = () => void this.#timer.refresh();
  /** Nobody can tell whether the client only sends no more or is gone: the server gets to know what it would without a proxy. */
  readonly #clientEnded = () => {
    if (this.#body.complete) this.#upstream.end();
  };
  #settled = false;
  #sent: forwarding.ClientHead | undefined;
  #outgoing: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #interim = 0;
  /** What waited for the client at the last look. */
  #waiting = Number.POSITIVE_INFINITY;

  constructor(
    client: Client,
    request: forwarding.ForwardedRequest,
    upstream: Upstream,
    { limits, pseudonym }: { readonly limits: Limits; readonly pseudonym: string },
    settle: Settle,
  ) {
    this.#client = client;
    this.#request = request;
    this.#upstream = upstream;
    this.#limits = limits;
    this.#pseudonym = pseudonym;
    this.#settle = settle;
    this.#answer = new AnswerBody(client.socket);
    this.#body = requestBody(client.input, request.framing, this.#moved);
    this.#timer = setTimeout(() => this.#late(), limits.answerMs);
  }

  start(): void {
    this.#answer.once("finish", () => this.#finish()).once("close", () => this.#abandon());
    this.#answer.on("error", () => undefined);
    this.#client.socket.on("drain", this.#moved).on("end", this.#clientEnded);
    this.#body.readable.once("end", () => this.#bodyRead());
    const { headBytes } = this.#limits;
    const parts = { request: this.#request, body: this.#body.readable, answer: this.#answer, upstream: this.#upstream };
    relay(
      { ...parts, headBytes, pseudonym: this.#pseudonym },
      { outgoing: (outgoing) => this.#prepare(outgoing), failed: (error) => this.#fail(error) },
    );
  }

  /** The request before anything of it is sent. */
  #prepare(outgoing: ClientRequest): void {
    this.#outgoing = outgoing;
    outgoing.on("information", (information) => this.#guard(() => this.#inform(information)));
    outgoing.on("response", (response) => this.#guard(() => this.#respond(response)));
    outgoing.once("close", () => this.#sent || this.#fail(this.#silent()));
    outgoing.on("upgrade", (response, duplex, first) => this.#guard(() => this.#upgrade(response, duplex, first)));
  }

  #bodyRead(): void {
    const trailers = passedTrailers(this.#body.trailers, this.#request.head.headers);
    if (trailers.length > 0) this.#outgoing?.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
    if (this.#client.socket.readableEnded) this.#clientEnded();
    else this.#client.input.readAhead();
  }

  #inform(information: InformationEvent): void {
    if (this.#settled || this.#sent || information.statusCode === 101) return;
    this.#moved();
    this.#interim += 1;
    if (this.#interim > MOST_INTERIM)
      throw new Refusal("bad-answer", `The server sends more than ${MOST_INTERIM} interim answers`);
    if (this.#request.head.minor === 0) return;
    const head = serverHead(information);
    this.#client.socket.write(headBytes(head.status, head.reason, forwarding.interimHeaders(head, this.#pseudonym)));
  }

  #respond(response: IncomingMessage): void {
    response.on("error", () => undefined);
    if (this.#settled) {
      response.destroy();
      return;
    }
    const head = serverHead(response);
    const sent = forwarding.clientHead(this.#request, head, this.#pseudonym, this.#body.complete);
    this.#sent = sent;
    this.#response = response;
    const bound = forwarding.bindsConnection(this.#request, head);
    this.#upstream.hint(bound ? 0 : (forwarding.keepAliveHint(head) ?? Number.POSITIVE_INFINITY));
    this.#answer.begin(headBytes(head.status, sent.reason, sent.headers), sent.mode);
    response.on("data", this.#moved);
    response.once("end", () => {
      if (this.#request.trailers) this.#answer.setTrailers(passedTrailers(pairsOf(response.rawTrailers), head.headers));
    });
    response.once("close", () => response.complete || this.#break());
    response.pipe(this.#answer);
  }

  #upgrade(response: IncomingMessage, duplex: Duplex, first: Buffer): void {
    if (this.#settled) {
      duplex.destroy();
      return;
    }
    if (this.#request.upgrade === undefined)
      throw new Refusal("bad-answer", "The server changes the protocol without being asked");
    if (!this.#body.complete) throw new Refusal("bad-answer", "The server changes the protocol before it has the request's body");
    const head = serverHead(response);
    this.#client.socket.write(headBytes(101, head.reason, forwarding.interimHeaders(head, this.#pseudonym)));
    if (!this.#over()) return;
    this.#answer.end(); // destroyed, it would end the server's connection
    joinUpgraded(this.#client, duplex, first);
    this.#settle.resolve("taken");
  }

  /** The whole answer was handed to the client's connection. */
  #finish(): void {
    if (!this.#over()) return;
    if (!this.#body.complete) {
      this.#body.readable.destroy();
      this.#upstream.destroy();
    }
    this.#upstream.release();
    this.#settle.resolve(this.#sent?.close === false ? "next" : "close");
  }

  /** The client is gone. */
  #abandon(): void {
    if (!this.#over()) return;
    this.#body.readable.destroy();
    this.#upstream.destroy();
    this.#settle.resolve("close");
  }

  /** Bodies may be quiet for as long as their senders like. */
  #late(): void {
    const { target, expects } = this.#request;
    const clientWaits = expects && this.#interim === 0;
    const bodyIsQuiet = !this.#body.complete && this.#client.input.waiting && !clientWaits;
    if (this.#sent ? this.#clientTakes() : bodyIsQuiet) this.#timer.refresh();
    else if (this.#sent) this.#break();
    else this.#fail(new NoRouterError("timed-out", `${showDestination(target.destination)} did not answer in time`));
  }

  /** Whether the client has taken all, or something since the last look. */
  #clientTakes(): boolean {
    const before = this.#waiting;
    this.#waiting = this.#answer.stalled ? this.#client.socket.writableLength : Number.POSITIVE_INFINITY;
    return !this.#answer.stalled || this.#waiting < before;
  }

  #fail(thrown: unknown): void {
    if (this.#sent) {
      // What happens behind the whole answer, such as a body that nobody takes any more, is no matter.
      if (!this.#response?.complete) this.#break();
      return;
    }
    if (!this.#over()) return;
    this.#answer.destroy();
    this.#body.readable.destroy();
    this.#upstream.destroy();
    this.#settle.reject(this.#explained(thrown));
  }

  /** The answer cannot be finished: never a clean end. */
  #break(): void {
    if (!this.#over()) return;
    const { socket } = this.#client;
    if (this.#sent?.mode === "close") resetSocket(socket);
    else socket.destroy();
    this.#body.readable.destroy();
    this.#upstream.destroy();
    this.#settle.resolve("close");
  }

  /** True the first time. */
  #over(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#client.socket.off("drain", this.#moved).off("end", this.#clientEnded);
    return true;
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #silent(): Refusal {
    const where = showDestination(this.#request.target.destination);
    return new Refusal("reset", `${where} ended the connection before it answered`);
  }

  #explained(thrown: unknown): NoRouterError {
    if (thrown instanceof NoRouterError) return thrown;
    const { code } = thrown as { code?: unknown };
    const where = showDestination(this.#request.target.destination);
    if (code === "HPE_HEADER_OVERFLOW")
      return new Refusal("bad-answer", `${where} answers with a head of more than ${this.#limits.headBytes} bytes`);
    if (typeof code === "string" && code.startsWith("HPE_")) return new Refusal("bad-answer", `${where} does not answer in HTTP`);
    if (code === "ECONNRESET") return this.#silent();
    return new NoRouterError("internal", "Unexpected failure inside norouter", { cause: thrown });
  }
}

function serverHead(answer: IncomingMessage | InformationEvent): forwarding.ServerHead {
  const { statusCode = 0, statusMessage = "", httpVersionMajor: major, httpVersionMinor: minor, rawHeaders } = answer;
  return { status: statusCode, reason: statusMessage, major, minor, headers: pairsOf(rawHeaders) };
}
