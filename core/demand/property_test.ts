// Hosts that start on demand under random use, failures and ends of links, and in chains: what holds whatever happens.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hostPlugin } from "../../conformance/host_plugin.ts";
import { cleanly, type InProcess, type inProcess } from "../../conformance/in_process.ts";
import { Recorder } from "../../conformance/mux_pair.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { memoryPair } from "../../transports/memory/mod.ts";
import { NoRouterError } from "../errors.ts";
import type { Stream } from "../mux/stream.ts";
import type { Carrier } from "../plugin/carrier.ts";
import type { PluginKey } from "../plugin/key.ts";
import { PLUGIN_API, type Plugin } from "../plugin/plugin.ts";

type Make = typeof inProcess;

const KEY: PluginKey<{ idleMs: number; timeoutMs: number }> = {
  name: "on-demand",
  description: "When the host runs.",
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as never }) } },
  demand: (terms) => terms,
  expose: () => ({ all: {} }),
};

const LIMITS = { retryMs: 1, retryCapMs: 4, retryStuckMs: 4, retryStuckCapMs: 8, retryLeastMs: 1, stopMs: 200 } as const;

/** One container: counts who uses it, and finds fault with whoever stops or starts it at a wrong time. */
class Box {
  running = false;
  busy = false;
  starts = 0;
  /** Streams that its host serves. */
  served = 0;
  faults: string[] = [];
  failures = 0;
  /** A person, or a fault, may end it under its streams. */
  mayEnd = false;

  async start(): Promise<"started" | "running"> {
    if (this.busy) this.faults.push("two calls at once");
    this.busy = true;
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.busy = false;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new NoRouterError("engine-down");
    }
    if (this.running) return "running";
    this.running = true;
    this.starts += 1;
    return "started";
  }

  async stop(): Promise<void> {
    if (this.busy) this.faults.push("two calls at once");
    if (this.served > 0 && !this.mayEnd) this.faults.push(`stopped under ${this.served} streams`);
    this.busy = true;
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.busy = false;
    this.running = false;
  }
}

interface World extends InProcess {
  readonly boxes: ReadonlyMap<string, Box>;
  /** Ends the link of a host. */
  cut(name: string): void;
}

async function world(
  make: Make,
  names: readonly string[],
  timeoutMs: number,
  idleMs: number,
  more: readonly Plugin[] = [],
): Promise<World> {
  const boxes = new Map(names.map((name) => [name, new Box()]));
  const boxOf = (name: string | undefined) => boxes.get(name ?? "") as Box;
  const ends = new Map<string, () => void>();
  const plugin: Plugin = {
    name: "boxes",
    api: PLUGIN_API,
    setup: (context) =>
      context.starter({
        name: "boxes",
        claims: ({ cmd }) => boxes.has(cmd?.[1] ?? ""),
        start: ({ name }) => boxOf(name).start(),
        stop: ({ name }) => boxOf(name).stop(),
      }),
  };
  const open = ({ name, serveHere }: { readonly name: string; serveHere(carrier: Carrier): void }): Carrier => {
    if (!boxOf(name).running) throw new NoRouterError("container-stopped");
    const [here, there] = memoryPair();
    serveHere(there);
    ends.set(name, () => void there.close());
    return here;
  };
  const serve = (stream: Stream, { self }: { self(): { readonly name: string } }) => {
    const box = boxOf(self().name);
    box.served += 1;
    const over = () => {
      box.served -= 1;
    };
    stream.attach({
      data: (chunk) => stream.write(chunk),
      end: () => {
        over();
        stream.end();
      },
      reset: over,
      drain: () => stream.resume(),
    });
    stream.accept();
  };
  const made = make({
    hosts: ["local", ...names],
    limits: LIMITS,
    plugins: [plugin, ...more],
    keys: { host: [KEY as PluginKey] },
    change: (spec) => (spec.name === "local" ? spec : { ...spec, keys: { ...spec.keys, "on-demand": { idleMs, timeoutMs } } }),
    transport: { open },
    serve,
  });
  await made.start();
  await waitFor(() => made.state("local").phase === "ready", { what: "the local host", everyMs: 1 });
  return { ...made, boxes, cut: (name) => ends.get(name)?.() };
}

function dial(net: InProcess, to: string, from = "local"): Recorder {
  const got = new Recorder();
  const stream = net.host(from).context.dial(net.state(to), { kind: "published", port: 80 });
  stream.attach(got);
  stream.write(new TextEncoder().encode("hello"));
  stream.end();
  return got;
}

const over = (got: Recorder) => waitFor(() => got.ended || got.error, { what: "a stream to end", everyMs: 1 });

/** What happens, in order. */
type Act = { readonly do: "dial" | "cut" | "start" | "stop" | "fail" | "wait"; readonly host: "a" | "b" };

const acts = fc.array(
  fc.record<Act>({
    do: fc.constantFrom("dial", "dial", "dial", "wait", "wait", "cut", "start", "stop", "fail"),
    host: fc.constantFrom("a", "b"),
  }),
  { minLength: 5, maxLength: 25 },
);

test(
  "whatever comes in whatever order: never two starts at once, never stopped under a stream, every connection ends",
  cleanly(async (make) => {
    let starts = 0;
    await fc.assert(
      fc.asyncProperty(acts, async (list) => {
        const net = await world(make, ["a", "b"], 2000, 2);
        const harmful = new Set(list.flatMap(({ do: what, host }) => (what === "cut" || what === "stop" ? [host] : [])));
        for (const name of harmful) (net.boxes.get(name) as Box).mayEnd = true;
        const dialled: { readonly got: Recorder; readonly host: "a" | "b" }[] = [];
        for (const { do: what, host } of list) {
          if (what === "dial") dialled.push({ got: dial(net, host), host });
          else if (what === "cut") net.cut(host);
          else if (what === "start") await net.manager.demand.start(net.state(host).id, "user");
          else if (what === "stop") await net.manager.demand.stop(net.state(host).id, "user");
          else if (what === "fail") (net.boxes.get(host) as Box).failures += 1;
          else await new Promise((resolve) => setTimeout(resolve, 3));
        }
        for (const { got, host } of dialled) {
          await over(got);
          if (!harmful.has(host))
            assert.equal(got.bytes.toString(), "hello", `${host}: ${got.error?.code} ${got.error?.message}`);
        }
        for (const name of ["a", "b"]) await net.manager.demand.stop(net.state(name).id, "user");
        await waitFor(() => ["a", "b"].every((name) => net.state(name).phase === "idle"), { what: "all to rest", everyMs: 1 });
        for (const [name, box] of net.boxes) {
          assert.deepEqual(box.faults, [], name);
          assert.equal(box.running, false, name);
          starts += box.starts;
        }
        await net.manager.stop("over");
      }),
      { numRuns: 60 },
    );
    assert.ok(starts > 60, `${starts} starts`);
  }),
);

test(
  "a host that is being started and reaches another one starts that, and so on",
  cleanly(async (make) => {
    const net = await world(make, ["a", "b", "c"], 5000, 50);
    // Whoever is served by one host has it ask the next.
    const first = dial(net, "a");
    await waitFor(() => net.hosts.has("a"), { what: "a", everyMs: 1 });
    const second = dial(net, "b", "a");
    await waitFor(() => net.hosts.has("b"), { what: "b", everyMs: 1 });
    const third = dial(net, "c", "b");
    for (const got of [first, second, third]) {
      await over(got);
      assert.equal(got.bytes.toString(), "hello");
    }
    await waitFor(() => ["a", "b", "c"].every((name) => net.state(name).phase === "idle"), { what: "all to rest", everyMs: 1 });
  }),
);

/** Hosts that are ready when a connection to the next one is through: "a" asks "b", which asks "a" again, or "c". */
function asking(next: Readonly<Record<string, string>>): Plugin {
  return hostPlugin("asking", (context) => {
    context.frontEnd((host) => ({
      name: "asking",
      reconcile: async () => undefined,
      stop: async () => undefined,
      async ready() {
        const to = [...host.network().hosts.values()].find(({ name }) => name === next[host.self().name]);
        if (!to) return;
        const got = new Recorder();
        host.dial(to, { kind: "published", port: 80 }).attach(got);
        await waitFor(() => got.calls.includes("accepted") || got.error, { what: "the next host", everyMs: 1 });
        if (got.error) throw got.error;
      },
    }));
  });
}

test(
  "a chain of hosts that wait for each other to be ready is started from its far end",
  cleanly(async (make) => {
    const net = await world(make, ["a", "b", "c"], 5000, 100_000, [asking({ a: "b", b: "c" })]);
    const got = dial(net, "a");
    await over(got);
    assert.equal(got.bytes.toString(), "hello", got.error?.message);
    const ready = net.events.flatMap((event) => (event.type === "host.ready" ? [event.host] : []));
    assert.deepEqual(
      ready.slice(1),
      ["c", "b", "a"].map((name) => net.state(name).id),
    );
  }),
);

test(
  "a circle ends",
  cleanly(async (make) => {
    const net = await world(make, ["a", "b"], 300, 1, [asking({ a: "b", b: "a" })]);
    const got = dial(net, "a");
    await over(got);
    assert.equal(got.error?.code, "start-timeout", got.error?.message);
    const failed = () => net.events.filter(({ type }) => type === "plugin.failed").length === 2;
    await waitFor(failed, { what: "both to hear of it", everyMs: 1 });
  }),
);
