// A network that is stopped while its log takes nothing, or fails at its end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostSpec, inProcess } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import type { NetworkEvent } from "./ledger/events.ts";
import { memoryStore } from "./ledger/memory_store.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { PluginKey } from "./plugin/key.ts";
import type { EventStore } from "./plugin/store.ts";

const LIMITS = { stopMs: 50 };
const never = () => new Promise<never>(() => undefined);

/** A store in memory with another way to append, or to close. */
function storeWith(change: Partial<EventStore>): EventStore {
  const store = memoryStore(DEFAULT_LIMITS);
  return {
    append: (events) => store.append(events),
    snapshot: () => store.snapshot(),
    read: (after) => store.read(after),
    get seq() {
      return store.seq;
    },
    get flushed() {
      return store.flushed;
    },
    close: async () => undefined,
    ...change,
  };
}

test("a network whose log takes nothing any more ends all the same", async () => {
  const kept = memoryStore(DEFAULT_LIMITS);
  let isStuck = false;
  const append: EventStore["append"] = (events) => (isStuck ? never() : kept.append(events));
  const world = inProcess({ hosts: ["local", "web"], store: storeWith({ append, close: never }), limits: LIMITS });
  await world.start();
  await world.settled();
  isStuck = true;
  void world.manager.apply({ hosts: [], routes: [] });
  assert.equal(world.manager.isStopping, false);
  const stopped = world.manager.stop("test");
  assert.equal(world.manager.isStopping, true);
  await stopped;
  assert.equal(world.host("local").stopped, true);
  assert.deepEqual(
    world.ends.map(({ name }) => name),
    ["web"],
  );
  assert.deepEqual(world.debug.slice(-2), ["The stop of the log takes too long", "The close of the log takes too long"]);
});

test("a rule whose manifest is never applied is watched no longer than the network runs", async () => {
  const kept = memoryStore(DEFAULT_LIMITS);
  const watched = new Set<object>();
  const watch = () => {
    const one = {};
    watched.add(one);
    return () => void watched.delete(one);
  };
  const list = { name: "list", key: "list", routes: () => [{ to: ["*.test"] }], watch };
  let isStuck = false;
  const append: EventStore["append"] = (events) => (isStuck ? never() : kept.append(events));
  const schema: PluginKey["schema"] = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
  const keys = { route: [{ name: "list", description: "For tests.", destinations: true, schema }] };
  const world = inProcess({ hosts: ["local"], rules: [list], keys, store: storeWith({ append, close: never }), limits: LIMITS });
  await world.start();
  const routes = () => [{ to: [], via: "local", rule: "list", keys: { list: 1 } }];
  await world.manager.apply({ hosts: [hostSpec("local", 0)], routes: routes() });
  isStuck = true;
  void world.manager.apply({ hosts: [hostSpec("local", 0)], routes: [...routes(), ...routes()] });
  await waitFor(() => watched.size === 3, { what: "the rules to be watched", everyMs: 1 });
  await world.manager.stop("test");
  assert.equal(watched.size, 0);
});

test("a log that cannot be closed, and an end that throws, are lines for developers", async () => {
  const close = () => assert.fail("no close");
  const world = inProcess({ hosts: ["local"], store: storeWith({ close }), limits: LIMITS });
  world.manager.beforeClose(() => assert.fail("no end"));
  await world.start();
  await world.manager.stop("test");
  assert.deepEqual(world.debug.slice(-2), ["The end of an observer failed: no end", "The close of the log failed: no close"]);
});

test("what a store gives that is no promise is not waited for", async () => {
  const kept = memoryStore(DEFAULT_LIMITS);
  const append = ((events: readonly NetworkEvent[]) => {
    kept.append(events);
    return events.length;
  }) as unknown as EventStore["append"];
  const world = inProcess({ hosts: ["local"], store: storeWith({ append }), limits: LIMITS });
  await world.start();
  await world.manager.stop("test");
  assert.deepEqual(
    world.events.map(({ seq }) => seq),
    world.events.map((_, at) => at + 1),
  );
});
