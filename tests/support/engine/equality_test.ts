// Equality of values against Node's own, on values of all kinds that tests compare.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IS_NODE24 } from "../cli.ts";
import { isDeepEqual } from "./equality.ts";

function nodeSays(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

class Own {
  readonly value: number;
  readonly #hidden: number;
  constructor(value: number, hidden = 0) {
    this.value = value;
    this.#hidden = hidden;
  }
  get hidden(): number {
    return this.#hidden;
  }
}

const loop = (): object => {
  const one: Record<string, unknown> = { value: 1 };
  one.self = one;
  return one;
};

const [KEY, OTHER_KEY] = [Symbol("key"), Symbol("key")];

/** Values of which each is compared with each. */
const VALUES: readonly (() => unknown)[] = [
  () => 0,
  () => -0,
  () => 0n,
  () => "",
  () => Number.NaN,
  () => null,
  () => undefined,
  () => [],
  () => [undefined],
  () => new Array(1),
  () => Object.assign([1], { more: 1 }),
  () => [1],
  () => ({}),
  () => ({ a: undefined }),
  () => ({ 0: 1 }),
  () => Object.create(null),
  () => ({ [KEY]: 1 }),
  () => ({ [OTHER_KEY]: 1 }),
  () => Object.defineProperty({}, "hidden", { value: 1 }),
  () => new Own(1),
  () => new Own(1, 2),
  () => new Own(2),
  () => ({ value: 1 }),
  () => new Error("a"),
  () => new Error("b"),
  () => new TypeError("a"),
  () => new Error("a", { cause: 1 }),
  () => Object.assign(new Error("a"), { code: 1 }),
  () => new Date(0),
  () => new Date(1),
  () => new Date(Number.NaN),
  () => /a/,
  () => /a/g,
  () => new Map(),
  () => new Map([["a", 1]]),
  () => new Map([["a", 2]]),
  () => new Map<unknown, unknown>([[{ a: 1 }, { b: 1 }]]),
  () => new Map<unknown, unknown>([[{ a: 1 }, { b: 2 }]]),
  () => new Map<unknown, unknown>([["1", 1]]),
  () => new Map<unknown, unknown>([[1, 1]]),
  () => new Set(),
  () => new Set([1, 2]),
  () => new Set([2, 1]),
  () => new Set([{ a: 1 }, { a: 2 }]),
  () => new Set([{ a: 2 }, { a: 1 }]),
  () => new Set([{ a: 1 }, { a: 1 }]),
  () => new Uint8Array([1, 2]),
  () => new Uint8Array([1, 3]),
  () => new Int8Array([1, 2]),
  () => new Uint16Array([1, 2]),
  () => Buffer.from([1, 2]),
  () => new Float64Array([-0]),
  () => new Float64Array([0]),
  () => new Float64Array([Number.NaN]),
  () => new ArrayBuffer(1),
  () => new Uint8Array([1]).buffer,
  () => new DataView(new ArrayBuffer(1)),
  () => new URL("http://a.example/"),
  () => new URL("http://b.example/"),
  () => Object(1),
  () => Object("a"),
  () => loop(),
  () => ({ value: 1, self: { value: 1 } }),
];

test("each value against each, as Node says it", { skip: !IS_NODE24 && "the measure is Node's, and older ones differ" }, () => {
  for (const one of VALUES) {
    for (const other of VALUES) {
      const pair = `${String(one)} and ${String(other)}`;
      assert.equal(isDeepEqual(one(), other()), nodeSays(one(), other()), pair);
    }
  }
});

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 3,
  maxKeys: 3,
  key: fc.constantFrom("a", "b", "c"),
  values: [fc.constantFrom(0, -0, 1, "a", "", null, undefined, Number.NaN, true)],
});

test("random values, as Node says it", { skip: !IS_NODE24 && "the measure is Node's, and older ones differ" }, () => {
  fc.assert(
    fc.property(anything, anything, (one, other) => isDeepEqual(one, other) === nodeSays(one, other)),
    { numRuns: 2000 },
  );
});

test("a random value equals its copy, and one with a change does not", () => {
  fc.assert(
    fc.property(fc.clone(anything, 2), ([one, other]) => {
      assert.equal(isDeepEqual({ one, also: 1 }, { one: other, also: 1 }), true);
      assert.equal(isDeepEqual({ one, also: 1 }, { one: other, also: 2 }), false);
    }),
  );
});
