// The hub: no host speaks for another, nobody waits for a host that is down, and only who sends too much pays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Bus } from "./bus.ts";
import { EVENT_VERSION } from "./ledger/events.ts";
import { EMPTY_NETWORK } from "./ledger/network.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { Scheduler } from "./link/scheduler.ts";
import { PairAccounts } from "./pair_account.ts";
import { Router } from "./router.ts";
import { FROM_ACCEPTOR, type Frame, KIND, type Kind, makeFrame } from "./wire/frame.ts";
import { decodeReason, encodeCredit, encodeOpen, encodeReason } from "./wire/payload.ts";

function made(queueBytes: number = DEFAULT_LIMITS.queueBytes, left: ReadonlySet<number> = new Set()) {
  const refused: string[] = [];
  const unread: number[] = [];
  const violated: string[] = [];
  const bus = new Bus((thrown) => assert.fail(String(thrown)));
  const router = new Router(
    bus,
    { ...DEFAULT_LIMITS, queueBytes },
    {
      knows: (host) => host < 100 && !left.has(host),
      refused: (host, code) => void refused.push(`${host} ${code}`),
      violated: (host, message) => void violated.push(`${host} ${message}`),
      unread: (host) => void unread.push(host),
    },
  );
  /** Attaches a host whose link never drains. */
  const attach = (host: number) => {
    const frames: Frame[] = [];
    const waiting = new Scheduler();
    const send = (frame: Frame) => {
      frames.push(frame);
      waiting.push(frame);
    };
    return { frames, waiting, detach: router.attach(host, { send, waiting }) };
  };
  /** Lets `source` send data to `destination`. */
  const allow = (source: number, destination: number, credit = 1_000_000) =>
    router.relay(destination, openFrame(destination, source, credit));
  const publish = (host: number) =>
    bus.publish([{ type: "host.left", host, seq: 1, at: 0, by: "user", v: EVENT_VERSION }], EMPTY_NETWORK);
  return { router, refused, violated, unread, attach, allow, publish };
}

const openFrame = (source: number, destination: number, credit: number) =>
  makeFrame({ kind: KIND.open, source, destination, stream: 9 }, encodeOpen({ credit, target: { kind: "published", port: 80 } }));

const frame = (kind: Kind, source: number, destination: number, bytes = 8) =>
  makeFrame({ kind, source, destination, stream: 7 }, new Uint8Array(bytes));

test("a frame is handed on as it is", () => {
  const { router, attach, refused, allow } = made();
  attach(1);
  const { frames } = attach(2);
  allow(1, 2);
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

test("what still waits of a host whose link ended never meets its next session", () => {
  const { router, attach, allow } = made();
  const [gone, other] = [attach(1), attach(2)];
  attach(3);
  allow(3, 2);
  for (const kind of [KIND.open, KIND.data, KIND.credit]) router.relay(1, frame(kind, 1, 2));
  router.relay(3, frame(KIND.data, 3, 2, 500));
  gone.detach();
  assert.deepEqual([other.waiting.queuedBytes(1), other.waiting.queuedBytes(3)], [0, 516]);
});

test("what openers still have to hear of streams to a host whose link ended, or of which they missed something, is their end", () => {
  const { router, attach } = made();
  const [gone, opener] = [attach(1), attach(2)];
  const answer = (kind: Kind, stream: number, payload = encodeReason({ code: "refused", message: "" })) =>
    makeFrame({ kind, source: 1, destination: 2, stream, flags: FROM_ACCEPTOR }, payload);
  const open = encodeOpen({ credit: 1_000_000, target: { kind: "published", port: 80 } });
  for (const stream of [3, 4, 5]) router.relay(2, makeFrame({ kind: KIND.open, source: 2, destination: 1, stream }, open));
  router.relay(1, answer(KIND.reset, 3));
  router.relay(1, answer(KIND.data, 4));
  router.relay(1, answer(KIND.end, 4));
  const before = opener.frames.length;
  gone.detach();
  const heard = opener.frames.slice(before).map((frame) => [frame.stream, frame.kind, decodeReason(frame.payloadBytes()).code]);
  assert.deepEqual(heard.sort(), [
    [3, KIND.reset, "refused"],
    [4, KIND.reset, "link-lost"],
  ]);
});

test("more than credit allows on one link costs the streams between the two, and no link", () => {
  const { router, attach, refused, unread, allow } = made(3000);
  const [one, two, three, four] = [attach(1), attach(2), attach(3), attach(4)];
  allow(2, 3);
  allow(1, 3);
  allow(1, 4);
  router.relay(2, frame(KIND.data, 2, 3, 900));
  router.relay(1, frame(KIND.data, 1, 3, 1500));
  router.relay(1, frame(KIND.data, 1, 4, 1500));
  assert.deepEqual(refused, [], "links are counted apart");
  router.relay(1, frame(KIND.data, 1, 3, 1500));
  assert.deepEqual([refused, unread], [["3 flow-violation"], []]);
  assert.equal(three.waiting.queuedBytes(2), 916, "what others sent still waits");
  const resets = [one, three].map(({ frames }) => frames.at(-1) as Frame);
  assert.deepEqual(
    resets.map(({ kind, source, destination, flags, stream }) => [kind, source, destination, flags, stream]),
    [
      [KIND.reset, 3, 1, FROM_ACCEPTOR, 7],
      [KIND.reset, 1, 3, 0, 7],
    ],
  );
  assert.deepEqual([two.frames.length, four.frames.length], [1, 1]);
});

test("a host on whose link only answers in others' place pile up does not read", () => {
  const { router, attach, unread } = made(3000);
  attach(1);
  for (let host = 100; unread.length === 0 && host < 200; host += 1) router.relay(1, frame(KIND.open, 1, host));
  assert.deepEqual(unread, [1]);
});

test("a reset takes out what waits in the other direction", () => {
  const { router, attach, allow } = made();
  const { waiting } = attach(1);
  attach(2);
  allow(2, 1);
  router.relay(
    2,
    makeFrame({ kind: KIND.data, source: 2, destination: 1, flags: FROM_ACCEPTOR, stream: 7 }, new Uint8Array(500)),
  );
  router.relay(2, frame(KIND.data, 2, 1, 500));
  router.relay(1, frame(KIND.reset, 1, 2));
  assert.equal(waiting.queuedBytes(2), 516, "another stream with the same number stays");
});

test("frames between manager and host are not relayed", () => {
  const { router, attach, refused } = made();
  const { frames } = attach(2);
  for (const kind of [KIND.control, KIND.bye]) router.relay(1, frame(kind, 1, 2));
  assert.deepEqual([frames, refused], [[], Array(2).fill("1 malformed-frame")]);
});

test("data without credit is not passed on, and its sender is named", () => {
  const { router, attach, violated, allow } = made();
  attach(1);
  const { frames } = attach(2);
  router.relay(1, frame(KIND.data, 1, 2, 1));
  assert.deepEqual([frames, violated], [[], ["1 More data was sent than there was credit for, to host 2"]]);
  allow(1, 2, 600);
  for (let n = 0; n < 3; n += 1) router.relay(1, frame(KIND.data, 1, 2, 1));
  assert.deepEqual([frames.length, violated.length], [2, 2], "each costs 256 at least");
});

test("an opener has the smallest window before it hears anything, and what accept and credit add", () => {
  const { router, attach, violated } = made();
  attach(2);
  attach(1);
  router.relay(1, openFrame(1, 2, 0));
  router.relay(1, frame(KIND.data, 1, 2, DEFAULT_LIMITS.minWindowBytes));
  for (const kind of [KIND.accept, KIND.credit]) {
    router.relay(2, makeFrame({ kind, source: 2, destination: 1, flags: FROM_ACCEPTOR, stream: 9 }, encodeCredit(1000)));
  }
  router.relay(1, frame(KIND.data, 1, 2, 2000));
  assert.deepEqual(violated, []);
  router.relay(1, frame(KIND.data, 1, 2, 1));
  assert.equal(violated.length, 1);
});

test("credit in crumbs, answers to nothing and opens without end are violations", () => {
  const floods = [
    (n: number) => makeFrame({ kind: KIND.credit, source: 1, destination: 2, stream: n }, encodeCredit(1)),
    (n: number) => makeFrame({ kind: KIND.reset, source: 1, destination: 2, stream: n }, new Uint8Array(2)),
    (n: number) => makeFrame({ ...openFrame(1, 2, 0), stream: n }, openFrame(1, 2, 0).payloadBytes()),
  ];
  for (const flood of floods) {
    const { router, attach, violated } = made();
    attach(2);
    for (let n = 1; n < 100_000 && violated.length === 0; n += 1) router.relay(1, flood(n));
    assert.equal(violated.length, 1);
  }
});

test("what a hostile host makes an honest one send counts against the hostile one alone", () => {
  const { router, attach, violated } = made();
  attach(1);
  attach(2);
  router.relay(1, openFrame(1, 2, 0));
  const accept = (stream: number) =>
    makeFrame({ kind: KIND.accept, source: 1, destination: 2, flags: FROM_ACCEPTOR, stream }, encodeCredit(0));
  const disowned = (stream: number) =>
    makeFrame({ kind: KIND.reset, source: 2, destination: 1, stream }, encodeReason({ code: "reset", message: "" }));
  for (let n = 100; n < 100_000 && violated.length === 0; n += 1) {
    router.relay(1, accept(n));
    if (violated.length === 0) router.relay(2, disowned(n));
  }
  assert.match(String(violated), /^1 More streams were answered/);
});

test("a host that never answers pings has nobody thrown out, and a flood of them is one", () => {
  let now = 0;
  const accounts = new PairAccounts(DEFAULT_LIMITS, () => now);
  const ping = () => accounts.enter(frame(KIND.ping, 1, 2));
  for (; now < 24 * 3_600_000; now += 1000) assert.notEqual(typeof ping(), "object");
  let n = 0;
  while (typeof ping() !== "object") n += 1;
  assert.ok(n > 10_000 && n < 20_000, `${n}`);
});

test("opens that were reset for want of room wait for no answer", () => {
  const { router, attach, violated } = made(2 * 1024 * 1024);
  attach(1);
  attach(2);
  for (let n = 1; n < 70_000; n += 1)
    router.relay(1, makeFrame({ ...openFrame(1, 2, 0), stream: n }, openFrame(1, 2, 0).payloadBytes()));
  assert.deepEqual(violated, []);
});

test("frames for hosts that are not in the network leave nothing behind", () => {
  const { router, attach, refused, violated } = made();
  const { frames } = attach(1);
  for (let host = 100; host < 60_000; host += 1) router.relay(1, frame(KIND.end, 1, host, 0));
  router.relay(1, openFrame(1, 500, 0));
  assert.deepEqual([frames.map(({ kind, source }) => [kind, source]), refused, violated], [[[KIND.reset, 500]], [], []]);
});

test("pings that nobody answers are passed on no more, and accuse nobody", () => {
  const { router, attach, violated, refused } = made();
  const [one, two] = [attach(1), attach(2)];
  for (let n = 0; n < 1000; n += 1) router.relay(1, frame(KIND.ping, 1, 2));
  const passed = two.frames.length;
  assert.ok(passed < 100);
  for (let n = 0; n < 1000; n += 1) router.relay(2, frame(KIND.pong, 2, 1));
  assert.equal(one.frames.length, passed, "answers to nothing are dropped, too");
  assert.deepEqual([violated, refused], [[], []]);
});

test("pings to a host that is not there are not owed by it later", () => {
  const { router, attach } = made();
  attach(1);
  for (let n = 0; n < 1000; n += 1) router.relay(1, frame(KIND.ping, 1, 2));
  const { frames } = attach(2);
  router.relay(1, frame(KIND.ping, 1, 2));
  assert.equal(frames.length, 1);
});

test("a host whose peer begins anew may go on sending what it was allowed, and answers afresh", () => {
  const { router, attach, violated, allow } = made();
  attach(1);
  const two = attach(2);
  allow(1, 2);
  for (let n = 0; n < 10_000; n += 1) {
    router.relay(2, makeFrame({ ...openFrame(2, 1, 0), stream: n + 10 }, openFrame(2, 1, 0).payloadBytes()));
    for (const kind of [KIND.accept, KIND.end, KIND.reset]) {
      const bytes = kind === KIND.end ? 0 : kind === KIND.accept ? 4 : 2;
      router.relay(
        1,
        makeFrame({ kind, source: 1, destination: 2, flags: FROM_ACCEPTOR, stream: n + 10 }, new Uint8Array(bytes)),
      );
    }
  }
  two.detach();
  attach(2);
  router.relay(1, frame(KIND.data, 1, 2, 900_000));
  router.relay(1, frame(KIND.reset, 1, 2));
  assert.deepEqual(violated, []);
});

test("of a host that has left the network for good no account is kept, whether its link was up or down then", () => {
  const left = new Set<number>();
  const { router, attach, allow, publish } = made(undefined, left);
  attach(1);
  const two = attach(2);
  const three = attach(3);
  allow(1, 2);
  allow(1, 3);
  allow(2, 3);
  assert.equal(router.pairs, 6);
  three.detach(); // its link fails first, and it may come back
  assert.equal(router.pairs, 4);
  for (const host of [2, 3]) {
    left.add(host);
    publish(host);
  }
  router.relay(2, frame(KIND.credit, 2, 1)); // its last words
  two.detach();
  assert.equal(router.pairs, 0);
});

test("the late end of an old link takes nothing of its host's new one", () => {
  const { router, attach, allow } = made();
  attach(1);
  const old = attach(2);
  const { frames, waiting } = attach(2);
  allow(1, 2);
  allow(2, 1);
  router.relay(2, frame(KIND.data, 2, 1));
  const { pairs } = router;
  old.detach();
  assert.equal(router.pairs, pairs);
  const queued = waiting.queued;
  router.relay(1, frame(KIND.data, 1, 2));
  router.relay(1, frame(KIND.reset, 1, 2));
  assert.deepEqual(
    frames.map(({ kind }) => kind),
    [KIND.open, KIND.data, KIND.reset],
  );
  assert.ok(waiting.queued > queued);
});
