// Methods of sets with other sets (ECMA-262 section 24.2.4).

/** What stands for a set: something with a size, `has` and `keys`. */
interface SetLike {
  readonly size: number;
  has(value: unknown): boolean;
  keys(): Iterator<unknown>;
}

function checked(other: SetLike): SetLike {
  if (typeof other !== "object" || other === null) throw new TypeError("The argument is not a set");
  if (Number.isNaN(Number(other.size))) throw new TypeError("The 'size' of the argument is not a number");
  if (typeof other.has !== "function" || typeof other.keys !== "function") throw new TypeError("The argument is not a set");
  return other;
}

function* valuesOf(other: SetLike): Iterable<unknown> {
  const keys = other.keys();
  for (let next = keys.next(); !next.done; next = keys.next()) yield next.value;
}

/** Each is a method of a set. */
export const setMethods = {
  union(this: Set<unknown>, other: SetLike): Set<unknown> {
    return new Set([...this, ...valuesOf(checked(other))]);
  },
  intersection(this: Set<unknown>, other: SetLike): Set<unknown> {
    if (this.size <= checked(other).size) return new Set([...this].filter((one) => other.has(one)));
    return new Set([...valuesOf(other)].filter((one) => this.has(one)));
  },
  difference(this: Set<unknown>, other: SetLike): Set<unknown> {
    if (this.size <= checked(other).size) return new Set([...this].filter((one) => !other.has(one)));
    const left = new Set(this);
    for (const one of valuesOf(other)) left.delete(one);
    return left;
  },
  symmetricDifference(this: Set<unknown>, other: SetLike): Set<unknown> {
    const made = new Set(this);
    for (const one of valuesOf(checked(other))) {
      if (this.has(one)) made.delete(one);
      else made.add(one);
    }
    return made;
  },
  isSubsetOf(this: Set<unknown>, other: SetLike): boolean {
    return this.size <= checked(other).size && [...this].every((one) => other.has(one));
  },
  isSupersetOf(this: Set<unknown>, other: SetLike): boolean {
    if (this.size < checked(other).size) return false;
    for (const one of valuesOf(other)) if (!this.has(one)) return false;
    return true;
  },
  isDisjointFrom(this: Set<unknown>, other: SetLike): boolean {
    if (this.size <= checked(other).size) return ![...this].some((one) => other.has(one));
    for (const one of valuesOf(other)) if (this.has(one)) return false;
    return true;
  },
};
