// Keys that take time to be exposed: which hosts wait for them, what a failure leaves, and what never comes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { plainHost } from "../conformance/host_spec.ts";
import { cleanly, hostSpec } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { memoryStore } from "./ledger/memory_store.ts";
import { EMPTY_NETWORK } from "./ledger/network.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { HostSpec } from "./manifest/types.ts";
import type { Exposed, PluginKey } from "./plugin/key.ts";
import { PLUGIN_API, type PluginContext } from "./plugin/plugin.ts";
import { registerPlugins } from "./plugin/registry.ts";
import { Vault } from "./vault.ts";
import { stepsTo } from "./wanted.ts";

const ANYTHING: PluginKey["schema"] = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };

/** A key that needs no time. */
const bell: PluginKey = { name: "bell", description: "For tests.", schema: ANYTHING };

/** A key that is exposed when the test says so, by the value that stands there. */
function slowKey() {
  const waiting = new Map<unknown, PromiseWithResolvers<Exposed>>();
  const key: PluginKey = {
    name: "door",
    description: "For tests.",
    schema: ANYTHING,
    expose(value) {
      const later = Promise.withResolvers<Exposed>();
      waiting.set(value, later);
      return later.promise;
    },
  };
  const expose = (value: string) => waiting.get(value)?.resolve({ own: value, secret: `secret of ${value}` });
  const fail = (value: string) => waiting.get(value)?.reject(new Error("boom"));
  return { key, waiting, expose, fail };
}

const withDoor =
  (...names: string[]) =>
  (spec: HostSpec): HostSpec =>
    names.includes(spec.name) ? { ...spec, keys: { door: spec.name, bell: "ding" } } : spec;

test(
  "at the start no host waits for the keys of another one, and none is started before its own are exposed",
  cleanly(async (make) => {
    const { key, expose } = slowKey();
    const routes = [{ to: ["*.test"], via: "web" }];
    const world = make({ hosts: ["local", "web", "db"], change: withDoor("local", "web"), keys: { host: [key, bell] }, routes });
    const ready = (name: string) => waitFor(() => world.state(name)?.phase === "ready", { what: name, everyMs: 1 });
    const started = world.start();
    await ready("db");
    assert.deepEqual(
      world.events.flatMap((event) => (event.type === "link.starting" ? [event.host] : [])),
      [3],
      "a host whose keys are there waits for nothing",
    );
    const { hosts, routes: known } = world.host("db").context.network();
    assert.deepEqual([hosts.size, known[0]?.via], [3, 2], "what is led through a host that waits does not go elsewhere");
    expose("web");
    await ready("web");
    assert.equal(world.state("local").phase, "admitted");
    assert.deepEqual(world.state("local").settings, { bell: { own: "ding" } });
    expose("local");
    assert.deepEqual(
      await started,
      world.events.filter(({ by, seq }) => by === "user" && seq > 1),
    );
    await ready("local");
    assert.equal(world.host("local").context.secret("host", "door"), "secret of local");
    for (const [id, name] of [
      [1, "local"],
      [2, "web"],
    ] as const) {
      const order = world.events.flatMap((event) => ("host" in event && event.host === id ? [event.type] : []));
      assert.deepEqual(order.slice(0, 3), ["host.admitted", "host.changed", "link.starting"]);
      assert.deepEqual(world.state(name).settings, { door: { own: name, secret: 1 }, bell: { own: "ding" } });
    }
  }),
);

test(
  "a host that the log has is not changed by waiting for its keys",
  cleanly(async (make) => {
    const store = memoryStore(DEFAULT_LIMITS);
    const { key, waiting, expose } = slowKey();
    const begun = async () => {
      const world = make({ hosts: ["local", "db"], change: withDoor("local"), keys: { host: [key, bell] }, store });
      const started = world.start();
      await waitFor(() => world.state("db")?.phase === "ready", { what: "db", everyMs: 1 });
      assert.equal(world.state("local").phase, "admitted");
      expose("local");
      await started;
      await waitFor(() => world.state("local").phase === "ready", { what: "local", everyMs: 1 });
      await world.manager.stop("again");
      waiting.clear();
      return world.events.filter(({ type }) => type === "host.changed").length;
    };
    assert.deepEqual([await begun(), await begun()], [1, 0]);
  }),
);

/** What is known of a network that is empty. */
const known = (exposeMs: number) => ({
  vault: new Vault(),
  network: () => EMPTY_NETWORK,
  hostCode: undefined,
  begins: false,
  signal: new AbortController().signal,
  exposeMs,
});

test(
  "a running network changes as a whole once all keys are exposed, or not at all",
  cleanly(async (make) => {
    const { key, waiting, expose, fail } = slowKey();
    const world = make({ hosts: ["local"], keys: { host: [key, bell] } });
    await world.start();
    await world.settled();
    const before = world.manager.ledger.seq;
    const hosts = ["local", "web", "db"].map(hostSpec);
    const apply = () => world.manager.apply({ hosts: hosts.map(withDoor("web")), routes: [] });
    const asked = () => waitFor(() => waiting.has("web"), { what: "the key to be asked", everyMs: 1 });
    const failing = apply();
    await asked();
    await new Promise(setImmediate);
    assert.equal(world.manager.ledger.seq, before);
    fail("web");
    await assert.rejects(failing, { code: "plugin-invalid", message: "Key 'door' cannot be exposed: boom" });
    assert.equal(world.manager.ledger.seq, before);
    waiting.clear();
    const applied = apply();
    await asked();
    expose("web");
    assert.deepEqual(
      (await applied).map(({ type }) => type),
      ["host.admitted", "host.admitted"],
    );
  }),
);

test(
  "a stop waits for no key, and a key that fails is told once",
  cleanly(async (make) => {
    const { key, waiting } = slowKey();
    const world = make({ hosts: ["local", "db"], change: withDoor("local"), keys: { host: [key, bell] } });
    const started = world.start();
    await waitFor(() => waiting.size > 0 && world.state("db")?.phase === "ready", { what: "db", everyMs: 1 });
    const refused = assert.rejects(started, { code: "command-refused", message: "Network is stopped" });
    await world.manager.stop("in between");
    await refused;
    assert.equal(world.events.at(-1)?.type, "network.stopped");

    // A failure that comes after the apply has failed is ignored.
    const late = {
      ...key,
      expose: ({ length }: string) => (length > 2 ? Promise.reject(new Error("late")) : assert.fail("boom")),
    };
    const broken = make({ hosts: ["local", "db"], change: withDoor("local", "db"), keys: { host: [late as PluginKey] } });
    await assert.rejects(broken.start(), { message: "Key 'door' cannot be exposed: boom" });
    await new Promise(setImmediate);
    assert.deepEqual(broken.events, []);
  }),
);

test(
  "a stop between two steps of a start waits for no key either",
  cleanly(async (make) => {
    const { key } = slowKey();
    const world = make({ hosts: ["local", "db"], change: withDoor("local"), keys: { host: [key, bell] } });
    const off = world.manager.subscribe((events) => {
      if (events.some(({ type }) => type === "host.admitted")) void world.manager.stop("in between");
    });
    const began = performance.now();
    await assert.rejects(world.start(), { code: "command-refused", message: "Network is stopped" });
    assert.ok(performance.now() - began < 20_000, "it waited for the key");
    off();
  }),
);

test("a host's key that fails is told while keys of routes are missing", async () => {
  const never = { ...bell, name: "never", expose: () => new Promise<never>(() => undefined) };
  const failing = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    return assert.fail("boom");
  };
  const door = { ...bell, name: "door", expose: failing };
  const setup = (context: PluginContext) => {
    context.hostKey(door);
    context.routeKey(never);
    context.transport({ name: "any", claims: () => true, describe: () => "", open: () => assert.fail() });
  };
  const registry = registerPlugins([{ name: "door", api: PLUGIN_API, setup }]);
  const hosts = [plainHost("a", "127.0.42.1", { keys: { door: 1 } })];
  const routes = [{ to: ["*.test"], notTo: [], via: "a", keys: { never: 1 } }];
  await assert.rejects(stepsTo({ hosts, routes }, registry, known(20_000)).next(), {
    message: "Key 'door' cannot be exposed: boom",
  });
});

test("a key that is never exposed is an error that names its host", async () => {
  const { key, expose } = slowKey();
  const setup = (context: PluginContext) => {
    context.hostKey(key);
    context.transport({ name: "any", claims: () => true, describe: () => "", open: () => assert.fail() });
  };
  const registry = registerPlugins([{ name: "door", api: PLUGIN_API, setup }]);
  const hosts = ["a", "b"].map((name, at) => plainHost(name, `127.0.42.${at + 1}`, { keys: { door: name } }));
  const steps = stepsTo({ hosts, routes: [] }, registry, known(20));
  const next = steps.next();
  expose("a");
  await assert.rejects(next, {
    code: "plugin-invalid",
    message: 'Keys of host "b" cannot be exposed: they have not settled in 0.02 s',
  });
});
