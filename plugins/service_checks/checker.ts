// Repeats one check and says when what it finds has become another. Must not know what is checked.

import type { HealthCheck } from "../../core/mod.ts";
import type { Finding } from "./probe.ts";

/** What a checker is made of. */
export interface CheckerOptions {
  /** One check; must not reject. Aborted when its time is over or nobody wants to know any more. */
  readonly probe: (signal: AbortSignal) => Promise<Finding>;
  /** Called with the first finding, and then whenever the state becomes another. */
  readonly changed: (healthy: boolean, message: string) => void;
}

/** One check that is repeated. */
export class Checker {
  readonly #check: Pick<HealthCheck, "everyMs" | "timeoutMs" | "rise" | "fall">;
  readonly #options: CheckerOptions;
  readonly #stop = new AbortController();
  #again: ReturnType<typeof setTimeout> | undefined;
  #healthy: boolean | undefined;
  /** Findings in a row that speak against the present state. */
  #against = 0;

  constructor(check: Pick<HealthCheck, "everyMs" | "timeoutMs" | "rise" | "fall">, options: CheckerOptions) {
    this.#check = check;
    this.#options = options;
  }

  /** Checks for the first time, and then again and again. */
  start(): void {
    void this.#run();
  }

  /** Ends it; nothing is said any more. */
  stop(): void {
    clearTimeout(this.#again);
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const began = performance.now();
    const { everyMs, timeoutMs } = this.#check;
    const late = new AbortController();
    const leave = () => late.abort();
    const timer = setTimeout(leave, timeoutMs);
    this.#stop.signal.addEventListener("abort", leave);
    const finding = await this.#options.probe(late.signal);
    clearTimeout(timer);
    this.#stop.signal.removeEventListener("abort", leave);
    if (this.#stop.signal.aborted) return;
    this.#judge(late.signal.aborted ? { good: false, message: `No answer in ${timeoutMs} ms` } : finding);
    this.#again = setTimeout(() => void this.#run(), Math.max(0, everyMs - (performance.now() - began)));
  }

  /** The first finding counts at once: nothing is known that it could speak against. */
  #judge({ good, message }: Finding): void {
    const { rise, fall } = this.#check;
    this.#against = good === this.#healthy ? 0 : this.#against + 1;
    if (good === this.#healthy || (this.#healthy !== undefined && this.#against < (good ? rise : fall))) return;
    this.#healthy = good;
    this.#against = 0;
    this.#options.changed(good, message);
  }
}
