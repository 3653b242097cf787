// A manager and agents in one process: hosts join, streams go between them, and everything is in the log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, type InProcess, type inProcess } from "../conformance/in_process.ts";
import { Recorder } from "../conformance/mux_pair.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { memoryPair } from "../transports/memory/mod.ts";
import type { Stream } from "./mux/stream.ts";
import { createAgent } from "./peer.ts";
import type { Carrier } from "./plugin/carrier.ts";
import { PLUGIN_API, type Plugin } from "./plugin/plugin.ts";
import type { Target } from "./wire/payload.ts";

type Make = typeof inProcess;
const AGENT = { version: "t", runtime: "t", pid: 1 };
const PORT_80: Target = { kind: "published", port: 80 };

async function started(make: Make, ...options: Parameters<Make>): Promise<InProcess> {
  const world = make(...options);
  await world.start();
  await world.settled();
  return world;
}

function dial(world: InProcess, from: string, to: string, target: Target = PORT_80): { stream: Stream; got: Recorder } {
  const stream = world.host(from).context.dial(world.state(to), target);
  const got = new Recorder();
  stream.attach(got);
  return { stream, got };
}

const over = (got: Recorder) => waitFor(() => got.ended || got.error, { what: "the stream to end", everyMs: 1 });

test(
  "every host becomes ready, the manager's own one, too, and says what it serves",
  cleanly(async (make) => {
    const world = await started(make, { hosts: ["local", "web", "db"] });
    for (const name of ["local", "web", "db"]) {
      const { phase, session, listeners, agent } = world.state(name);
      assert.deepEqual([phase, session, listeners.size, agent?.version], ["ready", 1, 1, "test"]);
    }
    assert.deepEqual(
      world.events.map(({ seq }) => seq),
      world.events.map((_, at) => at + 1),
    );
    const types = world.events.map(({ type }) => type);
    assert.equal(types[0], "network.opened");
    for (const type of [
      "plugin.loaded",
      "host.admitted",
      "link.starting",
      "link.opened",
      "frontend.listening",
      "host.ready",
    ] as const)
      assert.ok(types.includes(type), type);
    assert.equal(types.filter((type) => type === "host.ready").length, 3);
  }),
);

test(
  "streams go between all hosts and to themselves, both ways, with their bytes in the log",
  cleanly(async (make) => {
    const world = await started(make, { hosts: ["local", "web", "db"] });
    const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => at * 7);
    for (const from of ["local", "web", "db"]) {
      for (const to of ["local", "web", "db"]) {
        const { stream, got } = dial(world, from, to);
        stream.write(bytes);
        stream.end();
        await over(got);
        assert.ok(got.bytes.equals(bytes), `${from} to ${to}`);
        const { id } = world.state(from);
        const closed = await world.event(
          "stream.closed",
          (event) => event.host === id && event.to === world.state(to).id && event.bytesIn === bytes.length,
        );
        assert.deepEqual([closed.bytesOut, closed.code, closed.by], [bytes.length, undefined, from]);
        assert.ok(
          world.events.some((event) => event.type === "stream.opened" && event.host === id && event.stream === closed.stream),
        );
      }
    }
  }),
);

test(
  "a port that nobody serves is refused as not published, and the code is in the log",
  cleanly(async (make) => {
    const world = await started(make, { hosts: ["local", "web"] });
    const { got } = dial(world, "local", "web", { kind: "address", host: "10.0.0.1", port: 22 });
    await over(got);
    assert.equal(got.error?.code, "not-published");
    assert.equal((await world.event("stream.closed")).code, "not-published");
  }),
);

test(
  "what an agent knows holds no secret and no other host's targets",
  cleanly(async (make) => {
    const world = await started(make, { hosts: ["local", "web", "db"] });
    const known = JSON.stringify([...world.host("web").context.network().hosts.values()]);
    assert.ok(known.includes("secret-target-of-web"));
    for (const secret of ["secret-target-of-db", "secret-target-of-local", "secret-command"])
      assert.ok(!known.includes(secret), secret);
    assert.ok(world.state("web").private?.via.includes("secret-command"), "the manager knows it");
  }),
);

test(
  "a host that does not come in time is down for the others",
  cleanly(async (make) => {
    const serveAgent = (_: string, uplink: Carrier) => void uplink.close();
    const world = make({ hosts: ["local", "ghost"], limits: { returnMs: 20 }, random: () => 1, serveAgent });
    await world.start();
    await world.settled();
    assert.equal(world.state("ghost").phase, "failed");
    const { got } = dial(world, "local", "ghost");
    await over(got);
    assert.equal(got.error?.code, "host-down");
  }),
);

test(
  "a host part that is never loaded is in the log, and its host becomes ready without it",
  cleanly(async (make) => {
    const load = () => new Promise<never>(() => undefined);
    const plugin: Plugin = { name: "never", api: PLUGIN_API, setup: () => undefined, host: { everywhere: true, load } };
    const world = await started(make, { hosts: ["local", "web"], plugins: [plugin], limits: { partMs: 50, stopMs: 50 } });
    assert.equal(world.state("local").phase, "ready");
    const { plugin: name, code } = await world.event("plugin.failed", ({ host }) => host === world.state("local").id);
    assert.deepEqual([name, code], ["never", "plugin-invalid"]);
    const { stream, got } = dial(world, "web", "local");
    stream.end();
    await over(got);
    assert.equal(got.error, undefined);
  }),
);

test(
  "an agent that leaves ends its streams at the other end, and its neighbours go on",
  cleanly(async (make) => {
    const world = await started(make, { hosts: ["local", "web", "db"] });
    const [lost, kept] = [dial(world, "local", "web"), dial(world, "local", "db")];
    for (const { stream } of [lost, kept]) stream.write(Uint8Array.of(1));
    await waitFor(() => lost.got.length + kept.got.length === 2, { what: "both echoes", everyMs: 1 });
    await world.agents.get("web")?.stop();
    await over(lost.got);
    assert.equal(lost.got.error?.code, "link-lost");
    assert.equal((await world.event("link.closed")).host, world.state("web").id);
    kept.stream.write(Uint8Array.of(2));
    await waitFor(() => kept.got.length === 2, { what: "the neighbour's echo", everyMs: 1 });
  }),
);

test("a peer refuses limits out of range and plugins that are none, before anything runs", () => {
  const [uplink] = memoryPair();
  const closed = () => assert.fail("nothing was started");
  const make = (plugins: [], limits = {}) => createAgent({ plugins, limits, agent: AGENT, uplink, closed });
  assert.throws(() => make([], { stopMs: 1 }), { code: "usage" });
  const bad: unknown = ["not a plugin"];
  assert.throws(() => make(bad as []), { code: "plugin-invalid" });
});
