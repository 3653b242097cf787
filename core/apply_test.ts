// A running network follows its manifest: what differs comes, changes and goes; what does not goes on untouched.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, hostSpec, type InProcess, type inProcess } from "../conformance/in_process.ts";
import { Recorder } from "../conformance/mux_pair.ts";
import { waitFor } from "../conformance/support/wait.ts";
import type { HostSpec, Manifest, RouteSpec } from "./manifest/types.ts";

type Make = typeof inProcess;

const manifestOf = (names: readonly string[], change: (spec: HostSpec) => HostSpec = (spec) => spec): Manifest => ({
  hosts: names.map((name) => change(hostSpec(name, NUMBERS.indexOf(name)))),
  routes: [],
});
const NUMBERS: readonly string[] = ["local", "web", "db", "cache"];
const only = (name: string, change: Partial<HostSpec>) => (spec: HostSpec) =>
  spec.name === name ? { ...spec, ...change } : spec;

async function started(make: Make, hosts: readonly string[] = ["local", "web", "db"]): Promise<InProcess> {
  const world = make({ hosts });
  await world.start();
  await world.settled();
  return world;
}

function dial(world: InProcess, from: string, to: string): Recorder {
  const stream = world.host(from).context.dial(world.state(to), { kind: "published", port: 80 });
  const got = new Recorder();
  stream.attach(got);
  stream.write(new TextEncoder().encode("hello"));
  return got;
}

const answered = (got: Recorder) => waitFor(() => got.length > 0 || got.error, { what: "an answer", everyMs: 1 });
const ready = (world: InProcess, name: string, session = 1) =>
  waitFor(() => world.state(name)?.phase === "ready" && world.state(name).session === session, { what: name, everyMs: 1 });
/** Types of the events from here on. */
const since = ({ events }: InProcess, from: number) => events.slice(from).map(({ type }) => type);

test(
  "the same manifest once more changes nothing",
  cleanly(async (make) => {
    const world = await started(make);
    assert.deepEqual(await world.manager.apply(manifestOf(["local", "web", "db"])), []);
  }),
);

test(
  "a host that comes is started and is known to all; connections of others go on",
  cleanly(async (make) => {
    const world = await started(make);
    const before = dial(world, "local", "web");
    await answered(before);
    const events = await world.manager.apply(manifestOf(["local", "web", "db", "cache"]), "somebody");
    assert.deepEqual(
      events.map(({ type, by }) => [type, by]),
      [["host.admitted", "somebody"]],
    );
    await ready(world, "cache");
    assert.equal(world.state("cache").id, 4);
    const [there, back] = [dial(world, "web", "cache"), dial(world, "cache", "local")];
    await answered(there);
    await answered(back);
    assert.deepEqual([there.error, back.error, before.error, world.state("web").session], [undefined, undefined, undefined, 1]);
  }),
);

test(
  "a host that leaves ends: its agent, its streams with a code, on both sides; nothing of others does, and its id is not used again",
  cleanly(async (make) => {
    const world = await started(make);
    const [to, from, other] = [dial(world, "local", "web"), dial(world, "web", "db"), dial(world, "local", "db")];
    for (const got of [to, from, other]) await answered(got);
    const seen = world.events.length;
    const gone = world.host("web");
    await world.manager.apply(manifestOf(["local", "db"]));
    await waitFor(() => to.error && world.ends.some(({ name }) => name === "web"), { what: "the end of web", everyMs: 1 });
    assert.equal(to.error?.code, "host-left");
    assert.deepEqual([gone.stopped, other.error, world.manager.network.hosts.size], [true, undefined, 2]);
    assert.equal(world.host("db").context.network().hosts.size, 2);
    await waitFor(() => since(world, seen).filter((type) => type === "stream.closed").length >= 1, { what: "facts", everyMs: 1 });
    assert.ok(!since(world, seen).includes("link.retrying"), "it is started again");
    assert.ok(!since(world, seen).includes("policy.refused"), "whoever had streams to it is accused");
    await world.manager.apply(manifestOf(["local", "db", "web"]));
    await ready(world, "web");
    assert.equal(world.state("web").id, 4);
    assert.deepEqual(world.debug, [], "the log was asked for more of a host that has left");
    const again = dial(world, "db", "web");
    await answered(again);
    assert.equal(again.error, undefined);
  }),
);

test(
  "a host that is reached in another way is started anew; one whose ports, names or VIP change is not",
  cleanly(async (make) => {
    const world = await started(make);
    const got = dial(world, "local", "web");
    await answered(got);
    const change = { vip: "127.0.42.77", aliases: ["www"], ports: [] };
    const events = await world.manager.apply(manifestOf(["local", "web", "db"], only("web", change)));
    assert.deepEqual(
      events.map(({ type }) => type),
      ["host.changed"],
    );
    await waitFor(() => world.host("db").context.network().hosts.get(2)?.vip === "127.0.42.77", { what: "db", everyMs: 1 });
    assert.deepEqual([got.error, world.state("web").session, world.state("web").id], [undefined, 1, 2]);
    const moved = only("web", { ...change, settings: { cmd: ["another-command"] } });
    await world.manager.apply(manifestOf(["local", "web", "db"], moved));
    await ready(world, "web", 2);
    assert.deepEqual([got.error?.code, world.state("web").id, world.state("db").session], ["link-lost", 2, 1]);
    assert.equal(world.host("db").context.network().hosts.get(2)?.private, undefined, "others know the way");
  }),
);

test(
  "a manifest that cannot be applied changes nothing, and the next one finds all as it was",
  cleanly(async (make) => {
    const world = await started(make);
    const { network } = world.manager;
    const unreachable = only("web", { settings: { cmd: ["x"] } });
    const double = only("db", { vip: "127.0.42.101" });
    const nowhere: RouteSpec[] = [{ to: ["*"], via: "nobody" }];
    await assert.rejects(world.manager.apply(manifestOf(["local", "web", "db"], double)), { code: "command-refused" });
    await assert.rejects(world.manager.apply({ ...manifestOf(["local", "web", "db"], unreachable), routes: nowhere }), {
      code: "command-refused",
    });
    assert.equal(world.manager.network, network);
    assert.deepEqual(await world.manager.apply(manifestOf(["local", "web", "db"])), [], "the way to web counts as another");
    assert.equal(world.state("web").session, 1);
  }),
);

test(
  "changes that come at once are made one after the other, and none after the end",
  cleanly(async (make) => {
    const world = await started(make, ["local"]);
    await Promise.all([
      world.manager.apply(manifestOf(["local", "web"])),
      world.manager.apply(manifestOf(["local", "web", "db"])),
      world.manager.apply(manifestOf(["local", "db"])),
    ]);
    assert.deepEqual([...world.manager.network.hosts.keys()], [1, 3]);
    await ready(world, "db");
    const stopping = world.manager.stop("test");
    await assert.rejects(world.manager.apply(manifestOf(["local"])), { code: "command-refused" });
    await stopping;
    assert.equal(world.manager.network.hosts.size, 2);
  }),
);
