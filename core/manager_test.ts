// The manager stands whatever a host does, and leaves nothing behind when it stops.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, type InProcess, inProcess, type ServeAgent } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { memoryPair } from "../transports/memory/mod.ts";
import type { ErrorCode } from "./errors.ts";
import { createManager } from "./peer.ts";
import type { Carrier } from "./plugin/carrier.ts";
import { encodeControl } from "./wire/control.ts";
import { BASE_FRAME_BYTES, type Frame, KIND, MANAGER, makeFrame, UNASSIGNED } from "./wire/frame.ts";
import { encodeOpen } from "./wire/payload.ts";
import { preambleOf } from "./wire/preamble.ts";

type Make = typeof inProcess;
const hello = (features: readonly string[] = []) =>
  makeFrame(
    { kind: KIND.control, source: UNASSIGNED, destination: MANAGER },
    encodeControl({ type: "hello", agent: { version: "x", runtime: "x", pid: 1 }, features }),
  );

/** An agent of raw bytes; returns the way to send more. */
function rawAgent(uplink: Carrier, ...first: (Frame | Uint8Array)[]): (frame: Frame) => void {
  uplink.start({ data: () => undefined, drain: () => undefined, closed: () => undefined });
  uplink.write([preambleOf("agent"), ...first.flatMap((part) => (part instanceof Uint8Array ? [part] : part.raw))]);
  return (frame) => void uplink.write(frame.raw);
}

/** A network of "local" and one hostile host, which has the id 2. */
async function withHostile(make: Make, serveAgent: ServeAgent): Promise<InProcess> {
  const world = make({ hosts: ["local", "evil"], serveAgent });
  await world.start();
  await waitFor(() => world.state("local").phase === "ready", { what: "the local host", everyMs: 1 });
  return world;
}

async function failsWith(make: Make, code: ErrorCode, ...first: (Frame | Uint8Array)[]): Promise<void> {
  const world = await withHostile(make, (_, uplink) => void rawAgent(uplink, ...first));
  const { failure } = await world.event("link.closed");
  assert.equal(failure.code, code);
  assert.equal(world.state("local").phase, "ready", "the neighbour is untouched");
}

test(
  "garbage, malformed frames and hostile messages end that host's link with their code",
  cleanly(async (make) => {
    await failsWith(make, "malformed-frame", hello(), new Uint8Array(64).fill(7));
    const control = (value: unknown) =>
      makeFrame({ kind: KIND.control, source: 2, destination: MANAGER }, new TextEncoder().encode(JSON.stringify(value)));
    await failsWith(make, "malformed-frame", control({ type: "report", facts: [{ type: "host.admitted" }] }));
    await failsWith(make, "malformed-frame", control({ type: { toString: 0 } }));
    await failsWith(make, "malformed-frame", hello(), hello());
  }),
);

test(
  "a data frame of more than 32 KiB is one from an agent that has named the feature, and malformed from another",
  cleanly(async (make) => {
    const large = makeFrame({ kind: KIND.data, source: 2, destination: 1, stream: 1 }, new Uint8Array(BASE_FRAME_BYTES + 1));
    await failsWith(make, "malformed-frame", hello(["of tomorrow"]), large);
    await failsWith(make, "flow-violation", hello(["of tomorrow", "large-frames"]), large);
  }),
);

test(
  "facts about hosts that do not exist and floods of facts leave the log in peace, and are said in a line",
  cleanly(async (make) => {
    let send: ((frame: Frame) => void) | undefined;
    const world = await withHostile(make, (_, uplink) => {
      send = rawAgent(uplink, hello());
    });
    await world.event("link.opened", ({ host }) => host === 2);
    const facts = (to: number) => Array(1000).fill({ type: "stream.closed", stream: 1, to, bytesIn: 0, bytesOut: 0 });
    const report = (to: number) => {
      const payload = new TextEncoder().encode(JSON.stringify({ type: "report", facts: facts(to) }));
      send?.(makeFrame({ kind: KIND.control, source: 2, destination: MANAGER }, payload));
    };
    for (let round = 0; round < 60; round += 1) report(77);
    for (let round = 0; round < 60; round += 1) report(1);
    const dropped = await world.event("facts.dropped");
    assert.equal(dropped.host, 2);
    const refused = await world.event("policy.refused");
    assert.match(refused.message, /host 77, which is not in the network/);
    assert.ok(world.events.every((event) => event.type !== "stream.closed" || event.to === 1));
    assert.ok(world.manager.ledger.seq < 60_000, `${world.manager.ledger.seq} events`);
  }),
);

test(
  "a host that claims to be another is dropped and reported once; its link lives",
  cleanly(async (make) => {
    let send: ((frame: Frame) => void) | undefined;
    const world = await withHostile(make, (_, uplink) => {
      send = rawAgent(uplink, hello());
    });
    await world.event("link.opened", ({ host }) => host === 2);
    const taps: Frame[] = [];
    world.manager.bus.tap((frame) => void taps.push(frame));
    const payload = encodeOpen({ credit: 1, target: { kind: "published", port: 80 } });
    for (let stream = 1; stream <= 5; stream += 1)
      send?.(makeFrame({ kind: KIND.open, source: 1, destination: 1, stream }, payload));
    const refused = await world.event("policy.refused");
    assert.deepEqual([refused.host, refused.code], [2, "spoofed-frame"]);
    send?.(makeFrame({ kind: KIND.open, source: 2, destination: 1, stream: 9 }, payload));
    await waitFor(() => taps.some(({ stream }) => stream === 9), { what: "the honest frame", everyMs: 1 });
    assert.ok(
      taps.every(({ stream }) => stream === 9 || stream === 0),
      "no spoofed frame reached a port",
    );
    assert.equal(world.events.filter(({ type }) => type === "policy.refused").length, 1);
  }),
);

test(
  "a report, or a frame for another host, before the hello ends the link",
  cleanly(async (make) => {
    const report = encodeControl({ type: "report", facts: [{ type: "host.ready" }] });
    await failsWith(make, "malformed-frame", makeFrame({ kind: KIND.control, source: 2, destination: MANAGER }, report), hello());
    const ping = makeFrame({ kind: KIND.ping, source: 2, destination: 1 }, new Uint8Array(8));
    await failsWith(make, "malformed-frame", ping, hello());
  }),
);

test(
  "frames to the manager from another source than the host are dropped; before it uses its id, from ffff they are taken",
  cleanly(async (make) => {
    const listens = (address: string) =>
      encodeControl({ type: "report", facts: [{ type: "frontend.listening", frontend: "f", address, serves: "" }] });
    const reportFrom = (source: number, address: string) =>
      makeFrame({ kind: KIND.control, source, destination: MANAGER }, listens(address));
    const bye = makeFrame({ kind: KIND.bye, source: 1, destination: MANAGER }, Uint8Array.of(0, 13));
    let send: ((frame: Frame) => void) | undefined;
    const world = await withHostile(make, (_, uplink) => {
      send = rawAgent(uplink, hello(), reportFrom(UNASSIGNED, "nameless"), reportFrom(2, "named"));
    });
    await world.event("link.opened", ({ host }) => host === 2);
    for (const source of [UNASSIGNED, 1, 0, 77]) send?.(reportFrom(source, "forged"));
    send?.(bye);
    send?.(reportFrom(2, "last"));
    await world.event("frontend.listening", ({ address }) => address === "last");
    const addresses = world.events.flatMap((event) =>
      event.type === "frontend.listening" && event.host === 2 ? event.address : [],
    );
    assert.deepEqual(addresses, ["nameless", "named", "last"]);
    const refused = world.events.flatMap((event) => (event.type === "policy.refused" ? `${event.code}: ${event.message}` : []));
    assert.deepEqual(refused, ["spoofed-frame: Frame claims host 65535 as its source; 2 was wanted"]);
  }),
);

test(
  "a transport that throws or rejects fails its host, with the reason in the log",
  cleanly(async (make) => {
    const failures = [() => assert.fail("no such thing"), async () => assert.fail("not now")];
    for (const open of failures) {
      const world = make({ hosts: ["local", "web"], transport: { open } });
      await world.start();
      await world.settled();
      assert.deepEqual([world.state("local").phase, world.state("web").phase], ["ready", "failed"]);
      assert.match(world.state("web").failure?.message ?? "", /no such thing|not now/);
    }
  }),
);

test("a host that no transport claims is refused before anything was started", async () => {
  const world = inProcess({ hosts: ["local", "web"], transport: { claims: () => false } });
  await assert.rejects(world.start(), { code: "no-transport", message: /"web"/ });
  assert.deepEqual(world.events, []);
});

test(
  "stop ends every link and every host; nothing is left, and the log ends with it",
  cleanly(async (make) => {
    const world = make({ hosts: ["local", "web", "db"] });
    await world.start();
    await world.settled();
    const stopping = world.manager.stop("SIGINT");
    await world.manager.stop("twice: resolves when the first does");
    await stopping;
    assert.equal(world.host("local").stopped, true, "the local host's front-end still runs");
    assert.equal(world.manager.network.stopped, true);
    const types = world.events.map(({ type }) => type);
    assert.equal(types.at(-1), "network.stopped");
    assert.equal(types.filter((type) => type === "link.closed").length, 3);
    await waitFor(() => world.ends.length === 2, { what: "the agents to leave", everyMs: 1 });
    assert.deepEqual(
      world.ends.map(({ end }) => end.error.code),
      ["link-closed", "link-closed"],
    );
    assert.ok(["web", "db"].every((name) => world.host(name).stopped));
    await world.manager.stop("again");
    assert.equal(world.events.filter(({ type }) => type === "network.stopped").length, 1);
  }),
);

test(
  "stop waits for a transport that is still opening",
  cleanly(async (make) => {
    let release: () => void = () => undefined;
    const opening = new Promise<void>((resolve) => {
      release = resolve;
    });
    let closed = 0;
    const open = async (): Promise<Carrier> => {
      await opening;
      const [here, there] = memoryPair();
      there.start({ data: () => undefined, drain: () => undefined, closed: () => void closed++ });
      return here;
    };
    const world = make({ hosts: ["web"], transport: { open } });
    await world.start();
    const stopped = world.manager.stop("test");
    release();
    await stopped;
    assert.equal(closed, 1);
    assert.deepEqual(
      world.events.slice(-2).map(({ type }) => type),
      ["link.closed", "network.stopped"],
    );
  }),
);

test(
  "a subscriber that throws changes nothing",
  cleanly(async (make) => {
    const world = make({ hosts: ["local", "web"] });
    world.manager.subscribe(() => assert.fail("subscriber"));
    await world.start();
    await world.settled();
    assert.equal(world.state("web").phase, "ready");
    assert.ok(world.debug.some((line) => line.includes("subscriber")));
  }),
);

test("each run of a manager has a log of its own name", async () => {
  const options = {
    plugins: [],
    agent: { version: "1", runtime: "r", pid: 1 },
  } as const;
  const [first, second] = [createManager(options), createManager(options)];
  await first.apply({ hosts: [], routes: [] });
  await second.apply({ hosts: [], routes: [] });
  assert.notEqual(first.network.id, second.network.id);
});

test("a stop is told once, when it begins", async () => {
  let told = 0;
  const manager = createManager({ plugins: [], agent: { version: "1", runtime: "r", pid: 1 }, stopping: () => void told++ });
  await manager.apply({ hosts: [], routes: [] });
  assert.equal(told, 0);
  const stopped = manager.stop("test");
  assert.deepEqual([told, manager.network.stopped], [1, false]);
  await manager.stop("again");
  await stopped;
  assert.deepEqual([told, manager.network.stopped], [1, true]);
});
