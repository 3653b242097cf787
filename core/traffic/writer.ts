// Writes what was counted into the log: every so often while there is anything to say, and added up by the hour.

import type { Bus } from "../bus.ts";
import type { Command } from "../ledger/decide.ts";
import type { NetworkEvent } from "../ledger/events.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { TrafficBook, type TrafficSince } from "./book.ts";
import { TrafficCounter } from "./counter.ts";
import { HOUR_MS, MOST_ROWS, spanOf } from "./history.ts";
import { summed, type TrafficRow } from "./rows.ts";

/** What a writer needs. */
export interface TrafficWriterOptions {
  readonly ledger: Ledger;
  readonly bus: Pick<Bus, "subscribe">;
  readonly limits: { readonly streams: number; readonly trafficMs: number };
  /** Carries out a command; a store that refuses it is told elsewhere, and there are no events. */
  readonly record: (command: Command) => Promise<readonly unknown[]>;
}

/** The counters of a manager. */
export class TrafficWriter {
  readonly #options: TrafficWriterOptions;
  readonly #book: TrafficBook;
  readonly counter: TrafficCounter;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;
  /** What the log is to take, or has not taken. */
  #unwritten: readonly TrafficRow[] = [];
  #writing: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: TrafficWriterOptions) {
    const { ledger, bus, limits } = options;
    const log = { events: ledger.store.read(0), seq: ledger.seq, now: Date.now() };
    this.#options = options;
    this.#book = new TrafficBook(() => ledger.network.traffic, log);
    this.counter = new TrafficCounter(limits, () => this.#counted());
    bus.subscribe(({ events }) => {
      for (const event of events) this.#take(event);
    });
  }

  #take(event: NetworkEvent): void {
    if (event.type === "traffic.counted") this.#unwritten = [];
    this.#book.take(event);
  }

  /** What was counted since a time in milliseconds since 1970, up to now. */
  since(since: number | undefined): TrafficSince {
    return this.#book.since(since, [...this.#unwritten, ...this.counter.rows()]);
  }

  /** Writes what is left. Nothing may be counted any more. */
  stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    return this.#inTurn(async () => {
      await this.#write();
      await this.#roll();
    });
  }

  #counted(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    this.#since = Date.now();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#inTurn(async () => {
        await this.#write();
        if (this.#book.pending()?.hours.some(({ at }) => at !== spanOf(Date.now(), HOUR_MS))) await this.#roll();
      });
    }, this.#options.limits.trafficMs);
  }

  #inTurn(write: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(write);
    return this.#writing;
  }

  /** What the log does not take is written with what comes next. */
  async #write(): Promise<void> {
    const rows = summed([...this.#unwritten, ...this.counter.drain(MOST_ROWS)], MOST_ROWS);
    if (rows.length === 0) return;
    this.#unwritten = rows;
    await this.#options.record({ type: "count-traffic", since: this.#since, rows });
  }

  async #roll(): Promise<void> {
    const pending = this.#book.pending();
    if (pending) await this.#options.record({ type: "roll-traffic", ...pending });
  }
}
