// What is added to the language: methods of sets and iterators, Array.fromAsync, and an order of texts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

/** The types of the project know an older language. */
interface NewSet extends Set<number> {
  union(other: Set<number>): NewSet;
  intersection(other: Set<number>): NewSet;
  difference(other: Set<number>): NewSet;
  symmetricDifference(other: Set<number>): NewSet;
  isSubsetOf(other: Set<number>): boolean;
  isSupersetOf(other: Set<number>): boolean;
  isDisjointFrom(other: Set<number>): boolean;
}

const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);

test("sets and other sets", () => {
  const numbers = fc.array(fc.nat(9));
  fc.assert(
    fc.property(numbers, numbers, (one, other) => {
      const [a, b] = [new Set(one) as NewSet, new Set(other)];
      const both = [...a].filter((value) => b.has(value));
      const all = [...new Set([...one, ...other])];
      assert.deepEqual(sorted(a.union(b)), sorted(all));
      assert.deepEqual(sorted(a.intersection(b)), sorted(both));
      assert.deepEqual(sorted(a.difference(b)), sorted([...a].filter((value) => !b.has(value))));
      assert.deepEqual(sorted(a.symmetricDifference(b)), sorted(all.filter((value) => !both.includes(value))));
      assert.deepEqual(
        [a.isSubsetOf(b), a.isSupersetOf(b), a.isDisjointFrom(b)],
        [both.length === a.size, both.length === b.size, both.length === 0],
      );
    }),
  );
  assert.throws(() => (new Set([1]) as NewSet).union([1] as never), TypeError);
});

interface NewIterator extends IterableIterator<number> {
  map(call: (value: number, at: number) => number): NewIterator;
  filter(call: (value: number) => boolean): NewIterator;
  take(limit: number): NewIterator;
  drop(limit: number): NewIterator;
  flatMap(call: (value: number) => Iterable<number>): NewIterator;
  toArray(): number[];
  reduce(call: (sum: number, value: number) => number, initial?: number): number;
  some(call: (value: number) => boolean): boolean;
  every(call: (value: number) => boolean): boolean;
  find(call: (value: number) => boolean): number | undefined;
}

test("iterators are mapped, filtered and cut, as late as can be", () => {
  let closed = 0;
  function* endless() {
    try {
      for (let at = 0; ; at += 1) yield at;
    } finally {
      closed += 1;
    }
  }
  const numbers = () => endless() as unknown as NewIterator;
  const some = numbers()
    .filter((value) => value % 2 === 1)
    .map((value, at) => value * 10 + at)
    .drop(1)
    .take(3);
  assert.deepEqual(some.toArray(), [31, 52, 73]);
  assert.equal(closed, 1);
  const few = () => [1, 2, 3].values() as unknown as NewIterator;
  assert.deepEqual(
    few()
      .flatMap((value) => [value, value])
      .toArray(),
    [1, 1, 2, 2, 3, 3],
  );
  assert.deepEqual([few().reduce((sum, value) => sum + value), few().reduce((sum, value) => sum - value, 10)], [6, 4]);
  assert.deepEqual(
    [few().some((value) => value > 2), few().every((value) => value > 2), few().find((value) => value > 1)],
    [true, false, 2],
  );
  assert.equal(
    numbers().find((value) => value > 5),
    6,
  );
  assert.throws(() => few().map(5 as never), TypeError);
  assert.throws(() => few().take(-1), RangeError);
  assert.throws(() => ([].values() as unknown as NewIterator).reduce((sum) => sum), TypeError);
  const { Iterator: made } = globalThis as unknown as { Iterator: { from(items: Iterable<number>): NewIterator } };
  assert.deepEqual(
    made
      .from(new Set([1, 2]))
      .map((value) => value + 1)
      .toArray(),
    [2, 3],
  );
});

test("an array of what has to be waited for", async () => {
  const { fromAsync } = Array as unknown as { fromAsync(items: unknown, map?: (value: number) => unknown): Promise<unknown[]> };
  async function* later() {
    yield 1;
    yield 2;
  }
  assert.deepEqual(await fromAsync.call(Array, later(), async (value) => value * 2), [2, 4]);
  assert.deepEqual(await fromAsync.call(Array, [Promise.resolve(1), 2]), [1, 2]);
  assert.deepEqual(await fromAsync.call(Array, { length: 1, 0: 5 }), [5]);
});

test("texts in an order for people", () => {
  const order = (...texts: string[]) => texts.sort((one, other) => one.localeCompare(other)).join(" ");
  assert.equal(order("b", "a", "B", "ä", "z", "1", "A", "_"), "_ 1 a A ä b B z");
  assert.equal(order("résumé", "resume", "Resume", "resumes"), "resume Resume résumé resumes");
  assert.equal(order("host-10", "host-2", "Host-1"), "Host-1 host-10 host-2");
  assert.equal(
    ["host-10", "host-2"].sort((one, other) => one.localeCompare(other, undefined, { numeric: true })).join(" "),
    "host-2 host-10",
  );
  assert.deepEqual(["a".localeCompare("a"), "a".localeCompare("b"), "b".localeCompare("a")], [0, -1, 1]);
  assert.equal("É".localeCompare("e", "en", { sensitivity: "base" }), 0);
});
