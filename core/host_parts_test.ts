// The host parts of one host: which of them it needs, streams that wait for them, what a part that fails disturbs, and the
// end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stamped } from "../conformance/ledger.ts";
import { HostParts } from "./host_parts.ts";
import type { Fact, HostFact, LoadedPlugin } from "./ledger/events.ts";
import { fold, type HostState } from "./ledger/network.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { Stream } from "./mux/stream.ts";
import { type HostPart, type HostPartContext, PLUGIN_API } from "./plugin/plugin.ts";

const part = (name: string, setup: (context: HostPartContext) => void): HostPart => ({ name, api: PLUGIN_API, setup });

/** Parts on a host without a network; the log has their plugins in this order. */
function world(known: Readonly<Record<string, () => Promise<unknown>>>, partMs = DEFAULT_LIMITS.partMs) {
  const [debug, facts]: [string[], HostFact[]] = [[], []];
  const host = new HostParts({
    load: async ({ name, code }) => known[code ? `${name} ${code.hash}` : name]?.(),
    context: {
      self: () => assert.fail(),
      network: () => assert.fail(),
      dial: () => assert.fail(),
      settings: () => undefined,
      secret: () => undefined,
      publish: () => undefined,
      limits: { ...DEFAULT_LIMITS, partMs },
    },
    report: (fact) => void facts.push(fact),
    debug: (line) => void debug.push(line),
    stopMs: 100,
  });
  const everywhere = Object.keys(known).map((name, order): LoadedPlugin => ({ name, order, hostKeys: [] }));
  const follow = (plugins: readonly LoadedPlugin[] = everywhere, settings: object = {}) => {
    const log = plugins.map((plugin): Fact => ({ type: "plugin.loaded", plugin }));
    return host.reconcile(fold(stamped(log)), { settings } as unknown as HostState);
  };
  return { host, debug, facts, follow };
}

/** An egress for published ports that notes what it did. */
const egress = (name: string, did: string[]) =>
  part(name, (context) =>
    context.egress(() => ({
      name,
      claims: ({ kind }) => kind === "published",
      open: ({ identity }) => void did.push(`${name} ${identity.target.port}`),
      stop: async () => void did.push(`${name} stopped`),
    })),
  );

/** A front-end that serves one address. */
const frontEnd = (name: string, did: string[]) =>
  part(name, (context) =>
    context.frontEnd((host) => ({
      name,
      async reconcile() {
        did.push(`${name} reconciles`);
        host.report({ type: "frontend.listening", frontend: name, address: "a:1", serves: name });
      },
      stop: async () => void did.push(`${name} stopped`),
    })),
  );

function stream(port: number, did: string[]): Stream {
  const reset = (code: string) => void did.push(`reset ${code}`);
  return { identity: { target: { kind: "published", port } }, closed: false, reset } as unknown as Stream;
}

/** A part that the test gives. */
function later() {
  let give: (part: HostPart) => void = () => undefined;
  const part = new Promise<HostPart>((resolve) => {
    give = resolve;
  });
  return { load: () => part, give: (made: HostPart) => give(made) };
}

test("a stream that comes before the parts waits for them, and the first in order that claims it has it", async () => {
  const did: string[] = [];
  const slow = later();
  const { host, follow } = world({ slow: slow.load, fast: async () => egress("fast", did) });
  const ready = follow();
  host.serve(stream(1, did));
  host.serve({ ...stream(2, did), closed: true } as Stream);
  await new Promise(setImmediate);
  assert.equal(did.length, 0);
  slow.give(egress("slow", did));
  await ready;
  host.serve(stream(3, did));
  await host.stop(() => undefined);
  assert.deepEqual(did, ["slow 1", "slow 3", "slow stopped", "fast stopped"]);
});

test("a part that is loading holds up no stream that an earlier one claims", async () => {
  const did: string[] = [];
  const slow = later();
  const { host, follow } = world({ fast: async () => egress("fast", did), slow: slow.load });
  const ready = follow();
  await new Promise(setImmediate);
  host.serve(stream(1, did));
  assert.deepEqual(did, ["fast 1"]);
  slow.give(egress("slow", did));
  await ready;
  await host.stop(() => undefined);
});

test("a part runs while the host has settings at one of its plugin's keys, and what it served is left when it ends", async () => {
  const did: string[] = [];
  const { host, facts, follow } = world({ proxy: async () => frontEnd("proxy", did), other: async () => egress("other", did) });
  const keyed: LoadedPlugin[] = [
    { name: "proxy", order: 0, hostKeys: ["a", "b"] },
    { name: "other", order: 1 },
  ];
  await follow(keyed);
  await follow(keyed, { c: {} });
  assert.equal(did.length, 0);
  await follow(keyed, { b: {} });
  await follow(keyed, { a: {}, b: {} });
  await follow(keyed);
  await follow(keyed, { a: {} });
  // It holds its address whatever its settings are, so it is ended.
  assert.deepEqual(did, ["proxy reconciles", "proxy reconciles", "proxy reconciles", "proxy stopped", "proxy reconciles"]);
  assert.deepEqual(
    facts.map(({ type }) => type),
    ["frontend.listening", "frontend.listening", "frontend.listening", "frontend.closed", "frontend.listening"],
  );
  host.serve(stream(1, did));
  assert.equal(did.at(-1), "reset not-published");
  await host.stop(() => undefined);
});

test("a part that cannot rest is ended when its keys are gone, and made anew when they are back", async () => {
  const keyed: LoadedPlugin[] = [{ name: "p", order: 0, hostKeys: ["a"] }];
  const did: string[] = [];
  const stuck = part("p", (context) =>
    context.frontEnd(() => ({
      name: "door",
      reconcile() {
        did.push("reconciles");
        return did.length > 1 ? Promise.resolve() : new Promise(() => undefined);
      },
      stop: async () => void did.push("stopped"),
    })),
  );
  for (const [made, told] of [
    [stuck, ["reconciles", "stopped", "reconciles"]],
    // Nobody would tell an egress that its settings are gone.
    [egress("p", did), ["p stopped"]],
  ] as const) {
    did.splice(0);
    const { host, follow } = world({ p: async () => made }, 20);
    for (const settings of [{ a: {} }, {}, { a: {} }]) await follow(keyed, settings);
    assert.deepEqual(did, told);
    await host.stop(() => undefined);
  }
});

/** A front-end that holds an address while `wanted` says so, and cannot give it back while `stuck` does. */
function obedient(did: string[]) {
  const now = { wanted: true, stuck: false };
  const made = part("proxy", (context) => {
    egress("proxy", did).setup(context);
    context.frontEnd((host) => ({
      name: "door",
      async reconcile() {
        did.push("reconciles");
        const common = { frontend: "door", address: "a:1" } as const;
        if (now.wanted) host.report({ type: "frontend.listening", ...common, serves: "it" });
        else if (now.stuck) host.report({ type: "frontend.failed", ...common, code: "internal", message: "it stays" });
        else host.report({ type: "frontend.closed", ...common });
      },
      stop: async () => void did.push("stopped"),
    }));
  });
  return { now, load: async () => made };
}

test("a part that gives back what it holds when its keys are gone goes on with what goes through it, until its plugin or the host goes", async () => {
  const keyed: LoadedPlugin[] = [{ name: "proxy", order: 0, hostKeys: ["a"] }];
  for (const stuck of [false, true]) {
    const did: string[] = [];
    const { now, load } = obedient(did);
    const { host, follow } = world({ proxy: load });
    await follow(keyed, { a: {} });
    Object.assign(now, { wanted: false, stuck });
    await follow(keyed);
    await follow(keyed);
    host.serve(stream(1, did));
    now.wanted = true;
    await follow(keyed, { a: {} });
    host.serve(stream(2, did));
    assert.deepEqual(did.splice(0), ["reconciles", "reconciles", "reset not-published", "reconciles", "proxy 2"]);
    now.wanted = false;
    await follow(keyed);
    if (stuck) await host.stop(() => undefined);
    else await follow([]);
    assert.deepEqual(did, ["reconciles", "stopped", "proxy stopped"]);
    if (!stuck) await host.stop(() => undefined);
    assert.equal(did.length, 3);
  }
});

test("other code under the same name is another part, made when the one before it has ended", async () => {
  const did: string[] = [];
  const part = async () => frontEnd("proxy", did);
  const { host, follow } = world({ "proxy a1": part, "proxy b2": part });
  const withHash = (hash: string): LoadedPlugin[] => [{ name: "proxy", order: 0, hostKeys: [], code: { hash, bytes: 1 } }];
  await follow(withHash("a1"));
  await follow(withHash("b2"));
  assert.deepEqual(did, ["proxy reconciles", "proxy stopped", "proxy reconciles"]);
  await host.stop(() => undefined);
});

test("a part that cannot be loaded, or that throws, is a fact with its name, and leaves the others alone", async () => {
  const did: string[] = [];
  const { host, facts, follow } = world({
    gone: () => Promise.reject(new Error("not there")),
    old: async () => ({ ...egress("old", did), api: 1 }),
    thrower: async () => part("thrower", (context) => context.frontEnd(() => assert.fail("boom"))),
    hasty: async () =>
      part("hasty", (context) =>
        context.frontEnd(() => ({
          name: "hasty",
          reconcile: () => Promise.reject(new Error("again")),
          stop: () => assert.fail("no end"),
        })),
      ),
    hostile: async () =>
      part("hostile", (context) =>
        context.egress(() => ({
          name: "hostile",
          claims: ({ port }) => (port === 7 ? assert.fail("bang") : port === 8),
          open: () => assert.fail("shut"),
          stop: async () => undefined,
        })),
      ),
    good: async () => egress("good", did),
  });
  await follow();
  await follow();
  for (const port of [1, 7, 7, 8]) host.serve(stream(port, did));
  await host.stop(() => undefined);
  assert.deepEqual(did, ["good 1", "good 7", "good 7", "reset internal", "good stopped"]);
  assert.deepEqual(
    facts.map((fact) => fact.type === "plugin.failed" && [fact.plugin, fact.code, fact.message]),
    [
      ["gone", "plugin-invalid", 'Plugin "gone" fails: not there'],
      ["old", "plugin-invalid", 'Host part of plugin "old" was written for contract 1; 2 was wanted'],
      ["thrower", "plugin-invalid", 'Plugin "thrower" fails: boom'],
      ["hasty", "plugin-invalid", 'Plugin "hasty" fails: again'],
      ["hostile", "plugin-invalid", 'Plugin "hostile" fails: bang'],
      ["hostile", "plugin-invalid", 'Plugin "hostile" fails: shut'],
      ["hasty", "plugin-invalid", 'Plugin "hasty" fails: no end'],
    ],
  );
});

test("a part that is loaded after the end is not made", async () => {
  const slow = later();
  const { host, follow } = world({ slow: slow.load });
  void follow();
  const stopped = host.stop(() => undefined);
  slow.give(part("slow", () => assert.fail("it was set up")));
  await stopped;
});

test("a part that is never loaded, or never settles, is a fact, and the host goes on without waiting for it", async () => {
  const did: string[] = [];
  const never = () => new Promise<never>(() => undefined);
  const stuck = part("stuck", (context) =>
    context.frontEnd(() => ({ name: "door", reconcile: never, stop: async () => void did.push("stuck stopped") })),
  );
  const { host, facts, follow } = world({ never, stuck: async () => stuck, good: async () => egress("good", did) }, 20);
  const ready = follow();
  host.serve(stream(1, did));
  await ready;
  host.serve(stream(2, did));
  await follow();
  await host.stop(() => undefined);
  assert.deepEqual(did, ["good 1", "good 2", "good stopped", "stuck stopped"]);
  assert.deepEqual(facts.map((fact) => fact.type === "plugin.failed" && [fact.plugin, fact.code, fact.message]).sort(), [
    ["never", "plugin-invalid", 'Host part of plugin "never" was not loaded within 0.02 s; the host goes on without it'],
    [
      "stuck",
      "plugin-invalid",
      'Front-end "door" of plugin "stuck" did not settle within 0.02 s; the host goes on without waiting for it',
    ],
  ]);
});

test("a part that comes late is taken as it comes", async () => {
  const did: string[] = [];
  const slow = later();
  const { host, follow } = world({ slow: slow.load }, 20);
  await follow();
  host.serve(stream(1, did));
  slow.give(
    part("slow", (context) => {
      egress("slow", did).setup(context);
      frontEnd("door", did).setup(context);
    }),
  );
  await new Promise(setImmediate);
  host.serve(stream(2, did));
  await host.stop(() => undefined);
  assert.deepEqual(did, ["reset not-published", "door reconciles", "slow 2", "door stopped", "slow stopped"]);
});

test("a stream that waits for a part that leaves before it is loaded goes to the others", async () => {
  const did: string[] = [];
  const slow = later();
  const { host, follow } = world({ slow: slow.load, good: async () => egress("good", did) });
  void follow();
  host.serve(stream(1, did));
  await follow([{ name: "good", order: 1, hostKeys: [] }]);
  assert.deepEqual(did, ["good 1"]);
  await host.stop(() => undefined);
});
