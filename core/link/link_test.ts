// A link over a carrier in memory: how it opens, what it carries, and every way it ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { memoryPair } from "../../transports/memory/mod.ts";
import { type ErrorCode, NoRouterError } from "../errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import type { Carrier, CarrierEnd, CarrierHandlers } from "../plugin/carrier.ts";
import { FIRST_OPTIONAL_KIND, type Frame, HEADER_BYTES, KIND, type Kind, MANAGER, makeFrame } from "../wire/frame.ts";
import { encodeReason } from "../wire/payload.ts";
import { preambleOf, type Role } from "../wire/preamble.ts";
import { FrameReader } from "../wire/reader.ts";
import { Link, type LinkEnd } from "./link.ts";

const HOST = 5;
const text = (value: string) => new TextEncoder().encode(value);

interface LinkSide {
  readonly link: Link;
  readonly banners: string[];
  readonly frames: Frame[];
  readonly ends: LinkEnd[];
  ended(): Promise<LinkEnd>;
}

function linkOver(
  carrier: Carrier,
  role: Role,
  limits: Partial<Limits> = {},
  onFrame?: (frame: Frame) => void,
  confirms = true,
): LinkSide {
  const [banners, frames, ends]: [string[], Frame[], LinkEnd[]] = [[], [], []];
  const link: Link = new Link(
    carrier,
    role,
    role === "manager" ? HOST : MANAGER,
    { ...DEFAULT_LIMITS, ...limits },
    {
      opened: (banner) => {
        banners.push(banner);
        if (confirms) link.confirm(new Set());
      },
      frame: onFrame ?? ((frame) => void frames.push(frame)),
      closed: (end) => void ends.push(end),
    },
  );
  const ended = async () => {
    await waitFor(() => ends.length > 0, { what: `the ${role}'s link to end`, everyMs: 1 });
    return ends[0] as LinkEnd;
  };
  return { link, banners, frames, ends, ended };
}

/** Two joined links, both started. */
function joined(limits: Partial<Limits> = {}): { manager: LinkSide; agent: LinkSide } {
  const [left, right] = memoryPair();
  const manager = linkOver(left, "manager", limits);
  const agent = linkOver(right, "agent", limits);
  manager.link.start();
  agent.link.start();
  return { manager, agent };
}

/** A link against raw bytes; `agent` is what the far end got. */
function againstBytes(role: Role = "manager", limits: Partial<Limits> = {}) {
  const [left, far] = memoryPair();
  const side = linkOver(left, role, limits);
  const got: Uint8Array[] = [];
  far.start({ data: (chunk) => void got.push(chunk), drain: () => undefined, closed: () => undefined });
  side.link.start();
  return { side, far, got: () => Buffer.concat(got) };
}

const opens = ({ manager, agent }: { manager: LinkSide; agent: LinkSide }) =>
  waitFor(() => manager.banners.length + agent.banners.length === 2, { what: "both ends to open", everyMs: 1 });
const data = (source: number, destination: number, ...bytes: number[]) =>
  makeFrame({ kind: KIND.data, source, destination, stream: 1 }, Uint8Array.from(bytes));
const bytesIn = (frames: readonly Frame[]) => frames.map((frame) => [...frame.payloadBytes()]);

test("frames that were sent before the link opened wait and go both ways", async () => {
  const pair = joined();
  pair.manager.link.send(data(MANAGER, HOST, 1));
  pair.agent.link.send(data(HOST, 7, 2));
  assert.ok(pair.manager.link.waiting.queued > 0);
  await waitFor(() => pair.manager.frames.length && pair.agent.frames.length, { what: "both frames", everyMs: 1 });
  assert.deepEqual([bytesIn(pair.agent.frames), bytesIn(pair.manager.frames)], [[[1]], [[2]]]);
  assert.equal(pair.manager.link.waiting.queued, 0);
  await pair.manager.link.close(new NoRouterError("link-closed", ""));
});

test("a banner before the preamble is skipped and reported", async () => {
  const { side, far } = againstBytes();
  far.write([text("Last login: now\r\n"), preambleOf("agent"), ...data(HOST, 7, 3).raw]);
  await waitFor(() => side.frames.length > 0, { what: "the frame behind the banner", everyMs: 1 });
  assert.deepEqual(side.banners, ["Last login: now\r\n"]);
  await side.link.close(new NoRouterError("link-closed", ""));
  assert.equal((await side.ended()).banner, "Last login: now\r\n");
});

test("a manager sends its preamble, and nothing more before it has heard an agent", async () => {
  const { side, far, got } = againstBytes();
  side.link.send(data(MANAGER, HOST, 1));
  far.write([text("$ ")]);
  const greeting = [...preambleOf("manager")];
  await waitFor(() => got().length > 0, { what: "the manager's preamble", everyMs: 1 });
  assert.deepEqual([...got()], greeting);
  far.write([preambleOf("agent")]);
  await waitFor(() => got().length > greeting.length, { what: "the frame that waited", everyMs: 1 });
  await side.link.close(new NoRouterError("link-closed", ""));
});

test("what is not an agent is named, with what it printed", async () => {
  const cases: readonly (readonly [ErrorCode, Uint8Array])[] = [
    ["not-an-agent", text("usage: cat [FILE]\n".repeat(5000))],
    ["link-echo", preambleOf("manager")],
    ["terminal-in-path", text("\u008aNORT\r\r\n\0\u00ff\r\n\r".repeat(2))],
  ];
  for (const [code, bytes] of cases) {
    const { side, far } = againstBytes();
    far.write([bytes]);
    const end = await side.ended();
    assert.equal(end.error.code, code);
    assert.ok(code !== "not-an-agent" || end.banner.startsWith("usage: cat"));
    assert.deepEqual(side.banners, []);
  }
});

test("silence before opening: a manager gives up on the agent, an agent on the manager", async () => {
  const silent = againstBytes("manager", { helloMs: 1 });
  assert.equal((await silent.side.ended()).error.code, "agent-silent");
  const alone = againstBytes("agent", { heartbeatMs: 1, heartbeatMisses: 1 });
  assert.equal((await alone.side.ended()).error.code, "manager-gone");
});

test("an agent that says its preamble and nothing that is understood counts as silent", async () => {
  const [left, far] = memoryPair();
  const side = linkOver(left, "manager", { helloMs: 5 }, undefined, false);
  far.start({ data: () => undefined, drain: () => undefined, closed: () => undefined });
  side.link.start();
  far.write([preambleOf("agent")]);
  assert.equal((await side.ended()).error.code, "agent-silent");
  assert.equal(side.banners.length, 1);
});

test("silence after opening: a manager calls the link silent, an agent leaves; until then both ping", async () => {
  const codes: Record<Role, ErrorCode> = { manager: "link-silent", agent: "manager-gone" };
  for (const role of ["manager", "agent"] as const) {
    const { side, far, got } = againstBytes(role, { heartbeatMs: 5, heartbeatMisses: 3 });
    far.write([preambleOf(role === "manager" ? "agent" : "manager")]);
    assert.equal((await side.ended()).error.code, codes[role]);
    const frames: Frame[] = [];
    new FrameReader({ data: 1, control: 2 }, (frame) => void frames.push(frame)).push(got().subarray(preambleOf(role).length));
    assert.deepEqual(
      frames.map(({ kind }) => kind),
      [KIND.ping, KIND.ping, KIND.ping, KIND.bye],
    );
  }
});

test("two idle ends keep each other alive by pings, which no owner sees", async () => {
  let writes = 0;
  const [left, right] = memoryPair().map((carrier): Carrier => {
    const write = (parts: readonly Uint8Array[]) => {
      writes += 1;
      return carrier.write(parts);
    };
    return { start: (handlers) => carrier.start(handlers), write, close: () => carrier.close() };
  }) as [Carrier, Carrier];
  const limits = { heartbeatMs: 3, heartbeatMisses: 2 };
  const sides = [linkOver(left, "manager", limits), linkOver(right, "agent", limits)] as const;
  for (const { link } of sides) link.start();
  await waitFor(() => writes > 60, { what: "many more pings than a dead link would see", everyMs: 1 });
  assert.deepEqual(
    sides.map(({ ends, frames }) => [ends, frames]),
    [
      [[], []],
      [[], []],
    ],
  );
  await sides[0].link.close(new NoRouterError("link-closed", ""));
});

test("a goodbye from either side arrives with its code and text", async () => {
  for (const from of ["manager", "agent"] as const) {
    const pair = joined();
    await opens(pair);
    await pair[from].link.close(new NoRouterError("link-closed", "Going home"));
    for (const side of [pair.manager, pair.agent]) {
      const { error } = await side.ended();
      assert.deepEqual([error.code, error.message], ["link-closed", "Going home"]);
    }
  }
});

test("a link that is dropped is over at once, and gone when its carrier is", async () => {
  const carrier = new NarrowCarrier();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  carrier.close = () => held.then(() => carrier.end({ stderr: ["last words"], exitCode: 3 }));
  const { link, ends } = linkOver(carrier, "manager");
  link.start();
  link.drop(new NoRouterError("link-silent"));
  assert.deepEqual(
    ends.map(({ error }) => error.code),
    ["link-silent"],
  );
  let gone = false;
  const closing = link.close(new NoRouterError("link-closed")).then(() => {
    gone = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(gone, false);
  release();
  await closing;
  assert.equal(ends.length, 1);
});

test("a goodbye goes ahead of data that waits", async () => {
  const pair = joined();
  await opens(pair);
  for (let at = 0; at < 100; at += 1) pair.manager.link.send(data(MANAGER, HOST, at));
  await pair.manager.link.close(new NoRouterError("link-closed", "Now"));
  assert.equal((await pair.agent.ended()).error.message, "Now");
});

test("a malformed frame closes the link with its code", async () => {
  const { side, far } = againstBytes();
  far.write([preambleOf("agent"), ...data(HOST, 7, 1).raw, text("console.log: hello from a plugin")]);
  const { error } = await side.ended();
  assert.equal(error.code, "malformed-frame");
  assert.equal(side.frames.length, 1, "what came before it counts");
});

test("frames of unknown kinds that may be ignored are; the first other one closes the link", async () => {
  const { side, far } = againstBytes();
  const unknown = (kind: number, source: number) => makeFrame({ kind: kind as Kind, source, destination: 7 }, text("x")).raw;
  far.write([preambleOf("agent"), ...unknown(255, HOST), ...unknown(FIRST_OPTIONAL_KIND, 99), ...data(HOST, 7, 1).raw]);
  await waitFor(() => side.frames.length > 0, { what: "the frame behind them", everyMs: 1 });
  assert.deepEqual(bytesIn(side.frames), [[1]]);
  far.write(unknown(FIRST_OPTIONAL_KIND - 1, HOST));
  assert.equal((await side.ended()).error.code, "malformed-frame");
});

test("what the owner throws closes the link: a coded error as it is, anything else as internal", async () => {
  for (const [thrown, code] of [
    [new NoRouterError("spoofed-frame"), "spoofed-frame"],
    [new TypeError("bug"), "internal"],
  ] as const) {
    const [left, far] = memoryPair();
    const side = linkOver(left, "manager", {}, () => {
      throw thrown;
    });
    far.start({ data: () => undefined, drain: () => undefined, closed: () => undefined });
    side.link.start();
    far.write([preambleOf("agent"), ...data(HOST, 7, 1).raw]);
    assert.equal((await side.ended()).error.code, code);
  }
});

test("a carrier that ends by itself: no agent before opening, a closed link after", async () => {
  const early = againstBytes();
  await early.far.close();
  assert.equal((await early.side.ended()).error.code, "agent-failed");
  const late = againstBytes();
  late.far.write([preambleOf("agent")]);
  await waitFor(() => late.side.banners.length > 0, { what: "the link to open", everyMs: 1 });
  await late.far.close();
  assert.equal((await late.side.ended()).error.code, "link-closed");
});

test("however often and from wherever a link is ended, closed is called once with the first reason", async () => {
  const pair = joined();
  await opens(pair);
  const { link, ends } = pair.manager;
  await Promise.all([
    link.close(new NoRouterError("flow-violation")),
    link.close(new NoRouterError("link-closed", "")),
    link.close(new NoRouterError("internal")),
  ]);
  await link.close(new NoRouterError("link-closed", ""));
  assert.deepEqual(
    ends.map(({ error }) => error.code),
    ["flow-violation"],
  );
  link.send(data(MANAGER, HOST, 1));
  assert.equal(link.waiting.queued, 0, "frames after the end are dropped");
});

test("after a goodbye nothing more is handed over", async () => {
  const { side, far } = againstBytes();
  const bye = makeFrame({ kind: KIND.bye, source: HOST, destination: MANAGER }, encodeReason({ code: "internal", message: "x" }));
  far.write([preambleOf("agent"), Buffer.concat([...bye.raw, ...data(HOST, 7, 1).raw])]);
  assert.equal((await side.ended()).error.code, "internal");
  assert.deepEqual(side.frames, []);
});

/** A carrier that says false to every write and is drained by hand. */
class NarrowCarrier implements Carrier {
  handlers: CarrierHandlers | undefined;
  readonly writes: Buffer[] = [];

  start(handlers: CarrierHandlers): void {
    this.handlers = handlers;
  }

  write(parts: readonly Uint8Array[]): boolean {
    this.writes.push(Buffer.concat(parts));
    return this.writes.length === 1; // the preamble passes
  }

  async close(): Promise<void> {
    this.end({ stderr: ["last words"], exitCode: 3 });
  }

  end(end: CarrierEnd): void {
    this.handlers?.closed(end);
  }
}

test("a full carrier gets nothing more until it drains, and then at most a batch", async () => {
  const carrier = new NarrowCarrier();
  const { link, ended } = linkOver(carrier, "manager");
  link.start();
  carrier.handlers?.data(preambleOf("agent"));
  for (let at = 0; at < 20; at += 1)
    link.send(makeFrame({ kind: KIND.data, source: 1, destination: HOST, stream: 1 }, new Uint8Array(32_000)));
  await waitFor(() => carrier.writes.length > 1, { what: "the first write", everyMs: 1 });
  const sizes = () => carrier.writes.slice(1).map(({ length }) => length);
  assert.equal(sizes().length, 1);
  for (let drains = 0; link.waiting.queued > 0 && drains < 20; drains += 1) carrier.handlers?.drain();
  assert.ok(sizes().every((size) => size < DEFAULT_LIMITS.writeBatchBytes + 32_000 + HEADER_BYTES));
  assert.equal(
    sizes().reduce((sum, size) => sum + size),
    20 * (32_000 + HEADER_BYTES),
  );
  carrier.end({ stderr: ["last words"], exitCode: 3, error: new NoRouterError("agent-not-found") });
  carrier.end({ stderr: [] });
  const end = await ended();
  assert.deepEqual([end.error.code, end.carrier.exitCode, end.carrier.stderr], ["agent-not-found", 3, ["last words"]]);
});

test("a carrier that has ended and cannot be closed is given up", async () => {
  for (const close of [
    () => Promise.reject(new Error("closed already")),
    () => {
      throw new Error("closed already");
    },
  ]) {
    const start = ({ closed }: CarrierHandlers) => queueMicrotask(() => closed({ stderr: [] }));
    const side = linkOver({ start, write: () => true, close }, "manager");
    side.link.start();
    await side.ended();
    await side.link.close(new NoRouterError("link-closed"));
  }
});
