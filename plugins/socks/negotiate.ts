// Leads a client through its handshake, in bounded time and memory.

import type { Socket } from "node:net";
import { owned } from "../../core/mod.ts";
import { endGently } from "../support/client_output.ts";
import type { Gate } from "../support/gate.ts";
import { type Request, readHandshake, type Stage, type Step } from "./handshake.ts";
import type { SocksLimits } from "./limits.ts";
import { failure, hastyFailure, loginReply } from "./replies.ts";

/** A request, and what the client sent behind it without waiting for the answer. */
export interface Negotiated {
  readonly request: Request;
  /** At most one read. */
  readonly early: Uint8Array;
}

const NOTHING = new Uint8Array();

/** Resolves with the request, the socket paused; or with nothing, once the client was refused, left or took too long. */
export function negotiate(socket: Socket, gate: Gate, limits: SocksLimits): Promise<Negotiated | undefined> {
  return new Promise((resolve) => new Negotiation(socket, gate, limits, resolve).start());
}

class Negotiation {
  readonly #socket: Socket;
  readonly #gate: Gate;
  readonly #limits: SocksLimits;
  readonly #resolve: (result: Negotiated | undefined) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stage: Stage = "greeting";
  #pending: Uint8Array = NOTHING;
  /** A password is being checked; what comes meanwhile waits. */
  #checking = false;
  /** The password was right, and not just any: a gate that has closed since counts. */
  #known = false;
  #over = false;

  constructor(socket: Socket, gate: Gate, limits: SocksLimits, resolve: (result: Negotiated | undefined) => void) {
    this.#socket = socket;
    this.#gate = gate;
    this.#limits = limits;
    this.#resolve = resolve;
  }

  start(): void {
    this.#timer = setTimeout(() => this.#tooSlow(), this.#limits.handshakeMs);
    this.#socket.on("data", this.#take).on("end", this.#ended).on("close", this.#left);
    this.#socket.resume();
  }

  readonly #take = (chunk: Uint8Array): void => {
    this.#pending = joined(this.#pending, owned(chunk));
    this.#advance();
  };

  readonly #ended = (): void => {
    if (!this.#checking) this.#left();
  };

  readonly #left = (): void => {
    this.#finish(undefined);
    this.#socket.destroy();
  };

  #advance(): void {
    while (!this.#over && !this.#checking) {
      const step = readHandshake(this.#stage, this.#pending, this.#gate.closed);
      if (step.kind === "more") return;
      this.#proceed(step);
    }
  }

  #proceed(step: Exclude<Step, { kind: "more" }>): void {
    if (step.kind === "refused") {
      this.#refuse(step.reply);
      return;
    }
    this.#pending = this.#pending.subarray(step.used);
    if (step.kind === "request") this.#request(step.request);
    else if (step.kind === "login") void this.#check(step.user, step.password);
    else {
      this.#stage = step.next;
      this.#socket.write(step.reply);
    }
  }

  #request(request: Request): void {
    if (this.#gate.closed && !this.#known) this.#refuse(failure(request.version, "proxy-auth"));
    else this.#finish({ request, early: this.#pending });
  }

  async #check(user: string, password: string): Promise<void> {
    this.#checking = true;
    this.#socket.pause();
    const waits = () => !this.#over;
    const asks = this.#gate.closed;
    const right = !asks || (await this.#gate.enters(user, password, waits).catch(() => false));
    this.#known = asks && right;
    this.#checking = false;
    if (this.#over) return;
    if (!right) return this.#refuse(loginReply(false));
    this.#stage = "request";
    this.#socket.write(loginReply(true));
    this.#advance();
    if (this.#over) return;
    if (this.#socket.readableEnded) this.#left();
    else this.#socket.resume();
  }

  #tooSlow(): void {
    this.#refuse(this.#stage === "request" ? failure(5, "slow-client") : NOTHING);
  }

  #refuse(reply: Uint8Array): void {
    this.#finish(undefined);
    farewell(this.#socket, reply, this.#limits);
  }

  #finish(result: Negotiated | undefined): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#socket.pause();
    this.#socket.off("data", this.#take).off("end", this.#ended).off("close", this.#left);
    this.#resolve(result);
  }
}

/** The answer to a client that is one too many, for which no handshake is begun. */
export function turnAway(socket: Socket, limits: SocksLimits): void {
  const timer = setTimeout(() => socket.destroy(), limits.stopMs);
  socket.once("close", () => clearTimeout(timer));
  socket.once("end", () => socket.destroy());
  socket.once("data", (chunk: Uint8Array) => farewell(socket, hastyFailure(chunk[0], "too-many-connections"), limits));
  socket.resume();
}

/** Says the last words, which a client has `stopMs` to take, and ends. */
export function farewell(socket: Socket, words: Uint8Array, { stopMs }: Pick<SocksLimits, "stopMs">): void {
  if (!socket.destroyed) socket.write(words);
  endGently(socket, { answerMs: stopMs, stopMs });
}

function joined(before: Uint8Array, more: Uint8Array): Uint8Array {
  if (before.length === 0) return more;
  const both = new Uint8Array(before.length + more.length);
  both.set(before);
  both.set(more, before.length);
  return both;
}
