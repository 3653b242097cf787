// From a manifest's routes to the log's: hosts by number, rules asked, and nothing of a rule taken as it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { namesRule } from "../../conformance/names_rule.ts";
import { NoRouterError } from "../errors.ts";
import type { RouteSpec } from "../manifest/types.ts";
import type { Rule } from "../plugin/rule.ts";
import { planRoutes, watchRules } from "./plan.ts";

const ruled = (change: Partial<RouteSpec> = {}): RouteSpec => ({
  to: [],
  via: "b",
  rule: "names-of",
  keys: { "names-of": "org" },
  ...change,
});

test("routes name their hosts, and each knows its entry", () => {
  const routes: RouteSpec[] = [
    { to: ["*"], via: "b" },
    ruled({ notTo: ["x"], via: undefined }),
    { to: ["y"], notTo: ["z"], via: "a" },
  ];
  assert.deepEqual(planRoutes(routes, [namesRule]), [
    { route: { to: ["*"], notTo: [], via: "b" }, entry: 0 },
    { route: { to: ["*.org"], notTo: ["x"], via: undefined, rule: "names-of" }, entry: 1 },
    {
      route: { to: ["10.99.0.0/16"], notTo: ["10.99.1.0/24", "x"], via: undefined, rule: "names-of" },
      entry: 1,
    },
    { route: { to: ["y"], notTo: ["z"], via: "a" }, entry: 2 },
  ]);
});

test("what a route leads through is named, and stands in its settings alone", () => {
  const spec = { to: ["*"], via: "a", through: "tunnel", keys: { tunnel: "socks5://me:hush@p" } };
  assert.deepEqual(planRoutes([spec], []), [{ route: { to: ["*"], notTo: [], via: "a", through: "tunnel" }, entry: 0 }]);
});

function throwing(what: unknown): never {
  throw what;
}

function asked(routes: unknown): void {
  planRoutes([ruled()], [{ ...namesRule, routes: routes as Rule["routes"] }]);
}

const circle: { self?: unknown } = {};
circle.self = circle;
const trapped = () => throwing(new Error("trapped"));
const trap = new Proxy({}, { get: trapped });
const thenable = new Proxy({}, { get: () => trapped });
/** A list whose own methods lie. */
class Bent extends Array {
  override map(): never[] {
    return [{ to: ["*"], notTo: [] } as never];
  }
}

const WRONG: readonly (readonly [what: string, routes: unknown, message: RegExp])[] = [
  ["throws", () => assert.fail("boom"), /^Rule "names" fails: boom$/],
  ["throws no error", () => throwing(7), /^Rule "names" fails: 7$/],
  ["gives nothing", () => undefined, /gives no list of routes/],
  ["gives a mapping", () => ({ to: ["*"] }), /gives no list of routes/],
  ["gives nothing for a route", () => [null], /'to' or 'notTo' is no list/],
  ["gives a word for 'to'", () => [{ to: "*" }], /'to' or 'notTo' is no list/],
  ["gives a word for 'notTo'", () => [{ to: ["*"], notTo: "*" }], /'to' or 'notTo' is no list/],
  ["gives a number as a destination", () => [{ to: [7] }], /gives 7, a network with its mask or a glob of names was wanted/],
  ["gives no pattern", () => [{ to: ["10.0.0.1"] }], /gives "10.0.0.1", a network/],
  ["gives no pattern to leave out", () => [{ to: ["*"], notTo: [""] }], /gives "", a network/],
  ["gives a list with holes", () => [{ to: Array(3) }], /gives undefined, a network/],
  ["gives routes with holes", () => Array(3), /'to' or 'notTo' is no list/],
  ["gives a list that is not what it looks like", () => Bent.from([{ to: ["evil\n"] }]), /gives "evil\\n", a network/],
  ["gives a number that JSON has not", () => [{ to: [7n] }], /gives 7, a network/],
  ["gives a circle", () => [{ to: [circle] }], /gives a thing of type 'object', a network/],
  ["gives a symbol", () => [{ to: [Symbol("x")] }], /gives a thing of type 'symbol', a network/],
  ["gives a route that throws", () => [trap], /^Rule "names" fails: trapped$/],
  ["gives a list that throws", () => new Proxy([], { get: trapped }), /^Rule "names" fails: trapped$/],
  ["gives a destination that throws", () => [{ to: [trap] }], /gives a thing of type 'object', a network/],
  ["throws what has no text", () => throwing(Object.create(null)), /^Rule "names" fails: What was thrown cannot be shown$/],
  ["throws what throws", () => throwing(new Proxy({}, { getPrototypeOf: trapped })), /fails: What was thrown cannot be shown$/],
  ["gives a promise", async () => [{ to: ["*"] }], /gives a promise, a list was wanted at once/],
  ["gives a promise that fails", () => Promise.reject(new Error("late")), /gives a promise, a list was wanted at once/],
  ["gives what is like a promise", () => thenable, /gives a promise, a list was wanted at once/],
  ["gives millions of routes", () => Array(3_000_000).fill({ to: [] }), /gives more than 10000 routes/],
  ["gives too much", () => Array(11).fill({ to: Array(10_000).fill("*") }), /gives more than 100000 destinations/],
];

for (const [what, routes, message] of WRONG) {
  test(`a rule that ${what}`, () => assert.throws(() => asked(routes), { code: "rule-failed", message }));
}

test("what an entry leaves out counts for each of its rule's routes", () => {
  const routes = [ruled({ notTo: Array(200).fill("x") })];
  const many = { ...namesRule, routes: () => Array(1000).fill({ to: ["*"] }) };
  assert.throws(() => planRoutes(routes, [many]), { message: /gives more than 100000 destinations/ });
});

test("a rule's own error stands as it is; one that gives no routes is about nothing", () => {
  const own = new NoRouterError("manifest-missing", "File 'list.txt' is not there");
  const thrown = () => {
    throw own;
  };
  assert.throws(() => asked(thrown), own);
  assert.deepEqual(planRoutes([ruled()], [{ ...namesRule, routes: () => [] }]), []);
});

test("what a rule gives besides is dropped", () => {
  const [planned] = planRoutes([ruled()], [{ ...namesRule, routes: () => [{ to: ["*"], via: 1, upstream: "x" }] as never }]);
  assert.deepEqual(planned?.route, { to: ["*"], notTo: [], via: "b", rule: "names-of" });
});

test("a route that no rule reads", () => {
  assert.throws(() => planRoutes([ruled()], []), { code: "no-rule", message: /'names-of'/ });
});

test("a rule is asked once for what was read once, with the manifest's folder, and again when it says that its data changed", () => {
  const asked: (string | undefined)[] = [];
  let tell: () => void = () => undefined;
  let ended = 0;
  const rule: Rule = {
    ...namesRule,
    routes: (_, { folder }) => {
      asked.push(folder);
      return [{ to: [`*.${asked.length}.test`] }];
    },
    watch: (settings, { folder }, changed) => {
      assert.deepEqual([settings, folder], ["org", "/manifests"]);
      tell = changed;
      return () => void ended++;
    },
  };
  const routes = [ruled(), { to: ["*"], via: "b" }];
  const planned = () => planRoutes(routes, [rule], "/manifests")[0]?.route.to;
  assert.deepEqual([planned(), planned(), asked], [["*.1.test"], ["*.1.test"], ["/manifests"]]);
  let changed = 0;
  const failed = (error: NoRouterError) => assert.fail(error);
  const end = watchRules(routes, [rule], { folder: "/manifests", changed: () => void changed++, failed });
  tell();
  assert.deepEqual([changed, planned()], [1, ["*.2.test"]]);
  end();
  assert.equal(ended, 1);
  assert.deepEqual(planRoutes([ruled()], [rule], "/other")[0]?.route.to, ["*.3.test"]);
});

test("a rule that cannot be watched is told of, and the others are", () => {
  const errors: string[] = [];
  const rule: Rule = { ...namesRule, watch: () => throwing(new Error("no such folder")) };
  const failed = ({ message }: NoRouterError) => void errors.push(message);
  watchRules([ruled()], [rule], { folder: undefined, changed: () => undefined, failed })();
  assert.deepEqual(errors, ['Rule "names" fails: no such folder']);
});
