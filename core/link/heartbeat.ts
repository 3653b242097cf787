// Tells an idle link from a dead one. Counts silent beats instead of comparing clocks, so that a process that
// was suspended, or a machine that slept, misses one beat and not its link.

import type { Limits } from "../limits.ts";

/** What a heartbeat calls. */
export interface HeartbeatHandlers {
  /** Milliseconds until the link must be confirmed. */
  readonly opening: number;
  /** The link was not confirmed in time. */
  late(): void;
  /** Time to send a ping. */
  beat(): void;
  /** Too many beats without a byte. */
  dead(): void;
}

/** The clock of one link. Any byte that arrives counts as life, so a busy link never ends. */
export class Heartbeat {
  #limits: Limits;
  readonly #handlers: HeartbeatHandlers;
  #timer: ReturnType<typeof setInterval> | undefined;
  #opening: ReturnType<typeof setTimeout> | undefined;
  #heard = true;
  #misses = 0;

  constructor(limits: Limits, handlers: HeartbeatHandlers) {
    this.#limits = limits;
    this.#handlers = handlers;
  }

  /** The link began to open. */
  start(): void {
    this.#opening = setTimeout(() => this.#handlers.late(), this.#handlers.opening);
  }

  /** The link is open: pings begin. */
  opened(): void {
    this.#timer = setInterval(() => this.#beat(), this.#limits.heartbeatMs);
  }

  /** Other numbers hold from now on. */
  adopt(limits: Limits): void {
    this.#limits = limits;
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.opened();
  }

  /** The other side proved to be what was expected. */
  confirmed(): void {
    clearTimeout(this.#opening);
  }

  /** Bytes arrived. */
  heard(): void {
    this.#heard = true;
  }

  /** The link is over. */
  stop(): void {
    clearTimeout(this.#opening);
    clearInterval(this.#timer);
  }

  #beat(): void {
    this.#misses = this.#heard ? 0 : this.#misses + 1;
    this.#heard = false;
    if (this.#misses >= this.#limits.heartbeatMisses) this.#handlers.dead();
    else this.#handlers.beat();
  }
}
