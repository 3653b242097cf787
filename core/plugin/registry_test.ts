// Plugins are checked before their code runs; every failure names the plugin; nothing registers late.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Egress } from "./egress.ts";
import type { FrontEnd } from "./front_end.ts";
import { PLUGIN_API, type Plugin, type PluginContext } from "./plugin.ts";
import { hostKeysOf, registerPlugins, routeKeysOf, transportFor } from "./registry.ts";
import type { Rule } from "./rule.ts";
import type { Transport } from "./transport.ts";

const plugin = (name: string, change: Partial<Record<keyof Plugin, unknown>> = {}): Plugin =>
  ({ name, api: PLUGIN_API, setup: () => undefined, ...change }) as Plugin;
const transport = (name: string, claims: boolean): Transport => ({
  name,
  claims: () => claims,
  describe: () => name,
  open: () => assert.fail("nothing is opened here"),
});

function refused(candidates: readonly unknown[], message: RegExp): void {
  assert.throws(() => registerPlugins(candidates), { code: "plugin-invalid", message });
}

test("what plugins register is there, in the order of their set-up", () => {
  const frontEnd = (): FrontEnd => assert.fail("nothing is made here");
  const egress = (): Egress => assert.fail("nothing is made here");
  const registry = registerPlugins([
    plugin("b", { after: ["c"], setup: (context: PluginContext) => context.transport(transport("second", true)) }),
    plugin("c", {
      setup: (context: PluginContext) => {
        context.transport(transport("first", false));
        context.frontEnd(frontEnd);
        context.egress(egress);
      },
    }),
    plugin("a"),
  ]);
  assert.deepEqual(registry.plugins, ["c", "b", "a"]);
  assert.deepEqual(
    registry.transports.map(({ name }) => name),
    ["first", "second"],
  );
  assert.deepEqual([registry.frontEnds, registry.egresses], [[frontEnd], [egress]]);
});

test("a set-up that gives a promise is refused, and what becomes of the promise is nobody's", () => {
  refused([plugin("slow", { setup: async () => undefined })], /"slow".*gives a promise/);
  refused([plugin("slow", { setup: () => Promise.reject(new Error("late")) })], /"slow".*gives a promise/);
  refused([plugin("odd", { setup: () => assert.fail(Object.create(null)) })], /"odd" fails in its set-up: /);
});

test("what is not a plugin is refused before any set-up runs", () => {
  let ran = 0;
  const good = plugin("good", { setup: () => void ran++ });
  for (const bad of [null, undefined, 7, "cmd", () => undefined]) refused([good, bad], /object was wanted/);
  for (const name of ["", "Upper", "a b", "-a", "1a", 7, undefined]) refused([good, plugin("x", { name })], /name/);
  for (const api of [0, PLUGIN_API + 1, "1", undefined]) refused([good, plugin("old", { api })], /"old".*contract/);
  refused([good, plugin("lazy", { setup: undefined })], /"lazy".*setup/);
  refused([good, plugin("odd", { after: "good" })], /"odd".*after/);
  assert.equal(ran, 0);
});

test("names are unique; what a plugin comes after is there and does not come after it", () => {
  refused([plugin("a"), plugin("a")], /"a" is there twice/);
  refused([plugin("a", { after: ["b"] })], /"a".*"b".*not there/);
  refused([plugin("a", { after: ["a"] })], /a -> a/);
  refused([plugin("a", { after: ["b"] }), plugin("b", { after: ["c"] }), plugin("c", { after: ["a"] })], /a -> b -> c -> a/);
});

test("a set-up that throws is one coded error with the plugin's name", () => {
  refused([plugin("broken", { setup: () => assert.fail("boom") })], /"broken" fails in its set-up: boom/);
});

test("nothing registers after its set-up ended", () => {
  let kept: PluginContext | undefined;
  const late = plugin("late", {
    setup: (context: PluginContext) => {
      kept = context;
    },
  });
  const registry = registerPlugins([late]);
  assert.throws(() => kept?.transport(transport("t", true)), { code: "plugin-invalid", message: /"late" registers after/ });
  assert.deepEqual(registry.transports, []);
});

test("the first transport that claims a host is taken; without one the error says which there are", () => {
  const make = (...transports: Transport[]) =>
    registerPlugins([
      plugin("p", { setup: (context: PluginContext) => transports.forEach((one) => void context.transport(one)) }),
    ]);
  const registry = make(transport("no", false), transport("first", true), transport("second", true));
  assert.equal(transportFor(registry, "web", {}).name, "first");
  assert.throws(() => transportFor(make(transport("no", false)), "web", {}), { code: "no-transport", message: /"web".*"no"/ });
  assert.throws(() => transportFor(make(), "web", {}), { code: "no-transport", message: /none/ });
});

const keyed = (name: string, key: unknown = { name, description: "A key.", schema: SCHEMA }): Transport =>
  ({ ...transport(name, false), hostKey: key, claims: (settings: object) => Object.hasOwn(settings, name) }) as Transport;
const SCHEMA = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } };

test("transports are checked when they are registered", () => {
  const one = (...transports: unknown[]) => [
    plugin("p", { setup: (context: PluginContext) => transports.forEach((each) => void context.transport(each as Transport)) }),
  ];
  refused(one(undefined), /"p" .*no object/);
  refused(one({ ...transport("t", true), name: "" }), /"p" .*without a name/);
  for (const what of ["claims", "describe", "open"])
    refused(one({ ...transport("t", true), [what]: 1 }), new RegExp(`"p" .*"t" without '${what}'`));
  refused(one(transport("t", true), transport("t", true)), /"t", which is there already/);
  for (const name of ["", "A", "x-a", "a b", 7]) refused(one(keyed("t", { name })), /host key .* letters, digits and dashes/);
  refused(one(keyed("t", { name: "k" })), /'k' without a description/);
  refused(one(keyed("t", { name: "k", description: "K." })), /'k' without a schema/);
  refused(one(keyed("t", { name: "k", description: "K.", schema: { "~standard": { version: 2 } } })), /'k' without a schema/);
  const key = { name: "k", description: "K.", schema: SCHEMA };
  refused(one(keyed("t", key), keyed("u", key)), /'k', which belongs to transport "t"/);
});

test("a host with a transport's key is that transport's, whoever else claims it", () => {
  const setup = (context: PluginContext) => {
    context.transport(transport("greedy", true));
    context.transport(keyed("box"));
  };
  const registry = registerPlugins([plugin("p", { setup })]);
  assert.deepEqual(
    hostKeysOf(registry).map(({ name }) => name),
    ["box"],
  );
  assert.equal(transportFor(registry, "web", { box: {} }).name, "box");
  assert.equal(transportFor(registry, "web", {}).name, "greedy");
  const shy = registerPlugins([
    plugin("p", {
      setup: (context: PluginContext) => {
        context.transport(transport("greedy", true));
        context.transport({ ...keyed("box"), claims: () => false });
      },
    }),
  ]);
  assert.throws(() => transportFor(shy, "web", { box: {} }), { code: "no-transport" });
});

test("rules are checked when they are registered, and their keys are theirs alone", () => {
  const key = { name: "k", description: "K.", schema: SCHEMA };
  const rule = (change: object = {}) => ({ name: "r", routeKey: key, routes: () => [], ...change });
  const one = (...rules: unknown[]) => [
    plugin("p", { setup: (context: PluginContext) => rules.forEach((each) => void context.rule(each as Rule)) }),
  ];
  refused(one(undefined), /"p" registers a rule that is no object/);
  refused(one(rule({ name: "" })), /"p" registers a rule without a name/);
  refused(one(rule({ routes: [] })), /"p" registers rule "r" without 'routes'/);
  refused(one(rule({ routeKey: undefined })), /brings route key undefined; letters, digits and dashes were wanted/);
  for (const name of ["", "A", "x-a", "a b", 7]) refused(one(rule({ routeKey: { ...key, name } })), /letters, digits and dashes/);
  refused(one(rule({ routeKey: { name: "k" } })), /route key 'k' without a description/);
  refused(one(rule({ routeKey: { ...key, schema: {} } })), /route key 'k' without a schema/);
  refused(one(rule(), rule({ name: "s" })), /brings route key 'k', which belongs to rule "r"/);
  const registry = registerPlugins(one(rule(), rule({ name: "s", routeKey: { ...key, name: "l" } })));
  assert.deepEqual(
    registry.rules.map(({ name }) => name),
    ["r", "s"],
  );
  assert.deepEqual(
    routeKeysOf(registry).map(({ name }) => name),
    ["k", "l"],
  );
});
