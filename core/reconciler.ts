// Runs an effect until it has seen the newest state: calls never overlap, and a change during a call leads to
// one more. Start-up, reload and reconnection are this one path.

import { messageOf } from "./errors.ts";

/** How long a call is waited for. */
export interface Patience {
  /** In milliseconds. */
  readonly ms: number;
  /** A call takes longer: nobody waits for it any more, and no other begins before it ends. */
  readonly overdue: () => void;
}

/** Keeps one effect up to date. */
export class Reconciler {
  readonly #effect: () => Promise<void>;
  readonly #debug: (line: string) => void;
  readonly #patience: Patience | undefined;
  #dirty = false;
  #stopped = false;
  #running: PromiseWithResolvers<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param patience Absent: calls are waited for without end. */
  constructor(effect: () => Promise<void>, debug: (line: string) => void, patience?: Patience) {
    this.#effect = effect;
    this.#debug = debug;
    this.#patience = patience;
  }

  /** The state changed; resolves when the effect has run with the newest one, or a call is overdue. Never rejects. */
  run(): Promise<void> {
    this.#dirty = true;
    if (this.#running) return this.#running.promise;
    const running = Promise.withResolvers<void>();
    this.#running = running;
    void this.#loop(running);
    return running.promise;
  }

  /** Whether no run is under way, nor one that is overdue. */
  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** Starts no further run; resolves when the present one is over, at once when it is overdue. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running?.promise;
  }

  async #loop({ resolve }: PromiseWithResolvers<void>): Promise<void> {
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      this.#watch(resolve);
      try {
        await this.#effect();
      } catch (thrown) {
        this.#debug(`An effect failed: ${messageOf(thrown)}`);
      }
      clearTimeout(this.#timer);
    }
    this.#running = undefined;
    resolve();
  }

  #watch(giveUp: () => void): void {
    if (!this.#patience) return;
    const { ms, overdue } = this.#patience;
    this.#timer = setTimeout(() => {
      overdue();
      giveUp();
    }, ms);
  }
}
