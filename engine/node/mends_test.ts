// What the engine's QuickJS does differently from the standard, and from V8 where programs rely on that.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

test("JSON.parse takes what JSON is, and nothing else", () => {
  for (const text of [
    "1.",
    "-01",
    "[1.]",
    '{"a":-00}',
    "1.e5",
    "01",
    "-",
    "+1",
    ".5",
    "1e",
    "NaN",
    "'a'",
    "[1,]",
    "{a:1}",
    '"\t"',
    "",
    "//",
  ]) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
  }
  const texts = ["-0", "1.5e+3", '"1."', '"-01 \\" 1. "', '["-00", 1.25]', '{"1.":"-01"}', " \n1\t"];
  assert.deepEqual(
    texts.map((text) => JSON.parse(text)),
    [-0, 1500, "1.", '-01 " 1. ', ["-00", 1.25], { "1.": "-01" }, 1],
  );
  assert.deepEqual(
    JSON.parse('{"a":[1,2]}', (key, value) => (key === "1" ? 5 : value)),
    { a: [1, 5] },
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(JSON.stringify(value)), JSON.parse(JSON.stringify(JSON.parse(JSON.stringify(value)))));
    }),
  );
});

test("JSON.parse takes a time in proportion to its text, right or wrong", () => {
  const wrong = (size: number) => `["1.x","${'\\"'.repeat(size)}`;
  const right = (size: number) => JSON.stringify(Array(size).fill('1.x " -01 '));
  for (const textOf of [wrong, right]) {
    const [few, many] = [textOf(1_000), textOf(10_000)];
    assert.ok(quickest(many) < 20 * quickest(few) + 20, "ten times the text");
  }
});

/** How long JSON.parse takes, in milliseconds. */
function quickest(text: string): number {
  const times = [0, 0, 0].map(() => {
    const start = performance.now();
    try {
      JSON.parse(text);
    } catch (error) {
      assert.ok(error instanceof SyntaxError);
    }
    return performance.now() - start;
  });
  return Math.min(...times);
}

test("BigInt.asUintN is what the definition says", () => {
  assert.equal(BigInt.asUintN(64, -1n), 2n ** 64n - 1n);
  fc.assert(
    fc.property(fc.nat(130), fc.bigInt(-(2n ** 140n), 2n ** 140n), (bits, value) => {
      const size = 2n ** BigInt(bits);
      assert.equal(BigInt.asUintN(bits, value), ((value % size) + size) % size);
      const low = BigInt.asUintN(bits, value);
      assert.equal(BigInt.asIntN(bits, value), bits > 0 && low >= size / 2n ? low - size : low);
    }),
  );
});

test("the stack of an error begins with its name and message", () => {
  class Own extends TypeError {
    override name = "Own";
  }
  const make = () => new RangeError("out\nof range");
  assert.match(make().stack ?? "", /^RangeError: out\nof range\n {4}at make /);
  assert.match(new Own("own").stack ?? "", /^(Own|TypeError): own\n {4}at /);
  assert.match(new AggregateError([], "all").stack ?? "", /^AggregateError: all\n {4}at /);
  assert.match(new Error().stack ?? "", /^Error\n {4}at /);
  const called = Error("called");
  assert.ok(called instanceof Error && called.constructor === Error && Object.keys(called).length === 0);
  assert.deepEqual(
    [Error.name, Error.length, TypeError.name, Object.getPrototypeOf(TypeError) === Error],
    ["Error", 1, "TypeError", true],
  );
  assert.equal(new Error("a", { cause: 5 }).cause, 5);
  assert.equal("cause" in new Error("a"), false);
});

test("captureStackTrace gives any object a stack", () => {
  const object: { stack?: string; name: string; message: string } = { name: "Named", message: "m" };
  function place() {
    Error.captureStackTrace(object);
  }
  place();
  assert.match(object.stack ?? "", /^Named: m\n {4}at place /);
  assert.equal(Object.keys(object).includes("stack"), false);
});

test("a WeakMap is one, for keys of every kind", () => {
  const frozen = Object.freeze({});
  const proxy = new Proxy(
    {},
    {
      defineProperty: () => assert.fail("the key was changed"),
      get: () => assert.fail("the key was asked"),
      has: () => assert.fail("the key was asked"),
    },
  );
  const callable = () => undefined;
  const map = new WeakMap<object, unknown>([[frozen, 1]]);
  const other = new WeakMap<object, unknown>();
  map.set(proxy, 2).set(callable, undefined);
  assert.deepEqual(
    [frozen, proxy, callable, {}].map((key) => [map.has(key), map.get(key), other.has(key)]),
    [
      [true, 1, false],
      [true, 2, false],
      [true, undefined, false],
      [false, undefined, false],
    ],
  );
  assert.deepEqual([map.delete(frozen), map.delete(frozen), map.has(frozen), map.get(frozen)], [true, false, false, undefined]);
  map.set(frozen, 3);
  assert.deepEqual([map.get(frozen), Reflect.ownKeys(frozen), Object.prototype.toString.call(map)], [3, [], "[object WeakMap]"]);
  assert.throws(() => map.set(5 as never, 1), TypeError);
  assert.deepEqual([map.has(5 as never), map.get("a" as never), map.delete(null as never)], [false, undefined, false]);
});

test("a WeakMap lets go of a key that its own value leads to", {
  skip: process.versions.engine === undefined && "the engine's own",
}, async () => {
  const map = new WeakMap<object, unknown>();
  const before = process.memoryUsage().heapUsed;
  for (let round = 0; round < 200; round += 1) {
    const key = { bytes: new Uint8Array(100_000) };
    map.set(key, { key });
    await undefined;
  }
  assert.ok(process.memoryUsage().heapUsed - before < 10_000_000);
});

test("symbols that resources are disposed of by", () => {
  assert.deepEqual([typeof Symbol.dispose, typeof Symbol.asyncDispose], ["symbol", "symbol"]);
});
