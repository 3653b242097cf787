// Each assertion of the engine's module, with what passes and what does not, beside Node's.

import nodeAssert from "node:assert/strict";
import { test } from "node:test";
import { RUNS_ON } from "../cli.ts";
import ours from "./assert_module.ts";

/** What assertions may be had from either module. */
type Assert = Pick<typeof nodeAssert, keyof typeof ours & keyof typeof nodeAssert>;

class Special extends Error {
  readonly code = "special";
}

const raise = (thrown: unknown) => () => {
  throw thrown;
};
const special = new Special("of its kind");

/** Whether each passes is what Node says. */
const CASES: Readonly<Record<string, (assert: Assert) => unknown>> = {
  "a true value": (assert) => assert.ok(1),
  "a value that is not true": (assert) => assert.ok(""),
  "the same number": (assert) => assert.equal(1, 1),
  "a number and its text": (assert) => assert.equal(1, "1"),
  "two zeros": (assert) => assert.equal(0, -0),
  "no number twice": (assert) => assert.equal(Number.NaN, Number.NaN),
  "other values": (assert) => assert.notEqual(1, 2),
  "no other value": (assert) => assert.notEqual(1, 1),
  "deeply the same": (assert) => assert.deepEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }),
  "deeply different": (assert) => assert.deepEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }),
  "deeply other": (assert) => assert.notDeepEqual([1], [2]),
  "deeply no other": (assert) => assert.notDeepEqual([1], [1]),
  "a text that matches": (assert) => assert.match("abc", /b/),
  "a text that does not": (assert) => assert.match("abc", /d/),
  "no text": (assert) => assert.match(1 as unknown as string, /1/),
  "a text that should not match, and does not": (assert) => assert.doesNotMatch("abc", /d/),
  "a text that should not match, and does": (assert) => assert.doesNotMatch("abc", /b/),
  "no text that should not match": (assert) => assert.doesNotMatch(1 as unknown as string, /2/),
  failure: (assert) => assert.fail("it fails"),
  "nothing thrown": (assert) => assert.throws(() => 1),
  "nothing thrown where a class was wanted": (assert) => assert.throws(() => 1, Special),
  "something thrown": (assert) => assert.throws(raise(special)),
  "a class": (assert) => assert.throws(raise(special), Special),
  "a class above": (assert) => assert.throws(raise(special), Error),
  "another class": (assert) => assert.throws(raise(special), TypeError),
  "a pattern": (assert) => assert.throws(raise(special), /^Error: of its/),
  "another pattern": (assert) => assert.throws(raise(special), /^of its/),
  properties: (assert) => assert.throws(raise(special), { code: "special", message: /kind/ }),
  "another property": (assert) => assert.throws(raise(special), { code: "special", message: "kind" }),
  "a property that is not there": (assert) => assert.throws(raise(special), { errno: 1 }),
  "an equal error": (assert) => assert.throws(raise(new Error("a")), new Error("a")),
  "no equal error": (assert) => assert.throws(raise(new Error("a")), new Error("b")),
  "a function that agrees": (assert) => assert.throws(raise(1), (thrown) => thrown === 1),
  "a function that does not": (assert) => assert.throws(raise(1), (thrown) => thrown === 2),
  "a function without an answer": (assert) => assert.throws(raise(1), (() => undefined) as unknown as () => boolean),
  "properties of no object": (assert) => assert.throws(raise("text"), { code: "special" }),
  "a message in place of what is expected": (assert) => assert.throws(raise(special), "it throws"),
  "nothing expected, and nothing thrown": (assert) => assert.doesNotThrow(() => 1),
  "nothing expected": (assert) => assert.doesNotThrow(raise(special)),
  "a rejection": (assert) => assert.rejects(Promise.reject(special), { code: "special" }),
  "a function that rejects": (assert) => assert.rejects(async () => raise(special)(), Special),
  "another rejection": (assert) => assert.rejects(Promise.reject(special), { code: "other" }),
  "no rejection": (assert) => assert.rejects(Promise.resolve(1)),
  "no promise": (assert) => assert.rejects((() => 1) as unknown as () => Promise<void>),
};

async function failureOf(assert: Assert, run: (assert: Assert) => unknown): Promise<unknown> {
  try {
    await run(assert);
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

for (const [name, run] of Object.entries(CASES)) {
  test(name, async () => {
    const [own, nodes] = [await failureOf(ours as unknown as Assert, run), await failureOf(nodeAssert, run)];
    nodeAssert.equal(own === undefined, nodes === undefined, String(own ?? nodes));
    if (own === undefined || RUNS_ON !== "node") return;
    // Which errors are thrown that are none of assertions is the runtime's own affair.
    nodeAssert.equal(own instanceof ours.AssertionError, nodes instanceof nodeAssert.AssertionError, String(own));
  });
}

test("an assertion's message says what differs, and no more", () => {
  const long = Array.from({ length: 50 }, (_, at) => at);
  const expected = "Values are not deeply equal:\n    22\n    23\n    24\n+   25\n-   0\n    26\n    27\n    28";
  const message = (thrown: unknown) => thrown instanceof ours.AssertionError && thrown.message;
  nodeAssert.throws(
    () => ours.deepEqual(long, long.with(25, 0)),
    (thrown) => message(thrown) === expected,
  );
  nodeAssert.throws(() => ours.equal("a", "b"), { message: 'Values are not equal:\n+ "a"\n- "b"', actual: "a", expected: "b" });
  nodeAssert.throws(() => ours.equal(1, 2, "own words"), { name: "AssertionError", message: "own words" });
  nodeAssert.throws(() => ours.ok(false, special), special);
});
