// Counts by key; keeps nothing of a key whose count is 0.

/** How many there are of each key. */
export class Tally<Key> {
  readonly #counts = new Map<Key, number>();

  /** How many there are of a key. */
  of(key: Key): number {
    return this.#counts.get(key) ?? 0;
  }

  /** One more, or one less. */
  add(key: Key, change: 1 | -1): void {
    const now = this.of(key) + change;
    if (now === 0) this.#counts.delete(key);
    else this.#counts.set(key, now);
  }
}
