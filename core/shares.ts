// Places that several askers share, so that none of them takes all.

/** One part in so many is kept for the owner of the places. */
const KEPT_PART = 16;

/** An asker may hold so many times as many places as it leaves free. */
const TIMES_FREE = 2;

/**
 * A number of places. Whoever asks may hold twice as many as it leaves free: alone two thirds, of `n` who take all they can each two
 * in `2n + 1`, and there is always one for who has none. The owner of the places may hold all, and a sixteenth is kept for it.
 */
export class Shares<Asker> {
  readonly #places: number;
  readonly #owner: Asker;
  readonly #held = new Map<Asker, number>();
  /** Askers that were refused, and what they held then. */
  readonly #refused = new Map<Asker, number>();
  #taken = 0;

  constructor(places: number, owner: Asker) {
    this.#places = places;
    this.#owner = owner;
  }

  /** Places that are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Places that one asker holds. */
  heldBy(asker: Asker): number {
    return this.#held.get(asker) ?? 0;
  }

  /** Whether the asker may take one more. */
  hasFor(asker: Asker): boolean {
    const free = this.#places - this.#taken;
    if (asker === this.#owner) return free > 0;
    return this.heldBy(asker) < TIMES_FREE * (free - Math.ceil(this.#places / KEPT_PART));
  }

  /** Takes one, whether or not there is one. */
  take(asker: Asker): void {
    this.#taken += 1;
    this.#held.set(asker, this.heldBy(asker) + 1);
  }

  /** Gives one back. */
  giveBack(asker: Asker): void {
    const held = this.heldBy(asker) - 1;
    this.#taken -= 1;
    if (held > 0) this.#held.set(asker, held);
    else this.#held.delete(asker);
    if (held * 2 < (this.#refused.get(asker) ?? 0)) this.#refused.delete(asker);
  }

  /** Who holds most, the owner aside: whoever is refused, that is who to name. Undefined when it was named since it last held half as many. */
  newlyCrowding(): { readonly asker: Asker; readonly held: number } | undefined {
    let most: { asker: Asker; held: number } | undefined;
    for (const [asker, held] of this.#held) if (asker !== this.#owner && held > (most?.held ?? 0)) most = { asker, held };
    if (!most || this.#refused.has(most.asker)) return undefined;
    this.#refused.set(most.asker, most.held);
    return most;
  }
}
