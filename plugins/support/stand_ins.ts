// Addresses that stand for names which this host cannot, or is not to, resolve: a program that was given one connects to it, and
// the name goes on in its place.

/** The network 198.18.0.0/15 (RFC 2544 section C.2.2), which nobody routes. */
const FIRST = (198 << 24) | (18 << 16);
const PLACES = 2 ** 17;

/** Names, and the addresses that stand for them. */
export class StandIns {
  readonly #most: number;
  /** By name, the one that was asked for last at the end. */
  readonly #byName = new Map<string, number>();
  readonly #byAddress = new Map<string, string>();
  #next = 1;

  /** @param most Names that are kept; beyond that the one that was not asked for for longest gives its address away */
  constructor(most: number = PLACES - 2) {
    this.#most = most;
  }

  /** The address that stands for a name, the same as long as it is kept. */
  addressOf(name: string): string {
    const place = this.#byName.get(name) ?? this.#freePlace();
    this.#byName.delete(name);
    this.#byName.set(name, place);
    const number = (FIRST + place) >>> 0;
    const address = [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join(".");
    this.#byAddress.set(address, name);
    return address;
  }

  /** The name that an address stands for, which is written as {@link addressOf} wrote it. */
  nameOf(address: string): string | undefined {
    return this.#byAddress.get(address);
  }

  #freePlace(): number {
    if (this.#byName.size < this.#most) return this.#next++;
    const [oldest] = this.#byName;
    if (!oldest) return this.#next++;
    const [name, place] = oldest;
    this.#byName.delete(name);
    return place;
  }
}
