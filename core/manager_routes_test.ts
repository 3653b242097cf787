// What a manager makes of a manifest's routes and passwords: events without passwords, and hosts that start knowing them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, inProcess } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { mayEnter } from "./entrances.ts";
import type { HostSpec } from "./manifest/types.ts";
import type { Rule } from "./plugin/rule.ts";

const AUTH = { user: "me", password: "hush-hush" };
const proxied =
  (...names: string[]) =>
  (spec: HostSpec): HostSpec =>
    names.includes(spec.name)
      ? {
          ...spec,
          http: { listen: "127.0.0.1:1", outside: "direct", auth: AUTH },
          socks: { listen: "127.0.0.1:2", outside: "direct" },
        }
      : spec;

test(
  "a host with a password starts once it can tell the right one; the log has none, other hosts not even what is kept of it",
  cleanly(async (make) => {
    const world = make({ hosts: ["local", "web", "db"], change: proxied("local", "web") });
    void world.start();
    await world.event("link.starting");
    assert.deepEqual(
      world.events.flatMap((event) => (event.type === "link.starting" ? [event.host] : [])),
      [3],
      "a host without a password waits for nothing",
    );
    await world.settled();
    await waitFor(() => ["local", "web", "db"].every((name) => world.state(name).phase === "ready"), { what: "all", everyMs: 1 });
    for (const [name, id] of [
      ["local", 1],
      ["web", 2],
    ] as const) {
      const order = world.events.flatMap((event) => ("host" in event && event.host === id ? [event.type] : []));
      assert.ok(order.indexOf("access.set") < order.indexOf("link.starting"), order.join(" "));
      const { access, entrances } = world.host(name).context.self();
      assert.ok(access?.http);
      assert.equal(await mayEnter(access.http, "me", "hush-hush"), true);
      assert.equal(access.socks, undefined);
      assert.deepEqual(entrances?.http, { listen: "127.0.0.1:1", outside: "direct", auth: true });
    }
    const { network, self } = world.host("db").context;
    assert.equal(self().access, undefined);
    assert.deepEqual(
      [...network().hosts.values()].map(({ access }) => access),
      [undefined, undefined, undefined],
    );
    assert.deepEqual(
      [...network().hosts.values()].map(({ name, entrances }) => (entrances ? name : "")),
      ["", "", "db"],
    );
    assert.doesNotMatch(JSON.stringify(world.events), /hush/);
  }),
);

test("a network that stops at once starts no host and says nothing after its end", async () => {
  const world = inProcess({ hosts: ["local"], change: proxied("local") });
  void world.start();
  await world.event("host.admitted");
  await world.manager.stop("test");
  assert.deepEqual(
    world.events.map(({ type }) => type).filter((type) => type !== "plugin.loaded"),
    ["network.opened", "host.admitted", "network.stopped"],
  );
});

const names: Rule = {
  name: "names",
  routeKey: {
    name: "names-of",
    description: "For tests.",
    schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  },
  routes: (settings) => [{ to: [`*.${String(settings)}`, "x"] }, { to: ["10.0.0.0/8"], notTo: ["10.1.0.0/16"] }],
};

test(
  "routes stand in the log in the manifest's order, those of rules at their place, and the password of a proxy is at the manager alone",
  cleanly(async (make) => {
    const routes = [
      { to: ["*"], via: "local", upstream: "socks5://me:hush-hush@127.0.0.1:1080" },
      { to: [], notTo: ["a.org"], via: "web", rule: { key: "names-of", settings: "org", written: "org" } },
      { to: ["*:25"], via: undefined },
    ];
    const world = make({ hosts: ["local", "web"], routes, rules: [names] });
    await world.start();
    await world.settled();
    const upstream = "socks5://me@127.0.0.1:1080";
    const planned = [
      { to: ["*"], notTo: [], via: 1, upstream },
      { to: ["*.org", "x"], notTo: ["a.org"], via: 2, rule: "names-of" },
      { to: ["10.0.0.0/8"], notTo: ["10.1.0.0/16", "a.org"], via: 2, rule: "names-of" },
      { to: ["*:25"], notTo: [], via: undefined },
    ];
    assert.deepEqual(world.manager.network.routes, planned);
    assert.deepEqual(world.host("local").context.network().routes, planned);
    const { upstream: _, ...shared } = planned[0] as (typeof planned)[number];
    assert.deepEqual(world.host("web").context.network().routes, [shared, ...planned.slice(1)]);
    assert.equal(world.host("local").context.upstream(0)?.href, "socks5://me:hush-hush@127.0.0.1:1080");
    assert.deepEqual(
      [1, 2, 3, 4, -1].map((route) => world.host("local").context.upstream(route)),
      Array(5).fill(undefined),
    );
    assert.equal(world.host("web").context.upstream(0), undefined);
    assert.doesNotMatch(JSON.stringify(world.events), /hush/);
  }),
);

test("a route that no rule reads, and a rule that fails, are told before anything is started", async () => {
  const rule = { key: "names-of", settings: 1, written: 1 };
  const started = async (routes: Rule["routes"] | undefined) => {
    const rules = routes ? [{ ...names, routes }] : [];
    const world = inProcess({ hosts: ["local"], routes: [{ to: [], via: "local", rule }], rules });
    await assert.rejects(world.start(), { code: routes ? "rule-failed" : "no-rule" });
    assert.deepEqual(world.events, []);
  };
  await started(undefined);
  await started(() => assert.fail("boom"));
});
