// Plugins are checked before their code runs; every failure names the plugin; nothing registers late.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LimitRow, LimitRows } from "../limits.ts";
import type { PluginKey } from "./key.ts";
import type { Observer } from "./observer.ts";
import { PLUGIN_API, type Plugin, type PluginContext } from "./plugin.ts";
import { registerPlugins, transportFor } from "./registry.ts";
import type { Rule } from "./rule.ts";
import type { Starter } from "./starter.ts";
import type { StoreKind } from "./store.ts";
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
  const registry = registerPlugins([
    plugin("b", { after: ["c"], setup: (context: PluginContext) => context.transport(transport("second", true)) }),
    plugin("c", {
      setup: (context: PluginContext) => {
        context.transport(transport("first", false));
      },
    }),
    plugin("a"),
  ]);
  assert.deepEqual(
    registry.plugins.map(({ name }) => name),
    ["c", "b", "a"],
  );
  assert.deepEqual(
    registry.transports.map(({ name }) => name),
    ["first", "second"],
  );
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
  for (const host of [null, {}, { load: 1 }])
    refused([good, plugin("odd", { host })], /"odd" has a 'host' with neither a function/);
  assert.equal(ran, 0);
});

test("names are unique; what a plugin comes after is there and does not come after it", () => {
  refused([plugin("a"), plugin("a")], /"a" is there twice/);
  refused([plugin("a", { after: ["b"] })], /"a".*"b".*not there/);
  refused([plugin("a", { after: ["a"] })], /a -> a/);
  refused([plugin("a", { before: ["b"] })], /"a" comes before "b", which is not there/);
  refused([plugin("a", { before: ["a"] })], /a -> a/);
  refused([plugin("a", { before: ["b"] }), plugin("b", { before: ["a"] })], /a -> b -> a/);
  refused([plugin("a", { before: "b" }), plugin("b")], /"a" has a 'before' that is not a list/);
  const { plugins } = registerPlugins([plugin("a"), plugin("b"), plugin("c", { before: ["b"], after: ["a"] }), plugin("d")]);
  assert.deepEqual(
    plugins.map(({ name }) => name),
    ["a", "c", "b", "d"],
  );
  refused([plugin("a", { after: ["b"] }), plugin("b", { after: ["c"] }), plugin("c", { after: ["a"] })], /a -> b -> c -> a/);
});

test("limits of plugins are checked rows with names of their own", () => {
  const row = { value: 2, unit: "ms", min: 1, max: 3, why: "For tests" } as const;
  const one = (rows: unknown) => plugin("p", { setup: ({ limits }: PluginContext) => limits(rows as LimitRows) });
  assert.deepEqual(registerPlugins([one({ echoMs: row })]).keys.limits, { echoMs: row });
  refused([one(undefined)], /"p" brings limits that are no table/);
  refused([one({ "a b": row })], /"p" brings limit 'a b'; letters and digits/);
  refused([one({ stopMs: row })], /"p" brings limit 'stopMs', which is there already/);
  const other = (echoMs: LimitRow) => plugin("q", { setup: ({ limits }: PluginContext) => limits({ echoMs }) });
  for (const change of [{ value: 3 }, { min: 2 }, { max: 4 }, { unit: "bytes" as const }, { why: "For others" }])
    refused([one({ echoMs: row }), other({ ...row, ...change })], /"q" brings limit 'echoMs', which is there already/);
  assert.deepEqual(registerPlugins([one({ echoMs: row }), other({ ...row })]).keys.limits, { echoMs: row });
  for (const change of [{ value: 4 }, { value: 1.5 }, { min: undefined }])
    refused([one({ echoMs: { ...row, ...change } })], /'echoMs' without whole numbers/);
  for (const change of [{ unit: "days" }, { why: "" }])
    refused([one({ echoMs: { ...row, ...change } })], /'echoMs' without a 'unit'/);
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

const keyed = (name: string): Transport => ({
  ...transport(name, false),
  key: name,
  claims: (settings: object) => Object.hasOwn(settings, name),
});
const wayKey = (name: string) => ({ name, description: "A key.", schema: SCHEMA, way: true });
const SCHEMA: PluginKey["schema"] = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };

test("transports are checked when they are registered", () => {
  const one = (...transports: unknown[]) => [
    plugin("p", { setup: (context: PluginContext) => transports.forEach((each) => void context.transport(each as Transport)) }),
  ];
  refused(one(undefined), /"p" .*no object/);
  refused(one({ ...transport("t", true), name: "" }), /"p" .*without a name/);
  for (const what of ["claims", "describe", "open"])
    refused(one({ ...transport("t", true), [what]: 1 }), new RegExp(`"p" .*"t" without '${what}'`));
  refused(one(transport("t", true), transport("t", true)), /"t", which is there already/);
  refused(one(keyed("t")), /registers transport "t" with key 't', which is no host key that is a 'way'/);
  refused(one(keyed("t"), { ...keyed("u"), key: "t" }), /transport "u" with key 't', which is that of transport "t"/);
});

test("keys of hosts, routes and the network are checked when they are registered, and belong to one plugin", () => {
  for (const kind of ["host", "route", "network"] as const) {
    const bring = (name: string, ...keys: unknown[]) =>
      plugin(name, { setup: (context: PluginContext) => keys.forEach((key) => void context[`${kind}Key`](key as PluginKey)) });
    const one = (...keys: unknown[]) => [bring("p", ...keys)];
    refused(one(undefined), new RegExp(`"p" brings ${kind} key undefined; letters, digits and dashes were wanted`));
    for (const name of ["", "A", "x-a", "a b", 7])
      refused(one({ name }), new RegExp(`${kind} key .* letters, digits and dashes`));
    refused(one({ name: "k" }), new RegExp(`${kind} key 'k' without a description`));
    refused(one({ name: "k", description: "K." }), /'k' without a schema/);
    refused(one({ name: "k", description: "K.", schema: { "~standard": { version: 2 } } }), /'k' without a schema/);
    const key = { name: "k", description: "K.", schema: SCHEMA };
    refused(one({ ...key, expose: 1 }), /'k' whose 'expose' is no function/);
    refused(one({ ...key, check: {} }), /'k' whose 'check' is no function/);
    refused(one({ ...key, schemes: "socks5" }), /'k' whose 'schemes' are no list of strings/);
    refused([bring("p", key), bring("q", key)], new RegExp(`"q" brings ${kind} key 'k', which belongs to plugin "p"`));
    const { keys } = registerPlugins([bring("p", key), bring("q", { ...key, name: "l" })]);
    assert.deepEqual(
      keys[kind].map(({ name }) => name),
      ["k", "l"],
    );
  }
});

test("a host with a transport's key is that transport's, whoever else claims it", () => {
  const setup = (context: PluginContext) => {
    context.transport(transport("greedy", true));
    context.hostKey(wayKey("box"));
    context.transport(keyed("box"));
  };
  const registry = registerPlugins([plugin("p", { setup })]);
  assert.equal(transportFor(registry, "web", { box: {} }).name, "box");
  assert.equal(transportFor(registry, "web", {}).name, "greedy");
  const shy = registerPlugins([
    plugin("p", {
      setup: (context: PluginContext) => {
        context.transport(transport("greedy", true));
        context.hostKey(wayKey("box"));
        context.transport({ ...keyed("box"), claims: () => false });
      },
    }),
  ]);
  assert.throws(() => transportFor(shy, "web", { box: {} }), { code: "no-transport" });
});

test("rules are checked when they are registered, and their keys are theirs alone", () => {
  const rule = (change: object = {}) => ({ name: "r", key: "k", routes: () => [], ...change });
  const key = { name: "k", description: "K.", schema: SCHEMA, destinations: true };
  const setup = (rules: readonly unknown[]) => (context: PluginContext) => {
    context.routeKey(key);
    context.routeKey({ ...key, name: "l" });
    context.routeKey({ ...key, name: "plain", destinations: false });
    for (const each of rules) context.rule(each as Rule);
  };
  const one = (...rules: unknown[]) => [plugin("p", { setup: setup(rules) })];
  refused(one(undefined), /"p" registers a rule that is no object/);
  refused(one(rule({ name: "" })), /"p" registers a rule without a name/);
  refused(one(rule({ routes: [] })), /"p" registers rule "r" without 'routes'/);
  refused(one(rule({ key: undefined })), /registers rule "r" without the name of its 'key'/);
  for (const other of ["plain", "none"])
    refused(one(rule({ key: other })), /registers rule "r" with key '\w+', which is no route key for 'destinations'/);
  refused(one(rule(), rule({ name: "s" })), /rule "s" with key 'k', which is that of rule "r"/);
  assert.deepEqual(
    registerPlugins(one(rule(), rule({ name: "s", key: "l" }))).rules.map(({ name }) => name),
    ["r", "s"],
  );
});

test("starters are checked when they are registered, and have names of their own", () => {
  const functions = { claims: () => true, start: async () => "started", stop: async () => undefined };
  const starter = (change: object = {}) => ({ name: "s", ...functions, ...change });
  const one = (...starters: unknown[]) => [
    plugin("p", { setup: (context: PluginContext) => starters.forEach((each) => void context.starter(each as Starter)) }),
  ];
  refused(one(undefined), /"p" registers a starter that is no object/);
  refused(one(starter({ name: "" })), /"p" registers a starter without a name/);
  for (const what of Object.keys(functions))
    refused(one(starter({ [what]: 1 })), new RegExp(`"p" registers starter "s" without '${what}'`));
  refused(one(starter(), starter()), /"p" registers starter "s", which is there already/);
  assert.deepEqual(
    registerPlugins(one(starter(), starter({ name: "other" }))).starters.map(({ name }) => name),
    ["s", "other"],
  );
});

test("observers are checked when they are registered, and have names of their own", () => {
  const observer = (change: object = {}) => ({ name: "o", observe: () => ({ stop: async () => undefined }), ...change });
  const one = (...observers: unknown[]) => [
    plugin("p", {
      setup: (context: PluginContext) => observers.forEach((each) => void context.observer(each as Observer)),
    }),
  ];
  refused(one(undefined), /"p" registers an observer that is no object/);
  refused(one(observer({ name: "" })), /"p" registers an observer without a name/);
  refused(one(observer({ observe: 1 })), /"p" registers observer "o" without 'observe'/);
  refused(one(observer(), observer()), /"p" registers observer "o", which is there already/);
  assert.deepEqual(
    registerPlugins(one(observer(), observer({ name: "other" }))).observers.map(({ name }) => name),
    ["o", "other"],
  );
});

test("a network has one store, which is checked when it is registered", () => {
  const kind = (name: unknown, open: unknown = () => assert.fail("nothing is opened")) => ({ name, open }) as StoreKind;
  const one = (name: string, ...kinds: unknown[]) =>
    plugin(name, { setup: ({ store }: PluginContext) => kinds.forEach((each) => void store(each as StoreKind)) });
  refused([one("p", null)], /"p" registers a store that is no object/);
  refused([one("p", kind(""))], /"p" registers a store without a name/);
  refused([one("p", kind("tape", 1))], /"p" registers store "tape" without 'open'/);
  refused([one("p", kind("tape")), one("q", kind("stone"))], /"q" registers store "stone" beside "tape"; leave one of them out/);
  assert.equal(registerPlugins([one("p", kind("tape"))]).store?.name, "tape");
  assert.equal(registerPlugins([plugin("p")]).store, undefined);
});
