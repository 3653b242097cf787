// structuredClone of plain data, and what it refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

test("plain data is copied", () => {
  fc.assert(
    fc.property(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
      (value) => {
        const copy = structuredClone(value);
        assert.deepEqual(copy, value);
        if (typeof value === "object" && value !== null) assert.notEqual(copy, value);
      },
    ),
  );
});

test("one object stays one object, also in itself", () => {
  const shared = { a: 1 };
  const value = { one: shared, two: shared, self: undefined as unknown, list: [] as unknown[] };
  value.self = value;
  value.list.push(value.list);
  const copy = structuredClone(value);
  assert.ok(copy.one === copy.two && copy.one !== shared && copy.self === copy && copy.list[0] === copy.list);
});

test("classes that are kept, and those that are not", () => {
  class Point {
    x = 1;
    get double() {
      return 2;
    }
  }
  const copy = structuredClone(new Point());
  assert.deepEqual([Object.getPrototypeOf(copy) === Object.prototype, copy], [true, { x: 1 }]);
  assert.deepEqual(structuredClone(/a+/gi), /a+/gi);
  const bytes = Buffer.from("abc");
  const view = structuredClone(bytes.subarray(1));
  assert.ok(view.constructor === Uint8Array && Buffer.from(view).toString() === "bc");
  const pair = structuredClone([new Uint8Array(bytes.buffer), new DataView(bytes.buffer)] as const);
  assert.equal(pair[0].buffer, pair[1].buffer);
  const hole: unknown[] = [1];
  hole[2] = 3;
  assert.deepEqual([structuredClone(hole).length, 1 in structuredClone(hole)], [3, false]);
  assert.equal((structuredClone(Object(5n)) as { valueOf(): bigint }).valueOf(), 5n);
});

test("errors keep their kind, message and cause", () => {
  const error = Object.assign(new RangeError("out", { cause: { a: 1 } }), { code: "X" });
  const copy = structuredClone(error);
  assert.ok(copy instanceof RangeError && copy !== error);
  assert.deepEqual([copy.message, copy.cause, copy.stack, "code" in copy], ["out", { a: 1 }, error.stack, false]);
  class Own extends Error {
    override name = "Own";
  }
  assert.equal(structuredClone(new Own("m")).name, "Error");
});

test("what cannot be copied is refused", () => {
  for (const value of [() => 1, Symbol("s"), new WeakMap(), Promise.resolve(), { deep: [() => 1] }, new WeakRef({})]) {
    assert.throws(() => structuredClone(value), { name: "DataCloneError", code: 25 });
  }
});
