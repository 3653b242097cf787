// What keys expose, as it comes: at once, or later, or never. Must not know what it is for.

import { NoRouterError } from "./errors.ts";
import { type Exposure, NOTHING_EXPOSED } from "./exposure.ts";
import { isPromise, settlesWithin } from "./settle.ts";

/** The longest time in which no key is exposed, in milliseconds; then the rest is given up. */
const EXPOSE_MS = 30_000;

/** How long keys are waited for. */
export interface Awaiting {
  /** Aborted when nobody wants them any more. */
  readonly signal: AbortSignal;
  /** The longest time in which no key is exposed, in milliseconds; then the rest is given up. Default: 30,000. */
  readonly exposeMs?: number | undefined;
}

/** Is told of the keys that need no time where others do. */
export type Prompt = (others: Exposure) => void;

/** Asks keys what they expose. */
export type Ask = (prompt: Prompt) => Exposure | Promise<Exposure>;

/** What many keys expose, as it comes. */
export class Exposures {
  /** In the order of what was asked; of the keys that need no time where others are missing. */
  readonly known: Exposure[];
  readonly #missing = new Set<number>();
  readonly #awaiting: Awaiting;
  readonly #nameOf: (at: number) => string;
  #failure: { readonly thrown: unknown } | undefined;
  #news = Promise.withResolvers<void>();

  constructor(asks: readonly Ask[], awaiting: Awaiting, nameOf: (at: number) => string) {
    this.#awaiting = awaiting;
    this.#nameOf = nameOf;
    this.known = asks.map((ask, at) => {
      let others = NOTHING_EXPOSED;
      const given = ask((prompt) => {
        others = prompt;
      });
      if (!isPromise(given)) return given;
      this.#follow(at, given);
      return others;
    });
  }

  /** Whether some are missing. */
  get isLacking(): boolean {
    return this.#missing.size > 0;
  }

  /** Whether all keys of this one are known. */
  isWhole(at: number): boolean {
    return !this.#missing.has(at);
  }

  /**
   * Resolves when more is known, with all that comes in the same {@link moment}, or it is aborted.
   * @throws NoRouterError `plugin-invalid`
   */
  async more(): Promise<void> {
    const { exposeMs = EXPOSE_MS, signal } = this.#awaiting;
    if (signal.aborted) return;
    const aborted = () => this.#news.resolve();
    signal.addEventListener("abort", aborted, { once: true });
    const isInTime = await settlesWithin(this.#news.promise, exposeMs);
    signal.removeEventListener("abort", aborted);
    if (!isInTime) {
      const late = this.#nameOf(Math.min(...this.#missing));
      throw new NoRouterError(
        "plugin-invalid",
        `Keys of ${late} cannot be exposed: they have not settled in ${exposeMs / 1000} s`,
      );
    }
    await this.moment();
  }

  /** Takes all that comes without waiting for anything else. @throws as {@link more} */
  async moment(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#news = Promise.withResolvers();
    if (this.#failure) throw this.#failure.thrown;
  }

  #follow(at: number, one: Promise<Exposure>): void {
    this.#missing.add(at);
    void one
      .then(
        (exposure) => {
          this.#missing.delete(at);
          this.known[at] = exposure;
        },
        (thrown: unknown) => {
          this.#failure = { thrown };
        },
      )
      .then(() => this.#news.resolve());
  }
}
