// What a manager makes of a manifest's routes and keys: events without secrets, and hosts that start with what they may know.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, hostSpec, inProcess } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import type { NetworkEvent } from "./ledger/events.ts";
import { memoryStore } from "./ledger/memory_store.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { HostSpec } from "./manifest/types.ts";
import type { PluginKey } from "./plugin/key.ts";
import type { Rule } from "./plugin/rule.ts";

const ANYTHING: PluginKey["schema"] = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };

/** A key that takes a moment to be exposed, of which each may know something else. */
const door: PluginKey<string> = {
  name: "door",
  description: "For tests.",
  schema: ANYTHING as PluginKey<string>["schema"],
  expose: async (word) => ({ all: { open: true }, own: { letters: word.length }, secret: word }),
};
/** A key that needs no moment. */
const bell: PluginKey = { name: "bell", description: "For tests.", schema: ANYTHING };
const withDoor =
  (...names: string[]) =>
  (spec: HostSpec): HostSpec =>
    names.includes(spec.name) ? { ...spec, keys: { door: "hush-hush", bell: { tone: "a" } } } : spec;
const keys = { host: [door, bell] };

test(
  "a host starts once its keys are exposed; the log has no secret of them, and other hosts not what is its own",
  cleanly(async (make) => {
    const world = make({ hosts: ["local", "web", "db"], change: withDoor("local", "web"), keys });
    const started = world.start();
    assert.deepEqual(world.events, []);
    await started;
    await world.settled();
    await waitFor(() => ["local", "web", "db"].every((name) => world.state(name).phase === "ready"), { what: "all", everyMs: 1 });
    for (const name of ["local", "web"]) {
      const { context } = world.host(name);
      assert.deepEqual(world.state(name).settings, {
        door: { all: { open: true }, own: { letters: 9 }, secret: 1 },
        bell: { own: { tone: "a" } },
      });
      assert.deepEqual(context.settings("door"), { open: true, letters: 9 });
      assert.deepEqual(context.settings("bell"), { tone: "a" });
    }
    assert.equal(world.host("local").context.secret("host", "door"), "hush-hush");
    for (const key of ["bell", "toString"]) assert.equal(world.host("local").context.secret("host", key), undefined);
    assert.equal(world.host("web").context.secret("host", "door"), undefined, "it is another process");
    const { network, settings } = world.host("db").context;
    assert.deepEqual([settings("door"), settings("bell"), settings("toString")], [undefined, undefined, undefined]);
    const shared = { door: { all: { open: true } } };
    assert.deepEqual(
      [...network().hosts.values()].map((host) => host.settings),
      [shared, shared, {}],
    );
    assert.doesNotMatch(JSON.stringify(world.events), /hush/);
  }),
);

test("a key that cannot be exposed is told before anything is started", async () => {
  const broken = { ...bell, expose: () => assert.fail("boom") };
  const world = inProcess({ hosts: ["local"], change: withDoor("local"), keys: { host: [broken] } });
  await assert.rejects(world.start(), { code: "plugin-invalid", message: "Key 'bell' cannot be exposed: boom" });
  assert.deepEqual(world.events, []);
});

test("a network that stops at once starts no host and says nothing after its end", async () => {
  const world = inProcess({ hosts: ["local"], change: withDoor("local"), keys });
  const started = world.start();
  await world.manager.stop("test");
  await assert.rejects(started, { code: "command-refused", message: "Network is stopped" });
  assert.deepEqual(world.events, []);
});

const rules: PluginKey = { name: "names-of", description: "For tests.", destinations: true, schema: ANYTHING };
const tunnel: PluginKey<string> = {
  name: "tunnel",
  description: "For tests.",
  schemes: ["socks5"],
  schema: ANYTHING as PluginKey<string>["schema"],
  expose: (url) => ({ own: { url: url.replace(/:hush-hush/, "") }, secret: url }),
};
const routeKeys = { route: [rules, tunnel] };
const names: Rule = {
  name: "names",
  key: "names-of",
  routes: (settings) => [{ to: [`*.${String(settings)}`, "x"] }, { to: ["10.0.0.0/8"], notTo: ["10.1.0.0/16"] }],
};

test(
  "routes stand in the log in the manifest's order, those of rules at their place, and the password of a proxy is at the manager alone",
  cleanly(async (make) => {
    const routes = [
      { to: ["*"], via: "local", through: "tunnel", keys: { tunnel: "socks5://me:hush-hush@127.0.0.1:1080" } },
      { to: [], notTo: ["a.org"], via: "web", rule: "names-of", keys: { "names-of": "org" } },
      { to: ["*:25"], via: undefined },
    ];
    const world = make({ hosts: ["local", "web"], routes, rules: [names], keys: routeKeys });
    await world.start();
    await world.settled();
    const own = { url: "socks5://me@127.0.0.1:1080" };
    const settings = { tunnel: { own, secret: 1 } };
    const planned = [
      { to: ["*"], notTo: [], via: 1, through: "tunnel", settings },
      { to: ["*.org", "x"], notTo: ["a.org"], via: 2, rule: "names-of" },
      { to: ["10.0.0.0/8"], notTo: ["10.1.0.0/16", "a.org"], via: 2, rule: "names-of" },
      { to: ["*:25"], notTo: [], via: undefined },
    ];
    assert.deepEqual(world.manager.network.routes, planned);
    assert.deepEqual(world.host("local").context.network().routes, planned);
    const shared = { to: ["*"], notTo: [], via: 1 };
    assert.deepEqual(world.host("web").context.network().routes, [shared, ...planned.slice(1)]);
    assert.equal(world.host("local").context.secret("route", "tunnel", 0), "socks5://me:hush-hush@127.0.0.1:1080");
    assert.deepEqual(
      [1, 2, 3, 4, -1].map((route) => world.host("local").context.secret("route", "tunnel", route)),
      Array(5).fill(undefined),
    );
    assert.equal(world.host("web").context.secret("route", "tunnel", 0), undefined);
    assert.doesNotMatch(JSON.stringify(world.events), /hush/);
  }),
);

test("a route that no rule reads, and a rule that fails, are told before anything is started", async () => {
  const started = async (routes: Rule["routes"] | undefined) => {
    const asked = routes ? [{ ...names, routes }] : [];
    const world = inProcess({
      hosts: ["local"],
      routes: [{ to: [], via: "local", rule: "names-of", keys: { "names-of": 1 } }],
      rules: asked,
      keys: routeKeys,
    });
    await assert.rejects(world.start(), { code: routes ? "rule-failed" : "no-rule" });
    assert.deepEqual(world.events, []);
  };
  await started(undefined);
  await started(() => assert.fail("boom"));
});

test(
  "routes follow a rule whose data change, and stay as they are when it fails then",
  cleanly(async (make) => {
    let list: string[] | undefined = ["*.one.test"];
    let tell: () => void = () => undefined;
    let ended = 0;
    const rule: Rule = {
      name: "list",
      key: "list",
      routes: () => (list ? [{ to: list }] : assert.fail("the list is gone")),
      watch: (_settings, _context, changed) => {
        tell = changed;
        return () => void ended++;
      },
    };
    const world = make({
      hosts: ["local", "web"],
      rules: [rule],
      keys: { route: [{ name: "list", description: "For tests.", destinations: true, schema: ANYTHING }] },
      routes: [{ to: [], via: "web", rule: "list", keys: { list: 1 } }],
    });
    await world.start();
    const routes = () => world.manager.network.routes.map(({ to }) => to);
    assert.deepEqual(routes(), [["*.one.test"]]);
    list = ["*.two.test"];
    tell();
    tell();
    await waitFor(() => routes()[0]?.[0] === "*.two.test", { what: "the new routes", everyMs: 1 });
    list = undefined;
    tell();
    await waitFor(() => world.debug.some((line) => line.includes("the list is gone")), { what: "the failure", everyMs: 1 });
    assert.deepEqual(routes(), [["*.two.test"]]);
    assert.equal(world.events.filter(({ type }) => type === "routes.set").length, 2);
    await world.manager.stop("end of test");
    assert.equal(ended, 1);
  }),
);

/** A rule whose data change when `tell` is called. */
function toldRule() {
  const rule: { tell: () => void; watches: number } = { tell: () => undefined, watches: 0 };
  const list: Rule = {
    name: "list",
    key: "list",
    routes: (settings) => [{ to: [String(settings)] }],
    watch: (_settings, _context, changed) => {
      rule.tell = changed;
      rule.watches += 1;
      return () => void rule.watches--;
    },
  };
  const keys = { route: [{ name: "list", description: "For tests.", destinations: true as const, schema: ANYTHING }] };
  const routesTo = (to: string) => [{ to: [], via: "local", rule: "list", keys: { list: to } }];
  return { rule, keys, rules: [list], routesTo };
}

test(
  "data of a rule that change while another manifest is applied do not bring back the one before",
  cleanly(async (make) => {
    const { rule, keys, rules, routesTo } = toldRule();
    const world = make({ hosts: ["local"], rules, keys, routes: routesTo("*.one.test") });
    await world.start();
    const hosts = [hostSpec("local", 0)];
    const applied = world.manager.apply({ hosts, routes: routesTo("*.two.test") });
    rule.tell();
    await applied;
    await world.manager.apply({ hosts: [...hosts, hostSpec("web", 1)], routes: routesTo("*.two.test") });
    const sets = world.events.flatMap((event) => (event.type === "routes.set" ? [event.routes[0]?.to[0]] : []));
    assert.deepEqual(sets, ["*.one.test", "*.two.test"]);
  }),
);

test(
  "a network that stops while a manifest is applied watches no rule any more",
  cleanly(async (make) => {
    const { rule, keys, rules, routesTo } = toldRule();
    const store = memoryStore(DEFAULT_LIMITS);
    const slow = Promise.withResolvers<void>();
    let calls = 0;
    const later = {
      append: async (events: readonly NetworkEvent[]) => {
        calls += 1;
        await slow.promise;
        return store.append(events);
      },
      snapshot: () => store.snapshot(),
      read: (after: number) => store.read(after),
      get seq() {
        return store.seq;
      },
      get flushed() {
        return store.seq;
      },
      close: async () => undefined,
    };
    const world = make({ hosts: ["local"], rules, keys, routes: routesTo("*.one.test"), store: later });
    const started = world.start();
    await waitFor(() => calls === 1, { what: "the first event", everyMs: 1 });
    const stopped = world.manager.stop("in between");
    slow.resolve();
    await Promise.allSettled([started, stopped]);
    assert.equal(rule.watches, 0);
    assert.equal(world.events.at(-1)?.type, "network.stopped");
  }),
);

test(
  "a store that refuses the first event may take it the next time",
  cleanly(async (make) => {
    const store = memoryStore(DEFAULT_LIMITS);
    const { append } = store;
    let isFull = true;
    store.append = (events) => (isFull ? assert.fail("the disk is full") : append.call(store, events));
    const world = make({ hosts: ["local"], store });
    await assert.rejects(world.start(), { message: "the disk is full" });
    assert.deepEqual(world.events, []);
    isFull = false;
    await world.start();
    await world.settled();
    assert.equal(world.state("local").phase, "ready");
  }),
);
