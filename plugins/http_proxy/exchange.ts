// One request and its answer, over one connection to a server.

import { asNoRouterError, NoRouterError, showDestination } from "../../core/mod.ts";
import { resetSocket } from "../support/reset.ts";
import { headBytes, messageHead } from "./answer.ts";
import { AnswerReader, type ServerHead } from "./answer_reader.ts";
import { BodyWriter } from "./body_writer.ts";
import type { Client } from "./client.ts";
import type { ServerConnection } from "./connection_pool.ts";
import * as forwarding from "./forwarding.ts";
import { passedTrailers } from "./headers.ts";
import type { HttpLimits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import { type RequestBody, requestBody } from "./request_body.ts";
import { joinUpgraded } from "./tunnel.ts";

/** What becomes of the client's connection: the next request, its end, or somebody else has it now. */
export type After = "next" | "close" | "taken";

/** What all exchanges of one client share. */
export interface ExchangeSettings {
  readonly limits: HttpLimits;
  /** How long a server may take to begin its answer. */
  readonly answerMs: number;
  readonly pseudonym: string;
}

/** Answers that may come before the answer; a server that sends more is not honest. */
const MOST_INTERIM = 100;

/**
 * Sends a request and passes its answer on.
 * @throws NoRouterError before anything of the answer was passed on
 */
export function exchange(
  client: Client,
  request: forwarding.ForwardedRequest,
  server: ServerConnection,
  settings: ExchangeSettings,
): Promise<After> {
  return new Promise((resolve, reject) => new Exchange(client, request, server, settings, { resolve, reject }).start());
}

type Settle = { readonly resolve: (after: After) => void; readonly reject: (error: NoRouterError) => void };

class Exchange {
  readonly #client: Client;
  readonly #request: forwarding.ForwardedRequest;
  readonly #server: ServerConnection;
  readonly #where: string;
  readonly #pseudonym: string;
  readonly #settle: Settle;
  /** To the server, and from the client. */
  readonly #asked: BodyWriter;
  readonly #body: RequestBody;
  /** From the server, and to the client. */
  readonly #reader: AnswerReader;
  readonly #answer: BodyWriter;
  readonly #limits: HttpLimits;
  #timer: ReturnType<typeof setTimeout>;
  readonly #moved = () => void this.#timer.refresh();
  /** Nobody can tell whether the client only sends no more or is gone: the server gets to know what it would without a proxy. */
  readonly #clientEnded = () => {
    if (this.#asked.writableFinished) this.#server.duplex.end();
    else if (this.#body.complete) this.#asked.once("finish", () => this.#settled || this.#server.duplex.end());
  };
  readonly #take = (chunk: Uint8Array) => this.#guard(() => this.#read(chunk));
  readonly #serverEnded = () => this.#guard(() => this.#end());
  readonly #serverFailed = (error: Error) => this.#fail(error);
  readonly #resume = () => void this.#server.duplex.resume();
  #settled = false;
  #sent: forwarding.ClientHead | undefined;
  #head: ServerHead | undefined;
  #interim = 0;
  /** Something came behind the answer. */
  #unasked = false;
  /** What waited for the client at the last look. */
  #waiting = Number.POSITIVE_INFINITY;

  constructor(
    client: Client,
    request: forwarding.ForwardedRequest,
    server: ServerConnection,
    { limits, answerMs, pseudonym }: ExchangeSettings,
    settle: Settle,
  ) {
    this.#client = client;
    this.#request = request;
    this.#server = server;
    this.#pseudonym = pseudonym;
    this.#settle = settle;
    this.#where = showDestination(request.target.destination);
    this.#answer = new BodyWriter(client.socket);
    this.#asked = new BodyWriter(server.duplex);
    this.#body = requestBody(client.input, request.framing, this.#moved);
    this.#limits = limits;
    this.#timer = setTimeout(() => this.#late(), answerMs);
    const asked = { method: request.head.method, where: this.#where, mostBytes: limits.headBytes };
    this.#reader = new AnswerReader(asked, {
      interim: (head) => this.#inform(head),
      head: (head) => this.#respond(head),
      data: (bytes) => {
        if (!this.#answer.write(bytes)) server.duplex.pause();
      },
    });
  }

  start(): void {
    const { head, target, framing } = this.#request;
    this.#answer.once("finish", () => this.#finish()).once("close", () => this.#abandon());
    this.#answer.on("drain", this.#resume);
    this.#client.socket.on("drain", this.#moved).on("end", this.#clientEnded);
    this.#server.duplex.on("data", this.#take).on("end", this.#serverEnded);
    this.#server.duplex.on("error", this.#serverFailed).on("close", this.#serverEnded);
    this.#body.readable.once("end", () => this.#bodyRead()).on("error", (error) => this.#fail(error));
    const fields = forwarding.requestFields(this.#request, this.#pseudonym);
    this.#asked.begin(messageHead(`${head.method} ${target.path} HTTP/1.1`, fields), framing.kind);
    this.#body.readable.pipe(this.#asked);
  }

  #bodyRead(): void {
    if (this.#settled) return;
    this.#asked.setTrailers(passedTrailers(this.#body.trailers, this.#request.head.headers));
    if (this.#client.socket.readableEnded) this.#clientEnded();
    else this.#client.input.readAhead();
  }

  #read(chunk: Uint8Array): void {
    const rest = this.#reader.done ? chunk : this.#reader.push(chunk);
    if (!this.#reader.done) {
      if (this.#sent) this.#moved();
    } else if (this.#head?.status === 101) this.#upgrade(rest);
    else {
      this.#unasked ||= rest.length > 0;
      this.#answered();
    }
  }

  /** The server sends no more, or the connection to it is gone. */
  #end(): void {
    if (this.#reader.done) return;
    this.#reader.end();
    if (this.#reader.done) this.#answered();
    else this.#fail(new Refusal("reset", `${this.#where} ended the connection before it answered`));
  }

  #inform(head: ServerHead): void {
    this.#moved();
    this.#interim += 1;
    if (this.#interim > MOST_INTERIM)
      throw new Refusal("bad-answer", `The server sends more than ${MOST_INTERIM} interim answers`);
    if (this.#request.head.minor === 0) return;
    this.#client.socket.write(headBytes(head.status, head.reason, forwarding.interimHeaders(head, this.#pseudonym)));
  }

  #respond(head: ServerHead): void {
    this.#head = head;
    if (head.status === 101) return;
    const sent = forwarding.clientHead(this.#request, head, this.#pseudonym, this.#body.complete);
    this.#sent = sent;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#late(), this.#limits.answerMs);
    this.#answer.begin(headBytes(head.status, sent.reason, sent.headers), sent.mode);
  }

  #answered(): void {
    if (this.#answer.writableEnded) return;
    if (this.#request.trailers) this.#answer.setTrailers(passedTrailers(this.#reader.trailers, this.#head?.headers ?? []));
    this.#answer.end();
  }

  #upgrade(first: Uint8Array): void {
    const head = this.#head as ServerHead;
    const { duplex } = this.#server;
    if (this.#request.upgrade === undefined)
      throw new Refusal("bad-answer", "The server changes the protocol without being asked");
    if (!this.#body.complete) throw new Refusal("bad-answer", "The server changes the protocol before it has the request's body");
    this.#client.socket.write(headBytes(101, head.reason, forwarding.interimHeaders(head, this.#pseudonym)));
    if (!this.#over()) return;
    this.#answer.destroy();
    this.#client.socket.once("close", () => duplex.destroy());
    const join = () => joinUpgraded(this.#client, duplex, first);
    if (this.#asked.writableFinished || this.#request.framing.kind === "none") join();
    else {
      duplex.pause();
      this.#client.input.readAhead();
      this.#asked.once("close", join);
    }
    this.#settle.resolve("taken");
  }

  /** The whole answer was handed to the client's connection. */
  #finish(): void {
    if (!this.#over()) return;
    if (!this.#asked.writableFinished) {
      this.#body.readable.destroy();
      this.#server.destroy();
    } else if (this.#head && this.#reader.persists && !this.#unasked) {
      const bound = forwarding.bindsConnection(this.#request, this.#head);
      this.#server.keep(bound ? 0 : (forwarding.keepAliveHint(this.#head) ?? Number.POSITIVE_INFINITY));
    } else this.#server.leave();
    this.#settle.resolve(this.#sent?.close === false ? "next" : "close");
  }

  /** The client is gone. */
  #abandon(): void {
    if (!this.#over()) return;
    this.#body.readable.destroy();
    this.#server.destroy();
    this.#settle.resolve("close");
  }

  /** Bodies may be quiet for as long as their senders like. */
  #late(): void {
    const clientWaits = this.#request.expects && this.#interim === 0;
    const bodyIsQuiet = !this.#body.complete && this.#client.input.waiting && !clientWaits;
    if (this.#sent ? this.#clientTakes() : bodyIsQuiet) this.#timer.refresh();
    else this.#giveUp(new NoRouterError("timed-out", `${this.#where} did not answer in time`));
  }

  /** Whether the client has taken all, or something since the last look. */
  #clientTakes(): boolean {
    const before = this.#waiting;
    this.#waiting = this.#answer.stalled ? this.#client.socket.writableLength : Number.POSITIVE_INFINITY;
    return !this.#answer.stalled || this.#waiting < before;
  }

  /** What happens behind the whole answer, such as a body that nobody takes any more, is no matter. */
  #fail(thrown: unknown): void {
    if (!this.#sent || !this.#reader.done) this.#giveUp(thrown);
  }

  #giveUp(thrown: unknown): void {
    if (!this.#over()) return;
    if (this.#sent) this.#break();
    else this.#settle.reject(asNoRouterError(thrown));
    this.#answer.destroy();
    this.#body.readable.destroy();
    this.#server.destroy();
  }

  /** The answer cannot be finished: never a clean end. */
  #break(): void {
    if (this.#sent?.mode === "close") resetSocket(this.#client.socket);
    else this.#client.socket.destroy();
    this.#settle.resolve("close");
  }

  /** True the first time. */
  #over(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#client.socket.off("drain", this.#moved).off("end", this.#clientEnded);
    this.#server.duplex.off("data", this.#take).off("end", this.#serverEnded);
    this.#server.duplex.off("error", this.#serverFailed).off("close", this.#serverEnded);
    return true;
  }

  #guard(act: () => void): void {
    try {
      if (!this.#settled) act();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }
}
