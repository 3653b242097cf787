// Hosts that start on demand while their manifest changes, and while starters or the log are slow.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, hostSpec } from "../../conformance/in_process.ts";
import { Recorder } from "../../conformance/mux_pair.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { NoRouterError } from "../errors.ts";
import { memoryStore } from "../ledger/memory_store.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { HostSpec } from "../manifest/types.ts";
import type { PluginKey } from "../plugin/key.ts";
import { PLUGIN_API, type Plugin } from "../plugin/plugin.ts";
import type { Starter, StarterRequest } from "../plugin/starter.ts";
import type { EventStore } from "../plugin/store.ts";

const KEY: PluginKey<{ idleMs?: number }> = {
  name: "on-demand",
  description: "When the host runs.",
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as object }) } },
  demand: ({ idleMs }) => ({ idleMs, timeoutMs: 5000 }),
  expose: () => ({ all: {} }),
};

const LIMITS = { retryMs: 4, retryCapMs: 16, retryStuckMs: 40, retryStuckCapMs: 50, retryLeastMs: 1 } as const;

const starting = (change: Partial<Starter>): Plugin => ({
  name: "box",
  api: PLUGIN_API,
  setup: (context) =>
    context.starter({
      name: "box",
      claims: ({ cmd }, demand) => cmd?.[1] === "web" && demand !== undefined,
      start: async () => "started",
      stop: async () => undefined,
      ...change,
    }),
});

const lazily = (spec: HostSpec): HostSpec => ({ ...spec, keys: { ...spec.keys, "on-demand": {} } });
const onlyWeb = (spec: HostSpec) => (spec.name === "web" ? lazily(spec) : spec);
const options = { hosts: ["local", "web"], limits: LIMITS, keys: { host: [KEY as PluginKey] }, change: onlyWeb };

test(
  "a host that is to start with the network while it is being stopped is started again",
  cleanly(async (make) => {
    const stopping = Promise.withResolvers<void>();
    let isStopping = false;
    const stop = async () => {
      isStopping = true;
      await stopping.promise;
    };
    const { manager, state, start } = make({ ...options, plugins: [starting({ stop })] });
    await start();
    await manager.demand.start(state("web").id, "user");
    await waitFor(() => state("web").phase === "ready", { what: "web", everyMs: 1 });
    await manager.demand.stop(state("web").id, "user");
    await waitFor(() => isStopping, { what: "the stop", everyMs: 1 });
    await manager.apply({ hosts: ["local", "web"].map(hostSpec), routes: [] });
    stopping.resolve();
    await waitFor(() => state("web").phase === "ready", { what: "web again", everyMs: 1 });
    assert.equal(state("web").session, 2);
  }),
);

test(
  "a start that is not given up at once is over before the next one begins",
  cleanly(async (make) => {
    const calls: string[] = [];
    const first = Promise.withResolvers<void>();
    let busy = 0;
    let starts = 0;
    const start = async () => {
      busy += 1;
      starts += 1;
      calls.push(`start ${busy}`);
      if (starts === 1) await first.promise;
      busy -= 1;
      return "started" as const;
    };
    const stop = async () => void calls.push(`stop ${busy}`);
    const world = make({ ...options, limits: { ...LIMITS, stopMs: 50 }, plugins: [starting({ start, stop })] });
    await world.start();
    const { manager, state } = world;
    await manager.demand.start(state("web").id, "user");
    await waitFor(() => calls.length === 1, { what: "the first start", everyMs: 1 });
    await manager.demand.stop(state("web").id, "user");
    await manager.demand.start(state("web").id, "user");
    // The link is given up in the meantime.
    await world.event("link.closed");
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(calls, ["start 1"]);
    first.resolve();
    await waitFor(() => state("web").phase === "ready", { what: "web", everyMs: 1 });
    assert.deepEqual(calls, ["start 1", "stop 0", "start 1"]);
  }),
);

test(
  "a failing host that is to start on demand from now on has what it runs in started",
  cleanly(async (make) => {
    let isRunning = false;
    const start = async () => {
      isRunning = true;
      return "started" as const;
    };
    const first = Promise.withResolvers<never>();
    const open = () => (isRunning ? Promise.reject(new NoRouterError("settings-refused")) : first.promise);
    const world = make({ ...options, change: (spec) => spec, plugins: [starting({ start })], transport: { open } });
    await world.start();
    await waitFor(() => world.hosts.has("local") && world.state("web").phase === "starting", { what: "web", everyMs: 1 });
    const { manager, state } = world;
    await manager.apply({ hosts: [hostSpec("local", 0), lazily(hostSpec("web", 1))], routes: [] });
    const isAnswered = () => world.host("local").context.network().hosts.get(state("web").id)?.lazy !== undefined;
    await waitFor(isAnswered, { what: "the local host to know", everyMs: 1 });
    const got = new Recorder();
    world.host("local").context.dial(state("web"), { kind: "published", port: 80 }).attach(got);
    await waitFor(() => manager.router.gates.of(state("web").id)?.waiting === 1, { what: "the stream to wait", everyMs: 1 });
    first.reject(new NoRouterError("engine-down"));
    await waitFor(() => isRunning, { what: "the start", everyMs: 1 });
    await waitFor(() => got.error, { what: "the refusal", everyMs: 1 });
  }),
);

test(
  "what a change sets off before it is done sees the hosts as they are now",
  cleanly(async (make) => {
    const opened: string[] = [];
    const open = ({ settings: { cmd = [] } }: { readonly settings: { readonly cmd?: readonly string[] } }) => {
      opened.push(cmd.join(" "));
      throw new NoRouterError("settings-refused");
    };
    const world = make({ ...options, hosts: ["local", "web", "other"], change: (spec) => spec, transport: { open } });
    await world.start();
    await waitFor(() => world.state("web").phase === "failed" && world.state("other").phase === "failed", { what: "failures" });
    opened.length = 0;
    const other = { ...hostSpec("other", 2), settings: { cmd: ["another", "way"] } };
    // "web" is given up at once, as it has failed and nobody uses it: the links follow before the change is done.
    await world.manager.apply({ hosts: [hostSpec("local", 0), lazily(hostSpec("web", 1)), other], routes: [] });
    await waitFor(() => opened.length > 0, { what: "the new way", everyMs: 1 });
    assert.equal(opened[0], "another way");
    assert.deepEqual(
      world.debug.filter((line) => line.startsWith("A listener failed")),
      [],
    );
  }),
);

test(
  "a network whose log takes nothing any more ends, whatever was started on demand",
  cleanly(async (make) => {
    const store = memoryStore(DEFAULT_LIMITS);
    let isStuck = false;
    const never = new Promise<never>(() => undefined);
    const stuck: EventStore = {
      append: (events) => (isStuck ? never : store.append(events)),
      snapshot: () => store.snapshot(),
      read: (after) => store.read(after),
      seq: 0,
      flushed: 0,
      close: async () => undefined,
    };
    const stops: string[] = [];
    const stop = async () => void stops.push("stop");
    const { manager, state, start } = make({
      ...options,
      limits: { ...LIMITS, stopMs: 50 },
      store: stuck,
      plugins: [starting({ stop })],
    });
    await start();
    await manager.demand.start(state("web").id, "user");
    await waitFor(() => state("web").phase === "ready", { what: "web", everyMs: 1 });
    isStuck = true;
    await manager.stop("test");
    assert.deepEqual(stops, ["stop"]);
  }),
);

test(
  "a person who stops a host that is being started stops it, and whoever waits for it is told",
  cleanly(async (make) => {
    let starts = 0;
    const start = ({ signal }: StarterRequest) => {
      starts += 1;
      return new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(new NoRouterError("start-failed")), { once: true });
      });
    };
    const { manager, state, host, start: begin } = make({ ...options, plugins: [starting({ start })] });
    await begin();
    await waitFor(() => state("local").phase === "ready", { what: "the local host", everyMs: 1 });
    const got = new Recorder();
    host("local").context.dial(state("web"), { kind: "published", port: 80 }).attach(got);
    await waitFor(() => starts === 1, { what: "the start", everyMs: 1 });
    await manager.demand.stop(state("web").id, "user");
    await waitFor(() => got.error, { what: "the refusal", everyMs: 1 });
    await waitFor(() => state("web").phase === "idle", { what: "web to rest", everyMs: 1 });
    assert.deepEqual([got.error?.code, state("web").demand?.wanted, starts], ["host-down", false, 1]);
  }),
);

test(
  "a host that is started and stopped before the keys of the network are there rests, and starts later",
  cleanly(async (make) => {
    const key = Promise.withResolvers<object>();
    const { demand: _, ...plain } = KEY as PluginKey;
    const slow: PluginKey = { ...plain, name: "slow", expose: () => key.promise };
    const change = (spec: HostSpec) =>
      spec.name === "web" ? { ...lazily(spec), keys: { ...lazily(spec).keys, slow: 1 } } : spec;
    const { manager, state, start } = make({
      ...options,
      change,
      keys: { host: [KEY as PluginKey, slow] },
      plugins: [starting({})],
    });
    const started = start();
    await waitFor(() => state("web")?.phase === "idle", { what: "the network", everyMs: 1 });
    await manager.demand.start(state("web").id, "user");
    await manager.demand.stop(state("web").id, "user");
    await waitFor(() => state("web").phase === "idle", { what: "web to rest", everyMs: 1 });
    key.resolve({ all: {} });
    await started;
    await manager.demand.start(state("web").id, "user");
    await waitFor(() => state("web").phase === "ready", { what: "web", everyMs: 1 });
  }),
);

test(
  "a starter that never ends its stop is given up, and the network ends",
  cleanly(async (make) => {
    let isAborted = false;
    const stop = ({ signal }: StarterRequest) => {
      signal.addEventListener("abort", () => {
        isAborted = true;
      });
      return new Promise<never>(() => undefined);
    };
    const { manager, state, start, event } = make({
      ...options,
      limits: { ...LIMITS, stopMs: 50, hostStopMs: 1000 },
      plugins: [starting({ stop })],
    });
    await start();
    await manager.demand.start(state("web").id, "user");
    await waitFor(() => state("web").phase === "ready", { what: "web", everyMs: 1 });
    await manager.stop("test");
    const { failure } = await event("host.rested");
    assert.deepEqual([isAborted, failure?.code], [true, "start-failed"]);
    assert.match(failure?.message ?? "", /"box" does not stop the host/);
  }),
);

test(
  "a host that leaves the network is stopped under its name",
  cleanly(async (make) => {
    const stopped: string[] = [];
    const stop = async ({ name }: StarterRequest) => void stopped.push(name);
    const { manager, state, start } = make({ ...options, plugins: [starting({ stop })] });
    await start();
    await manager.demand.start(state("web").id, "user");
    await waitFor(() => state("web").phase === "ready", { what: "web", everyMs: 1 });
    await manager.apply({ hosts: [hostSpec("local", 0)], routes: [] });
    await waitFor(() => stopped.length > 0, { what: "the stop", everyMs: 1 });
    assert.deepEqual(stopped, ["web"]);
  }),
);

test(
  "a starter that fails at the question whether a host is its own fails that host alone",
  cleanly(async (make) => {
    const claims = () => {
      throw new TypeError("no such key");
    };
    const { manager, state, start } = make({ ...options, plugins: [starting({ claims })] });
    await start();
    await manager.demand.start(state("web").id, "user");
    await waitFor(() => state("web").phase === "failed", { what: "web to fail", everyMs: 1 });
    assert.match(state("web").failure?.message ?? "", /no such key/);
    await manager.demand.stop(state("web").id, "user");
    await waitFor(() => state("web").phase === "idle", { what: "web to rest", everyMs: 1 });
  }),
);
