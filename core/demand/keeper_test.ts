// Hosts that start on demand: started once for many, stopped when nobody uses them, never under a stream.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, hostSpec, type InProcess, type InProcessOptions, type inProcess } from "../../conformance/in_process.ts";
import { Recorder } from "../../conformance/mux_pair.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { NoRouterError } from "../errors.ts";
import type { NetworkEvent } from "../ledger/events.ts";
import type { PluginKey } from "../plugin/key.ts";
import { PLUGIN_API, type Plugin } from "../plugin/plugin.ts";
import type { Starter } from "../plugin/starter.ts";

type Make = typeof inProcess;

/** When a host runs, as the tests' key has it. */
interface Terms {
  readonly idleMs?: number;
  readonly timeoutMs?: number;
}

const KEY: PluginKey<Terms> = {
  name: "on-demand",
  description: "When the host runs.",
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as Terms }) } },
  demand: ({ idleMs, timeoutMs = 5000 }) => ({ idleMs, timeoutMs }),
  expose: () => ({ all: {} }),
};

/** A container that counts. */
class Box {
  starts = 0;
  stops = 0;
  busy = 0;
  running = false;
  /** What a start waits for. */
  gate: Promise<unknown> = Promise.resolve();
  fails: NoRouterError | undefined;

  starter(): Starter {
    const alone = async <T>(act: () => Promise<T>): Promise<T> => {
      this.busy += 1;
      assert.equal(this.busy, 1, "one call at a time");
      try {
        return await act();
      } finally {
        this.busy -= 1;
      }
    };
    return {
      name: "box",
      claims: ({ cmd }) => cmd?.[1] === "web",
      start: () =>
        alone(async () => {
          await this.gate;
          if (this.fails) throw this.fails;
          if (this.running) return "running";
          this.starts += 1;
          this.running = true;
          return "started";
        }),
      stop: () =>
        alone(async () => {
          await new Promise((resolve) => setImmediate(resolve));
          this.stops += 1;
          this.running = false;
        }),
    };
  }

  plugin(): Plugin {
    return { name: "box", api: PLUGIN_API, setup: (context) => context.starter(this.starter()) };
  }
}

const LIMITS = { retryMs: 4, retryCapMs: 16, retryStuckMs: 40, retryStuckCapMs: 50, retryLeastMs: 1 } as const;

/** A network of "local" and hosts that start on demand. */
async function started(make: Make, box: Box, terms: Terms = {}, options: Partial<InProcessOptions> = {}): Promise<InProcess> {
  const world = make({
    hosts: ["local", "web"],
    limits: LIMITS,
    plugins: [box.plugin()],
    keys: { host: [KEY as PluginKey] },
    change: (spec) => (spec.name === "local" ? spec : { ...spec, keys: { ...spec.keys, "on-demand": terms } }),
    ...options,
  });
  await world.start();
  await waitFor(() => world.state("local").phase === "ready", { what: "the local host", everyMs: 1 });
  return world;
}

function dial(world: InProcess, to = "web", from = "local"): Recorder {
  const stream = world.host(from).context.dial(world.state(to), { kind: "published", port: 80 });
  const got = new Recorder();
  stream.attach(got);
  stream.write(new TextEncoder().encode("hello"));
  stream.end();
  return got;
}

const over = (got: Recorder) => waitFor(() => got.ended || got.error, { what: "the stream to end", everyMs: 1 });
const inPhase = (world: InProcess, phase: string, name = "web") =>
  waitFor(() => world.state(name).phase === phase, { what: `${name} to be ${phase}`, everyMs: 1 });
const typesOf = ({ events }: InProcess, host: number) =>
  events.flatMap((event: NetworkEvent) => ("host" in event && event.host === host ? [event.type] : []));

test(
  "nothing runs before somebody connects, many at once start it once, and it is stopped when nobody uses it",
  cleanly(async (make) => {
    const box = new Box();
    const world = await started(make, box, { idleMs: 5 });
    assert.equal(world.state("web").phase, "idle");
    assert.equal(box.starts, 0);
    const all = Array.from({ length: 200 }, () => dial(world));
    await Promise.all(all.map(over));
    assert.deepEqual(new Set(all.map((got) => `${got.bytes.toString()} ${got.error?.code}`)), new Set(["hello undefined"]));
    assert.equal(box.starts, 1);
    await inPhase(world, "idle");
    assert.equal(box.stops, 1);
    assert.equal(box.running, false);
    const wanted = world.events.find((event) => event.type === "host.wanted");
    assert.deepEqual(
      { from: wanted?.from, port: wanted?.port, host: wanted?.host },
      { from: world.state("local").id, port: 80, host: world.state("web").id },
    );
    const types = typesOf(world, world.state("web").id).filter((type) => /^(host|link)\./.test(type));
    assert.deepEqual(types, [
      ...["host.admitted", "host.wanted", "link.starting", "host.started", "link.opened", "host.ready"],
      ...["host.released", "link.closed", "host.rested"],
    ]);
  }),
);

test(
  "a failure of the starter reaches clients with its code, and the log with its words",
  cleanly(async (make) => {
    const box = new Box();
    box.fails = new NoRouterError("settings-refused", "No such image: secret");
    const world = await started(make, box);
    const got = dial(world);
    await over(got);
    assert.equal(got.error?.code, "settings-refused");
    assert.match(got.error?.message ?? "", /^Host "web" could not be started: /);
    assert.doesNotMatch(got.error?.message ?? "", /secret/);
    const closed = await world.event("link.closed");
    assert.deepEqual(
      { ...closed.failure },
      { code: "settings-refused", message: "No such image: secret", stderr: [], starter: "box" },
    );
    await inPhase(world, "idle");
    box.fails = undefined;
    const again = dial(world);
    await over(again);
    assert.equal(again.bytes.toString(), "hello");
  }),
);

test(
  "a start that mends is tried again while somebody waits, and no longer than that",
  cleanly(async (make) => {
    const box = new Box();
    box.fails = new NoRouterError("engine-down");
    const world = await started(make, box, { timeoutMs: 60 });
    const got = dial(world);
    await over(got);
    assert.equal(got.error?.code, "engine-down");
    await inPhase(world, "idle");
    assert.ok(world.events.filter(({ type }) => type === "link.retrying").length > 1);
  }),
);

test(
  "a host that is not ready in time is a clear error, and is there for the next one",
  cleanly(async (make) => {
    const box = new Box();
    const go = Promise.withResolvers<void>();
    box.gate = go.promise;
    const world = await started(make, box, { timeoutMs: 30, idleMs: 100_000 });
    const got = dial(world);
    await over(got);
    assert.equal(got.error?.code, "start-timeout");
    assert.match(got.error?.message ?? "", /"web" was not ready within 0\.03 s/);
    go.resolve();
    await inPhase(world, "ready");
    const next = dial(world);
    await over(next);
    assert.equal(next.bytes.toString(), "hello");
  }),
);

test(
  "a start that hangs is given up when nobody waits for it, also where the host would then go on for good",
  cleanly(async (make) => {
    const box = new Box();
    box.gate = new Promise(() => undefined);
    const world = await started(make, box, { timeoutMs: 30 }, { limits: { ...LIMITS, stopMs: 50, hostStopMs: 1000 } });
    const got = dial(world);
    await over(got);
    assert.equal(got.error?.code, "start-timeout");
    await waitFor(() => typesOf(world, world.state("web").id).includes("host.released"), { what: "the start to be given up" });
  }),
);

test(
  "a host that ran before is not stopped for want of use, but when a person says so",
  cleanly(async (make) => {
    const box = new Box();
    box.running = true;
    const world = await started(make, box, { idleMs: 1 });
    await over(dial(world));
    await inPhase(world, "ready");
    assert.equal(world.state("web").demand?.runs, "theirs");
    await world.manager.demand.stop(world.state("web").id, "user");
    await inPhase(world, "idle");
    assert.equal(box.running, false);
  }),
);

test(
  "a host that a person started goes on, and the end of the network stops what was started",
  cleanly(async (make) => {
    const box = new Box();
    const world = await started(make, box, { idleMs: 1 });
    await world.manager.demand.start(world.state("web").id, "user");
    await inPhase(world, "ready");
    await over(dial(world));
    assert.equal(world.state("web").phase, "ready");
    await world.manager.stop("test");
    assert.equal(box.running, false);
    assert.equal(box.stops, 1);
  }),
);

test(
  "a stop that meets a new connection loses none",
  cleanly(async (make) => {
    const box = new Box();
    const world = await started(make, box, { idleMs: 0 });
    for (let round = 0; round < 20; round += 1) {
      const got = dial(world);
      await over(got);
      assert.equal(got.bytes.toString(), "hello", `round ${round}: ${got.error?.message}`);
      if (round % 2) await waitFor(() => world.state("web").phase !== "ready", { what: "the host to stop", everyMs: 0 });
    }
  }),
);

test(
  "a running host that is to start on demand from now on is stopped when the streams that it has are over",
  cleanly(async (make) => {
    const box = new Box();
    const hosts = ["local", "web"].map(hostSpec);
    const world = await started(make, box, {}, { change: (spec) => spec });
    await inPhase(world, "ready");
    const stream = world.host("local").context.dial(world.state("web"), { kind: "published", port: 80 });
    const got = new Recorder();
    stream.attach(got);
    stream.write(new TextEncoder().encode("hello"));
    await waitFor(() => got.length === 5, { what: "the echo", everyMs: 1 });
    const keys = { "on-demand": { idleMs: 0 } };
    await world.manager.apply({ hosts: hosts.map((spec) => (spec.name === "web" ? { ...spec, keys } : spec)), routes: [] });
    assert.equal(world.state("web").demand?.wanted, true);
    stream.write(new TextEncoder().encode("again"));
    await waitFor(() => got.length === 10, { what: "the second echo", everyMs: 1 });
    assert.equal(world.state("web").phase, "ready");
    stream.end();
    await over(got);
    await inPhase(world, "idle");
    assert.equal(got.error, undefined);
    await world.manager.apply({ hosts, routes: [] });
    await inPhase(world, "ready");
    await over(dial(world));
  }),
);

test(
  "a host that its starter always starts is started with the network, and stopped with it, and when it leaves",
  cleanly(async (make) => {
    const box = new Box();
    const plugin: Plugin = {
      ...box.plugin(),
      setup: (context) => context.starter({ ...box.starter(), always: ({ cmd }) => cmd?.[1] === "web" }),
    };
    const world = await started(make, box, {}, { change: (spec) => spec, plugins: [plugin] });
    await inPhase(world, "ready");
    assert.equal(box.starts, 1);
    assert.equal(world.state("web").demand, undefined);
    await world.manager.apply({ hosts: ["local"].map(hostSpec), routes: [] });
    await waitFor(() => box.stops === 1, { what: "the stop", everyMs: 1 });
    await world.manager.apply({ hosts: ["local", "web"].map(hostSpec), routes: [] });
    await inPhase(world, "ready");
    await world.manager.stop("test");
    assert.deepEqual([box.starts, box.stops, box.running], [2, 2, false]);
  }),
);
