// One host against a manager of the test's own: it follows the log, says when it is ready, and leaves nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostPlugin } from "../conformance/host_plugin.ts";
import { admitted, inPhase, stamped } from "../conformance/ledger.ts";
import { Recorder } from "../conformance/mux_pair.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { memoryPair } from "../transports/memory/mod.ts";
import { type ErrorCode, NoRouterError } from "./errors.ts";
import { EVENT_VERSION, type Fact, type NetworkEvent } from "./ledger/events.ts";
import { fold } from "./ledger/network.ts";
import { snapshotToJson } from "./ledger/snapshot_json.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { Link, type LinkEnd } from "./link/link.ts";
import { Member } from "./member.ts";
import type { FrontEnd } from "./plugin/front_end.ts";
import type { HostContext } from "./plugin/host_context.ts";
import { type AgentMessage, decodeAgentMessage, encodeControl, type ManagerMessage } from "./wire/control.ts";
import { FEATURES } from "./wire/features.ts";
import { FROM_ACCEPTOR, type Frame, KIND, MANAGER, makeFrame } from "./wire/frame.ts";
import { decodeReason, encodeOpen } from "./wire/payload.ts";

const SELF = 1;
const FAKE: Fact = { type: "plugin.loaded", plugin: { name: "fake", order: 0, hostKeys: [] } };
const JOINING = stamped([...admitted(2), FAKE, ...inPhase(SELF, "joining"), ...inPhase(2, "ready")]);
const OPEN = encodeOpen({ credit: 1000, target: { kind: "published", port: 80 } });
const LIMITS = { ...DEFAULT_LIMITS, stopMs: 100, returnMs: 60_000 };

interface World {
  readonly member: Member;
  readonly manager: Link;
  /** What the member said to its manager, and frames for others. */
  readonly messages: AgentMessage[];
  readonly frames: Frame[];
  readonly ends: LinkEnd[];
  readonly contexts: HostContext[];
  tell(message: ManagerMessage): void;
  /** Tells the member who it is and how the network stands. */
  welcome(): void;
  ended(): Promise<void>;
}

function started(frontEnd: Partial<FrontEnd> = {}, limits: Limits = LIMITS): World {
  const contexts: HostContext[] = [];
  const plugin = hostPlugin("fake", (context) =>
    context.frontEnd((host) => {
      contexts.push(host);
      return { name: "fake", reconcile: async () => undefined, stop: async () => undefined, ...frontEnd };
    }),
  );
  const [messages, frames, ends]: [AgentMessage[], Frame[], LinkEnd[]] = [[], [], []];
  const [left, carrier] = memoryPair();
  const manager = new Link(left, "manager", SELF, LIMITS, {
    opened: () => undefined,
    frame: (frame) => {
      if (frame.kind === KIND.control) messages.push(decodeAgentMessage(frame.payloadBytes()));
      else frames.push(frame);
    },
    closed: () => undefined,
  });
  const agent = { version: "v", runtime: "r", pid: 3 };
  const closed = (end: LinkEnd) => void ends.push(end);
  const member = new Member({
    carrier,
    plugins: [plugin],
    limits,
    agent,
    debug: () => undefined,
    closed,
  });
  const tell = (message: ManagerMessage) =>
    manager.send(makeFrame({ kind: KIND.control, source: MANAGER, destination: SELF }, encodeControl(message)));
  const welcome = () => {
    tell({ type: "welcome", host: SELF, version: "v" });
    tell({ type: "snapshot", snapshot: snapshotToJson({ v: EVENT_VERSION, seq: JOINING.length, network: fold(JOINING) }) });
  };
  manager.start();
  member.start();
  const ended = async () => void (await waitFor(() => ends.length, { what: "the member to end", everyMs: 1 }));
  return { member, manager, messages, frames, ends, contexts, tell, welcome, ended };
}

const facts = ({ messages }: World) => messages.flatMap((message) => (message.type === "report" ? message.facts : []));
const isReady = (world: World) => facts(world).some(({ type }) => type === "host.ready");
const ready = (world: World) => waitFor(() => isReady(world), { what: "the host to be ready", everyMs: 1 });

test("a member begins with a hello that says it knows nothing yet", async () => {
  const world = started();
  await waitFor(() => world.messages.length, { what: "the hello", everyMs: 1 });
  const agent = { version: "v", runtime: "r", pid: 3 };
  assert.deepEqual(world.messages, [{ type: "hello", agent, features: FEATURES }]);
  await world.member.stop();
});

test("the manager's limits hold for a member: its own host context, its heartbeats and its reports", async () => {
  const world = started({}, { ...LIMITS, heartbeatMs: 60_000 });
  world.tell({ type: "welcome", host: SELF, version: "v", features: [], limits: { heartbeatMs: 50, reportMs: 7, echoBytes: 5 } });
  world.tell({ type: "snapshot", snapshot: snapshotToJson({ v: EVENT_VERSION, seq: JOINING.length, network: fold(JOINING) }) });
  await ready(world);
  const { heartbeatMs, reportMs, echoBytes, stopMs } = world.contexts[0]?.limits ?? assert.fail("no front-end was made");
  assert.deepEqual([heartbeatMs, reportMs, echoBytes, stopMs], [50, 7, 5, 100]);
  await world.member.stop();
});

test("a host is ready when its front-ends have done what the network wants, not before", async () => {
  let release: () => void = () => undefined;
  const blocked = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reconciled = 0;
  const world = started({
    reconcile: async () => {
      reconciled += 1;
      await blocked;
    },
  });
  world.welcome();
  await waitFor(() => reconciled, { what: "the front-end to begin", everyMs: 1 });
  assert.equal(isReady(world), false);
  release();
  await ready(world);
  assert.equal(world.contexts[0]?.self().name, "host1");
  await world.member.stop();
});

test("what a plugin reports is cut to what the manager takes, and goes in messages that are not too long", async () => {
  const world = started();
  world.welcome();
  await ready(world);
  const [context] = world.contexts as [HostContext];
  const message = "\u0001".repeat(100_000); // six bytes each
  for (let index = 0; index < 1000; index++) {
    context.report({ type: "frontend.failed", frontend: "fake", address: `127.0.0.1:${index}`, code: "address-in-use", message });
  }
  const failed = () => facts(world).filter(({ type }) => type === "frontend.failed");
  await waitFor(() => failed().length === 1000, { what: "the reports", everyMs: 1 });
  assert.match((failed()[0] as { message: string }).message, /^\ufffd{509}\.\.\.$/);
  assert.deepEqual(world.ends, []);
  await world.member.stop();
});

test("a front-end that fails does not keep its host from being ready", async () => {
  const world = started({ reconcile: () => Promise.reject(new Error("no")) });
  world.welcome();
  await ready(world);
  await world.member.stop();
});

test("front-ends see each change of the log", async () => {
  const phases: (string | undefined)[] = [];
  const world = started({ reconcile: async () => void phases.push(world.contexts[0]?.network().hosts.get(2)?.phase) });
  world.welcome();
  await ready(world);
  const seq = JOINING.length + 1;
  const failure = { code: "link-closed", message: "", stderr: [] } as const;
  world.tell({ type: "events", to: seq, events: [{ seq, at: 1, by: "m", v: 1, type: "link.closed", host: 2, failure }] });
  await waitFor(() => phases.at(-1) === "failed", { what: "the front-end to see the change", everyMs: 1 });
  assert.equal(phases[0], "ready");
  await world.member.stop();
});

test("a stream without an egress that claims it is refused; frames for other hosts are dropped", async () => {
  const world = started();
  world.welcome();
  await ready(world);
  world.manager.send(makeFrame({ kind: KIND.open, source: 2, destination: 3, stream: 1 }, OPEN));
  world.manager.send(makeFrame({ kind: KIND.open, source: 2, destination: SELF, stream: 2 }, OPEN));
  const reset = await waitFor(() => world.frames.find(({ kind }) => kind === KIND.reset), { what: "the reset", everyMs: 1 });
  assert.deepEqual([reset.source, reset.destination, reset.stream, reset.flags], [SELF, 2, 2, FROM_ACCEPTOR]);
  assert.equal(decodeReason(reset.payloadBytes()).code, "not-published");
  assert.ok(world.frames.every(({ source, stream }) => source === SELF && stream !== 1));
  await world.member.stop();
});

test("a malformed frame from another host changes nothing for the link", async () => {
  const world = started();
  world.welcome();
  await ready(world);
  const bad = encodeOpen({ credit: 1, target: { kind: "published", port: 80 } });
  bad[6] = 77;
  world.manager.send(makeFrame({ kind: KIND.open, source: 2, destination: SELF, stream: 1 }, bad));
  world.manager.send(makeFrame({ kind: KIND.ping, source: 2, destination: SELF }, new Uint8Array(8)));
  await waitFor(() => world.frames.some(({ kind }) => kind === KIND.pong), { what: "the pong behind it", everyMs: 1 });
  assert.deepEqual(world.ends, []);
  await world.member.stop();
});

test("messages of the manager that are out of place, or for another host, end the link", async () => {
  const welcome: ManagerMessage = { type: "welcome", host: SELF, version: "v" };
  const snapshot: ManagerMessage = {
    type: "snapshot",
    snapshot: snapshotToJson({ v: EVENT_VERSION, seq: JOINING.length, network: fold(JOINING) }),
  };
  const foreign: ManagerMessage = {
    type: "snapshot",
    snapshot: snapshotToJson({ v: EVENT_VERSION, seq: 1, network: fold(JOINING.slice(0, 1)) }),
  };
  const events: ManagerMessage = { type: "events", to: 99, events: [] };
  const wrong: ManagerMessage[][] = [
    [snapshot],
    [events],
    [{ ...welcome, host: 7 }],
    [welcome, welcome],
    [welcome, snapshot, welcome],
    [welcome, events],
    [welcome, foreign],
  ];
  for (const messages of wrong) {
    const world = started();
    for (const message of messages) world.tell(message);
    await world.ended();
    assert.equal(world.ends[0]?.error.code, "malformed-frame", JSON.stringify(messages));
  }
});

test("once it has its id a member takes nothing that is for another, not even from its manager", async () => {
  const world = started();
  world.welcome();
  await ready(world);
  const bye = Uint8Array.of(0, 13);
  world.manager.send(makeFrame({ kind: KIND.bye, source: MANAGER, destination: 2 }, bye));
  world.manager.send(makeFrame({ kind: KIND.open, source: MANAGER, destination: SELF, stream: 1 }, OPEN));
  world.manager.send(makeFrame({ kind: KIND.ping, source: 2, destination: SELF }, new Uint8Array(8)));
  await waitFor(() => world.frames.length, { what: "the pong behind them", everyMs: 1 });
  assert.deepEqual(
    world.frames.map(({ kind }) => kind),
    [KIND.pong],
  );
  assert.deepEqual(world.ends, []);
  await world.member.stop();
});

/** Tells the member what happened next. */
function happens(world: World, after: number, facts: readonly Fact[]): void {
  const events = facts.map((fact, at): NetworkEvent => ({ seq: after + at + 1, at: 1, by: "m", v: 1, ...fact }));
  world.tell({ type: "events", to: after + facts.length, events });
}

const closed = (code: ErrorCode): Fact => ({ type: "link.closed", host: 2, failure: { code, message: "", stderr: [] } });

/** A member whose only neighbour, host 2, has failed; and a new stream to it. */
async function dialDown(code: ErrorCode, limits: Limits = LIMITS) {
  const world = started({}, limits);
  world.welcome();
  await ready(world);
  const context = world.contexts[0] as HostContext;
  happens(world, JOINING.length, [closed(code)]);
  const host = await waitFor(() => context.network().hosts.get(2)?.phase === "failed" && context.network().hosts.get(2), {
    what: "host 2 to fail",
    everyMs: 1,
  });
  const got = new Recorder();
  const stream = context.dial(host, { kind: "published", port: 80 });
  stream.attach(got);
  stream.write(Uint8Array.of(1, 2, 3));
  return { world, stream, got };
}

test("a new stream to a host that will be back waits, and goes in order once it is; no ping goes before", async () => {
  const { world, stream, got } = await dialDown("link-silent");
  stream.end();
  happens(world, JOINING.length + 1, [{ type: "link.starting", host: 2 }]);
  world.manager.send(makeFrame({ kind: KIND.ping, source: 2, destination: SELF }, new Uint8Array(8)));
  await waitFor(() => world.frames.some(({ kind }) => kind === KIND.pong), { what: "the pong behind it", everyMs: 1 });
  assert.deepEqual(
    world.frames.map(({ kind }) => kind),
    [KIND.pong],
  );
  happens(world, JOINING.length + 2, [{ type: "link.opened", host: 2, session: 2 }]);
  await waitFor(() => world.frames.some(({ kind }) => kind === KIND.end), { what: "the stream", everyMs: 1 });
  assert.deepEqual(
    world.frames.map(({ kind }) => kind),
    [KIND.pong, KIND.open, KIND.data, KIND.end],
  );
  assert.deepEqual(got.calls, []);
  await world.member.stop();
});

test("a stream that is reset while it waits is never heard of", async () => {
  const { world, stream } = await dialDown("link-closed");
  stream.reset("reset");
  happens(world, JOINING.length + 1, [
    { type: "link.starting", host: 2 },
    { type: "link.opened", host: 2, session: 2 },
  ]);
  await waitFor(() => world.contexts[0]?.network().hosts.get(2)?.phase === "joining", { what: "host 2 to be back", everyMs: 1 });
  world.manager.send(makeFrame({ kind: KIND.ping, source: 2, destination: SELF }, new Uint8Array(8)));
  await waitFor(() => world.frames.length > 0, { what: "the pong", everyMs: 1 });
  assert.deepEqual(
    world.frames.map(({ kind }) => kind),
    [KIND.pong],
  );
  await world.member.stop();
});

test("nobody waits for a host that failed in a way that lasts, nor for longer once that is known", async () => {
  const lasting = await dialDown("agent-not-found");
  await waitFor(() => lasting.got.error, { what: "the refusal", everyMs: 1 });
  assert.equal(lasting.got.error?.code, "host-down");
  await lasting.world.member.stop();
  const { world, got } = await dialDown("link-closed");
  happens(world, JOINING.length + 1, [{ type: "link.starting", host: 2 }, closed("no-shell")]);
  await waitFor(() => got.error, { what: "the refusal", everyMs: 1 });
  assert.equal(got.error?.code, "host-down");
  await world.member.stop();
});

test("a host that waits too long is given up, and what waits is reset when the member leaves", async () => {
  const { world, got } = await dialDown("link-closed", { ...LIMITS, returnMs: 20 });
  await waitFor(() => got.error, { what: "the refusal", everyMs: 1 });
  assert.equal(got.error?.code, "host-down");
  const host = world.contexts[0]?.network().hosts.get(2) ?? assert.fail("host 2 is not there");
  const last = new Recorder();
  world.contexts[0]?.dial(host, { kind: "published", port: 80 }).attach(last);
  await world.member.stop();
  await world.ended();
  assert.equal(last.error?.code, "link-lost");
  assert.ok(world.frames.every(({ kind }) => kind !== KIND.open));
});

test("when the link ends, streams are reset, front-ends are stopped, and closed is told once, last", async () => {
  const order: string[] = [];
  const world = started({ stop: async () => void order.push("front-end stopped") });
  world.welcome();
  await ready(world);
  const context = world.contexts[0] as HostContext;
  const got = new Recorder();
  got.reset = ({ code }) => void order.push(code);
  const host = context.network().hosts.get(2) ?? assert.fail("host 2 is not there");
  context.dial(host, { kind: "published", port: 80 }).attach(got);
  await world.manager.close(new NoRouterError("link-closed", "Bye"));
  await world.ended();
  assert.deepEqual(order, ["link-lost", "front-end stopped"]);
  assert.deepEqual(
    world.ends.map(({ error }) => error.message),
    ["Bye"],
  );
});

test("a front-end that does not stop holds the member for no longer than the limit", async () => {
  const world = started({ stop: () => new Promise(() => undefined) });
  world.welcome();
  await ready(world);
  const began = performance.now();
  await world.member.stop();
  await world.ended();
  assert.ok(performance.now() - began < LIMITS.stopMs + 5000);
});
