// Parts of the language that are missing here, or less than in V8, and that are loaded when they are used first (additions.ts).

import { builtinModule } from "engine:host";

type Additions = typeof import("../additions.ts");

const additions = (): Additions => builtinModule("engine:additions") as Additions;

const OF_SETS = [
  "union",
  "intersection",
  "difference",
  "symmetricDifference",
  "isSubsetOf",
  "isSupersetOf",
  "isDisjointFrom",
] as const;
const OF_ITERATORS = [
  "map",
  "filter",
  "take",
  "drop",
  "flatMap",
  "toArray",
  "forEach",
  "reduce",
  "some",
  "every",
  "find",
] as const;

/** Defines a property whose value is had when it is asked for first; one that is there stays. */
function late(object: object, name: string, make: () => unknown): void {
  if (Object.hasOwn(object, name)) return;
  const define = (on: object, value: unknown) =>
    Object.defineProperty(on, name, { value, writable: true, configurable: true, enumerable: false });
  Object.defineProperty(object, name, {
    get: () => {
      const value = make();
      define(object, value);
      return value;
    },
    set(this: object, value: unknown) {
      define(this, value);
    },
    configurable: true,
    enumerable: false,
  });
}

/** Defines what is missing. */
export function mendLate(): void {
  for (const name of OF_SETS) late(Set.prototype, name, () => additions().setMethods[name]);
  late(Array, "fromAsync", () => additions().fromAsync);
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object;
  for (const name of OF_ITERATORS) late(iterator, name, () => additions().iteratorMethods[name]);
  late(globalThis, "Iterator", () => {
    const made = function Iterator() {
      if (new.target === undefined || new.target === made)
        throw new TypeError("Abstract class Iterator not directly constructable");
    };
    return Object.assign(made, { prototype: iterator, from: additions().iteratorFrom });
  });
  String.prototype.localeCompare = function localeCompare(
    this: string,
    other: string,
    _locales?: unknown,
    options?: object,
  ): number {
    return additions().localeCompare(String(this), String(other), options);
  };
}
