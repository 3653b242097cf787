// The hub: no host speaks for another, nobody waits for a host that is down, and only who sends too much pays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bus } from "./bus.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { Router } from "./router.ts";
import { FROM_ACCEPTOR, type Frame, KIND, type Kind, makeFrame } from "./wire/frame.ts";
import { decodeReason } from "./wire/payload.ts";

function made(queueBytes: number = DEFAULT_LIMITS.queueBytes) {
  const refused: string[] = [];
  const overflowed: number[] = [];
  const bus = new Bus((thrown) => assert.fail(String(thrown)));
  const router = new Router(
    bus,
    { ...DEFAULT_LIMITS, queueBytes },
    (host, code) => void refused.push(`${host} ${code}`),
    (host) => void overflowed.push(host),
  );
  /** Attaches a host whose link never drains. */
  const attach = (host: number) => {
    const frames: Frame[] = [];
    const queuedBytes = (source: number) =>
      frames.filter((frame) => frame.source === source).reduce((sum, { bytes }) => sum + bytes, 0);
    return { frames, detach: router.attach(host, { send: (frame) => void frames.push(frame), queuedBytes }) };
  };
  return { router, refused, overflowed, attach };
}

const frame = (kind: Kind, source: number, destination: number, bytes = 8) =>
  makeFrame({ kind, source, destination, stream: 7 }, new Uint8Array(bytes));

test("a frame is handed on as it is", () => {
  const { router, attach, refused } = made();
  const { frames } = attach(2);
  const sent = frame(KIND.data, 1, 2);
  router.relay(1, sent);
  assert.equal(frames[0], sent);
  assert.deepEqual(refused, []);
});

test("a frame with another host's source is dropped and reported under the host that sent it", () => {
  const { router, attach, refused } = made();
  const { frames } = attach(2);
  for (const source of [0, 2, 3, 0xffff]) router.relay(1, frame(KIND.data, source, 2));
  assert.deepEqual(frames, []);
  assert.deepEqual(refused, Array(4).fill("1 spoofed-frame"));
});

test("an open to a host that is down comes back as a reset in that host's place", () => {
  const { router, attach } = made();
  const { frames } = attach(1);
  router.relay(1, frame(KIND.open, 1, 2));
  const [reset] = frames as [Frame];
  assert.deepEqual(
    [reset.kind, reset.source, reset.destination, reset.flags, reset.stream],
    [KIND.reset, 2, 1, FROM_ACCEPTOR, 7],
  );
  assert.equal(decodeReason(reset.payloadBytes()).code, "host-down");
});

test("other frames to a host that is down are dropped, and so is an answer to an opener that is gone", () => {
  const { router, attach } = made();
  const { frames, detach } = attach(1);
  for (const kind of [KIND.data, KIND.credit, KIND.end, KIND.reset, KIND.ping]) router.relay(1, frame(kind, 1, 2));
  assert.deepEqual(frames, []);
  detach();
  router.relay(1, frame(KIND.open, 1, 2));
  assert.deepEqual(frames, []);
});

test("too much of one host on another's link is that host's fault alone", () => {
  const { router, attach, overflowed } = made(1000);
  attach(3);
  attach(4);
  router.relay(2, frame(KIND.data, 2, 3, 900));
  router.relay(1, frame(KIND.data, 1, 3, 500));
  router.relay(1, frame(KIND.data, 1, 4, 500));
  assert.deepEqual(overflowed, [], "hosts and links are counted apart");
  router.relay(1, frame(KIND.data, 1, 3, 500));
  assert.deepEqual(overflowed, [1]);
});
