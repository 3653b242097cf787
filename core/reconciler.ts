// Runs an effect until it has seen the newest state: calls never overlap, and a change during a call leads to
// one more. Start-up, reload and reconnection are this one path.

import { messageOf } from "./errors.ts";

/** Keeps one effect up to date. */
export class Reconciler {
  readonly #effect: () => Promise<void>;
  readonly #debug: (line: string) => void;
  #dirty = false;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(effect: () => Promise<void>, debug: (line: string) => void) {
    this.#effect = effect;
    this.#debug = debug;
  }

  /** The state changed; resolves when the effect has run with the newest one. Never rejects. */
  run(): Promise<void> {
    this.#dirty = true;
    this.#running ??= this.#loop();
    return this.#running;
  }

  /** Starts no further run; resolves when the present one is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #loop(): Promise<void> {
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      try {
        await this.#effect();
      } catch (thrown) {
        this.#debug(`An effect failed: ${messageOf(thrown)}`);
      }
    }
    this.#running = undefined;
  }
}
