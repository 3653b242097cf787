// Rules whose data change while a manifest is applied, and rules whose watch misbehaves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, hostSpec } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import type { PluginKey } from "./plugin/key.ts";
import type { Rule } from "./plugin/rule.ts";
import { planRoutes } from "./routes/plan.ts";

const ANYTHING: PluginKey["schema"] = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
const listKey: PluginKey = { name: "list", description: "For tests.", destinations: true, schema: ANYTHING };
const ROUTES = [{ to: [], via: "local", rule: "list", keys: { list: 1 } }];

/** A rule whose watch is the test's. */
const listOf = (routes: Rule["routes"], watch: unknown): Rule => ({ name: "list", key: "list", routes, watch: watch as never });

test(
  "what a rule's data become between its answer and its use is not missed, and a manifest that is refused is watched no longer",
  cleanly(async (make) => {
    let list = "*.one.test";
    const heard = new Set<() => void>();
    const rule = listOf(
      () => [{ to: [list] }],
      (_settings: unknown, _context: unknown, changed: () => void) => {
        heard.add(changed);
        return () => heard.delete(changed);
      },
    );
    const slow = Promise.withResolvers<{ own: string }>();
    const door: PluginKey = { name: "door", description: "For tests.", schema: ANYTHING, expose: () => slow.promise };
    const keys = { host: [door], route: [listKey] };
    const world = make({
      hosts: ["local"],
      rules: [rule],
      keys,
      change: (spec) => ({ ...spec, keys: { door: 1 } }),
      routes: ROUTES,
    });
    const started = world.start();
    await waitFor(() => world.manager.network.routes.length === 1, { what: "the routes", everyMs: 1 });
    list = "*.two.test";
    for (const changed of heard) changed();
    slow.resolve({ own: "" });
    await started;
    await waitFor(() => world.manager.network.routes[0]?.to[0] === list, { what: "the new routes", everyMs: 1 });
    const twice = { hosts: [hostSpec("local", 0), hostSpec("local", 1)], routes: [...ROUTES] };
    await assert.rejects(world.manager.apply(twice), { code: "command-refused" });
    assert.equal(heard.size, 1);
  }),
);

test(
  "data that change after a manifest was read and before it is applied are not missed",
  cleanly(async (make) => {
    let list = "*.one.test";
    const rule = listOf(
      () => [{ to: [list] }],
      () => () => undefined,
    );
    const world = make({ hosts: ["local"], rules: [rule], keys: { route: [listKey] } });
    const routes = [...ROUTES].map((route) => ({ ...route }));
    planRoutes(routes, [rule]);
    list = "*.two.test";
    await world.manager.apply({ hosts: [hostSpec("local", 0)], routes });
    assert.deepEqual(world.manager.network.routes[0]?.to, [list]);
  }),
);

test(
  "a watch that fails, or ends with an error, keeps no manifest from being applied and no network from ending",
  cleanly(async (make) => {
    for (const [watch, said] of [
      [() => assert.fail("no watch"), 'Routes stay as they are: Rule "list" fails: no watch'],
      [async () => undefined, /Rule "list" gives a promise when it is watched/],
      [() => () => assert.fail("no end"), 'Routes stay as they are: Rule "list" fails: no end'],
      [() => async () => assert.fail("late"), 'Routes stay as they are: Rule "list" fails: late'],
      [() => undefined, undefined],
    ] as const) {
      const rule = listOf(() => [{ to: ["*.test"] }], watch);
      const world = make({ hosts: ["local"], rules: [rule], keys: { route: [listKey] }, routes: ROUTES });
      await world.start();
      await world.manager.apply({ hosts: [hostSpec("local", 0)], routes: [] });
      await world.manager.stop("end of test");
      const lines = world.debug.filter((line) => line.startsWith("Routes stay")).join("\n");
      if (said === undefined) assert.equal(lines, "");
      else if (typeof said === "string") assert.equal(lines, said);
      else assert.match(lines, said);
      assert.equal(world.events.at(-1)?.type, "network.stopped");
    }
  }),
);
