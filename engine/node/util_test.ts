// node:util and node:console.

import assert from "node:assert/strict";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { test } from "node:test";
import util, { callbackify, format, inspect, isDeepStrictEqual, promisify } from "node:util";

test("values are shown", () => {
  class Named {
    x = 1;
  }
  const circular: Record<string, unknown> = { a: 1 };
  circular.self = circular;
  const shown: readonly (readonly [unknown, string])[] = [
    [{ a: 1, b: "x'y", "c-d": [1, null, undefined] }, `{ a: 1, b: "x'y", 'c-d': [ 1, null, undefined ] }`],
    [[], "[]"],
    [{}, "{}"],
    [new Named(), "Named { x: 1 }"],
    [new Map([["a", { b: 1 }]]), "Map(1) { 'a' => { b: 1 } }"],
    [new Set([1, "a"]), "Set(2) { 1, 'a' }"],
    [new Uint8Array(3), "Uint8Array(3) [ 0, 0, 0 ]"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [/a/g, "/a/g"],
    [() => 1, "[Function (anonymous)]"],
    [function named() {}, "[Function: named]"],
    [Named, "[class Named]"],
    [Symbol("s"), "Symbol(s)"],
    [10n, "10n"],
    [-0, "-0"],
    [circular, "<ref *1> { a: 1, self: [Circular *1] }"],
    [Object.create(null), "[Object: null prototype] {}"],
    [{ a: { b: { c: { d: 1 } } } }, "{ a: { b: { c: [Object] } } }"],
    [Object(3), "[Number: 3]"],
    ["a\n\u{1f600}\x7f", "'a\\n😀\\x7F'"],
    [
      {
        get a() {
          return 1;
        },
        set b(_: number) {},
      },
      "{ a: [Getter], b: [Setter] }",
    ],
    [Object.assign(() => 1, { a: 1 }), "[Function (anonymous)] { a: 1 }"],
    [{ a: "x".repeat(80), b: [1] }, `{\n  a: '${"x".repeat(80)}',\n  b: [ 1 ]\n}`],
    [{ [inspect.custom]: () => "custom" }, "custom"],
  ];
  for (const [value, text] of shown) assert.equal(inspect(value), text);
  assert.equal(inspect({ a: { b: { c: {} } } }, { depth: 0 }), "{ a: [Object] }");
  assert.match(inspect(new RangeError("m", { cause: "c" })), /^RangeError: m\n {4}at [\s\S]*\[cause\]: 'c'/);
  assert.match(inspect(Object.assign(new Error("m"), { code: "X" })), /^Error: m\n {4}at [\s\S]*code: 'X'\n\}$/);
});

test("texts are formatted", () => {
  assert.equal(
    format("%s %d %i %f %j %% %o", "a", 1.5, 2.7, "3.5", { a: 1 }, [1]).replace(", [length]: 1", ""),
    'a 1.5 2 3.5 {"a":1} % [ 1 ]',
  );
  assert.equal(format("%s", { a: { b: 1 } }), "{ a: [Object] }".replace("[Object]", "[Object]"));
  assert.equal(format("a", 1, "b", { c: 2 }), "a 1 b { c: 2 }");
  assert.equal(format("%s"), "%s");
  assert.equal(format(1, "%s", 2), "1 %s 2");
  assert.equal(format("%x %s", 5), "%x 5");
});

test("functions that call back, and those that give promises", async () => {
  const add = (a: number, b: number, done: (error: Error | null, sum?: number) => void) =>
    a < 0 ? done(new Error("negative")) : done(null, a + b);
  assert.equal(await promisify(add)(1, 2), 3);
  await assert.rejects(promisify(add)(-1, 2), { message: "negative" });
  assert.equal(await new Promise((resolve) => callbackify(async (a: number) => a + 1)(1, (_, sum) => resolve(sum))), 2);
  const failing = callbackify(async () => Promise.reject(new Error("no")));
  assert.equal(await new Promise((resolve) => failing((error) => resolve(error.message))), "no");
});

test("values are compared member for member", () => {
  const circular = () => {
    const made: Record<string, unknown> = { a: [1] };
    made.self = made;
    return made;
  };
  const same: readonly (readonly [unknown, unknown])[] = [
    [{ a: [1, new Map([[{ k: 1 }, new Set([[1]])]])] }, { a: [1, new Map([[{ k: 1 }, new Set([[1]])]])] }],
    [new Date(1), new Date(1)],
    [Buffer.from("a"), Buffer.from("a")],
    [Number.NaN, Number.NaN],
    [circular(), circular()],
    [/a/g, /a/g],
  ];
  const other: readonly (readonly [unknown, unknown])[] = [
    [0, -0],
    [[1], { 0: 1, length: 1 }],
    [{ a: undefined }, {}],
    [new Set([1]), new Set([2])],
    [new Error("a"), new Error("b")],
    [Buffer.from("a"), Buffer.from("b")],
    [[1, 2], [1]],
  ];
  for (const [a, b] of same) assert.equal(isDeepStrictEqual(a, b), true, inspect(a));
  for (const [a, b] of other) assert.equal(isDeepStrictEqual(a, b), false, inspect(a));
});

test("what else there is", () => {
  assert.equal(util.stripVTControlCharacters("\x1b[31mred\x1b[0m"), "red");
  assert.deepEqual(
    [util.types.isDate(new Date()), util.types.isMap({}), util.types.isTypedArray(Buffer.alloc(1))],
    [true, false, true],
  );
  assert.equal(util.debuglog("nothing").enabled, false);
  function Base() {}
  function Derived() {}
  util.inherits(Derived, Base);
  assert.equal(Object.getPrototypeOf(Derived.prototype), Base.prototype);
  assert.deepEqual([util.TextDecoder, util.TextEncoder], [TextDecoder, TextEncoder]);
});

test("a console prints lines to its two streams", () => {
  const lines: string[] = [];
  const stream = (name: string) =>
    new Writable({
      write: (chunk: Buffer, _, done) => {
        lines.push(name + chunk);
        done();
      },
    });
  const printer = new Console(stream("out "), stream("err "));
  const { log, error } = printer;
  log("a %d", 1, { b: 2 });
  error(new Error("e").message);
  printer.group("g");
  printer.info("one\ntwo");
  printer.groupEnd();
  printer.assert(true, "nothing");
  printer.assert(false, "told %s", "so");
  printer.count();
  printer.count("x");
  printer.dir({ a: 1 });
  assert.deepEqual(lines, [
    "out a 1 { b: 2 }\n",
    "err e\n",
    "out g\n",
    "out   one\n  two\n",
    "err Assertion failed: told so\n",
    "out default: 1\n",
    "out x: 1\n",
    "out { a: 1 }\n",
  ]);
  lines.length = 0;
  printer.trace("here");
  assert.match(lines.join(""), /^err Trace: here\n {4}at /);
});
