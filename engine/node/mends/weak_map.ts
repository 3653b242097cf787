// A WeakMap never lets go of a key that its own value leads to. Here the value is a private member of the key: the collector of cycles
// sees it as it sees every other member. The price: a value lives as long as its key, also when the map is gone.

/** Returns any object as `this`, so that a subclass adds its private members to it. */
class Adopted {
  constructor(key: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for.
    return key;
  }
}

/** The private member of one map. */
interface Member {
  has(key: object): boolean;
  get(key: object): unknown;
  set(key: object, value: unknown): void;
  delete(key: object): boolean;
}

const ABSENT = Symbol("absent");

function newMember(): Member {
  class Keeping extends Adopted {
    #value: unknown = ABSENT;

    static has(key: object): boolean {
      return #value in key && key.#value !== ABSENT;
    }

    static get(key: object): unknown {
      return Keeping.has(key) ? (key as Keeping).#value : undefined;
    }

    static set(key: object, value: unknown): void {
      if (!(#value in key)) new Keeping(key);
      (key as Keeping).#value = value;
    }

    static delete(key: object): boolean {
      const had = Keeping.has(key);
      if (had) (key as Keeping).#value = ABSENT;
      return had;
    }
  }
  return Keeping;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** A map that does not keep its keys. */
class MendedWeakMap<K extends object, V> {
  readonly #member = newMember();

  constructor(entries?: Iterable<readonly [K, V]> | null) {
    if (entries !== undefined && entries !== null) for (const [key, value] of entries) this.set(key, value);
  }

  has(key: K): boolean {
    return isObject(key) && this.#member.has(key);
  }

  get(key: K): V | undefined {
    return isObject(key) ? (this.#member.get(key) as V | undefined) : undefined;
  }

  set(key: K, value: V): this {
    if (!isObject(key)) throw new TypeError("Invalid value used as weak map key");
    this.#member.set(key, value);
    return this;
  }

  delete(key: K): boolean {
    return isObject(key) && this.#member.delete(key);
  }
}
Object.defineProperty(MendedWeakMap, "name", { value: "WeakMap", configurable: true });
Object.defineProperty(MendedWeakMap.prototype, Symbol.toStringTag, { value: "WeakMap", configurable: true });

/** Replaces the engine's own. */
export function mendWeakMap(): void {
  Object.defineProperty(globalThis, "WeakMap", { value: MendedWeakMap, writable: true, configurable: true });
}
