// A token bucket: so many things a second, and some at once. Pure; time is given.

/** Fills with `rate` a second up to `most`, and begins full. */
export class Bucket {
  readonly #rate: number;
  readonly #most: number;
  #level: number;
  #at: number | undefined;

  constructor(rate: number, most: number) {
    this.#rate = rate;
    this.#most = most;
    this.#level = most;
  }

  /** Takes one out; false when there is none. @param now Milliseconds by a steady clock. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#level < 1) return false;
    this.#level -= 1;
    return true;
  }

  /** Takes one out whether or not there is one; the milliseconds until what is owed has come back, 0 when nothing is. */
  owe(now: number): number {
    this.#fill(now);
    this.#level -= 1;
    return this.#level >= 0 ? 0 : (-this.#level / this.#rate) * 1000;
  }

  #fill(now: number): void {
    this.#level = Math.min(this.#most, this.#level + ((now - (this.#at ?? now)) / 1000) * this.#rate);
    this.#at = now;
  }
}
