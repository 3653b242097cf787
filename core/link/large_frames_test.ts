// Data frames of more than 32 KiB: only where both ends say so, and only while the link is fast.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { memoryPair } from "../../transports/memory/mod.ts";
import { NoRouterError } from "../errors.ts";
import { DEFAULT_LIMITS, LIMIT_ROWS } from "../limits.ts";
import type { Carrier, CarrierHandlers } from "../plugin/carrier.ts";
import type { Feature } from "../wire/features.ts";
import { BASE_FRAME_BYTES, FROM_ACCEPTOR, type Frame, KIND, MANAGER, makeFrame } from "../wire/frame.ts";
import { preambleOf, type Role } from "../wire/preamble.ts";
import { FrameReader } from "../wire/reader.ts";
import { Link, type LinkEnd } from "./link.ts";

const HOST = 5;
const LARGEST = LIMIT_ROWS.frameBytes.max;
const LARGE: readonly Feature[] = ["large-frames"];

/** A started link on which these features are in force, what it got and how it ended. */
function linkOver(carrier: Carrier, role: Role, features: readonly Feature[]) {
  const [frames, ends]: [Frame[], LinkEnd[]] = [[], []];
  const link: Link = new Link(carrier, role, role === "manager" ? HOST : MANAGER, DEFAULT_LIMITS, {
    opened: () => link.confirm(new Set(features)),
    frame: (frame) => void frames.push(frame),
    closed: (end) => void ends.push(end),
  });
  link.start();
  return { link, frames, ends };
}

/** What all frames share: a fast link carries much. */
const BYTES = Uint8Array.from({ length: LARGEST }, (_, at) => at % 251);

const data = (bytes: number, stream = 1) =>
  makeFrame({ kind: KIND.data, source: 1, destination: HOST, flags: FROM_ACCEPTOR, stream }, BYTES.subarray(0, bytes));
const bulk = (frames: readonly Frame[]) => frames.filter(({ kind }) => kind === KIND.data);
const largest = (frames: readonly Frame[]) => Math.max(...bulk(frames).map(({ length }) => length));
const total = (frames: readonly Frame[]) => bulk(frames).reduce((sum, { length }) => sum + length, 0);

/** A manager's link that has sent frames as long as `goesOn` says so, and the agent's that got them. */
async function sending(features: readonly Feature[], goesOn: (got: readonly Frame[]) => boolean) {
  const [left, right] = memoryPair();
  const manager = linkOver(left, "manager", features);
  const agent = linkOver(right, "agent", features);
  let sent = 0;
  await waitFor(
    () => {
      for (let count = 0; count < 60; count += 1, sent += LARGEST) manager.link.send(data(LARGEST));
      return !goesOn(agent.frames);
    },
    { what: "the frames", everyMs: 1, timeoutMs: 20_000 },
  );
  await waitFor(() => total(agent.frames) === sent, { what: "the last of them", everyMs: 1 });
  await manager.link.close(new NoRouterError("link-closed"));
  return agent.frames;
}

test("a fast link comes to large frames where both ends say so, and every byte and field arrives", async () => {
  const frames = await sending(LARGE, (got) => largest(got) < LARGEST);
  assert.equal(frames[0]?.length, BASE_FRAME_BYTES, "it begins with small ones");
  for (const { source, destination, flags, stream, length } of bulk(frames))
    assert.deepEqual([source, destination, flags, stream, length >= BASE_FRAME_BYTES], [1, HOST, FROM_ACCEPTOR, 1, true]);
  const first = frames.slice(0, LARGEST / BASE_FRAME_BYTES).map((frame) => frame.payloadBytes());
  assert.deepEqual(Buffer.concat(first), Buffer.from(BYTES));
});

test("where they do not, a larger frame is cut, however fast the link is", async () => {
  const before = performance.now();
  const frames = await sending([], () => performance.now() - before < 150);
  assert.equal(largest(frames), BASE_FRAME_BYTES);
});

/** A carrier that takes 2 MB a second, and what was written to it. */
function slowCarrier() {
  let carried: CarrierHandlers | undefined;
  const frames: Frame[] = [];
  const reader = new FrameReader({ data: LARGEST, control: 1024 }, (frame) => void frames.push(frame));
  let begun = false;
  const carrier: Carrier = {
    start: (handlers) => {
      carried = handlers;
      queueMicrotask(() => handlers.data(preambleOf("agent")));
    },
    write: (parts) => {
      const bytes = parts.reduce((sum, { length }) => sum + length, 0);
      if (begun) for (const part of parts) reader.push(part);
      begun = true;
      setTimeout(() => carried?.drain(), bytes / 2000);
      return false;
    },
    close: async () => carried?.closed({ stderr: [] }),
  };
  return { carrier, frames };
}

test("a slow link keeps small frames, so a small request waits for no more than one of them", async () => {
  const { carrier, frames } = slowCarrier();
  const { link } = linkOver(carrier, "manager", LARGE);
  for (let sent = 0; sent < 8; sent += 1) link.send(data(LARGEST));
  await waitFor(() => total(frames) > 4 * LARGEST, { what: "half of the bulk", everyMs: 1 });
  const before = frames.length;
  link.send(data(64, 2));
  await waitFor(() => total(frames) === 8 * LARGEST + 64, { what: "all of it", everyMs: 1 });
  assert.equal(largest(frames), BASE_FRAME_BYTES);
  assert.ok(frames.findIndex(({ stream }) => stream === 2) <= before + 1, "behind one frame at most");
  await link.close(new NoRouterError("link-closed"));
});

test("an end takes data frames of 32 KiB, with the feature of 128 KiB, and nothing beyond", async () => {
  for (const [features, most] of [
    [[], BASE_FRAME_BYTES],
    [LARGE, LARGEST],
  ] as const) {
    const [left, far] = memoryPair();
    const { link, frames, ends } = linkOver(left, "manager", features);
    far.start({ data: () => undefined, drain: () => undefined, closed: () => undefined });
    const ofHost = (bytes: number) =>
      makeFrame({ kind: KIND.data, source: HOST, destination: 7, stream: 1 }, new Uint8Array(bytes));
    far.write([preambleOf("agent"), ...ofHost(most).raw, ...ofHost(most + 1).raw]);
    await waitFor(() => ends.length > 0, { what: "the end of the link", everyMs: 1 });
    assert.equal(ends[0]?.error.code, "malformed-frame");
    assert.deepEqual(
      frames.map(({ length }) => length),
      [most],
    );
    await link.close(new NoRouterError("link-closed"));
  }
});
