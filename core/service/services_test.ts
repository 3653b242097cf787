// Services in the router: the way there and back, who gets what, and what becomes of streams when somebody goes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FAILURE, inPhase } from "../../conformance/ledger.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { SERVICE, serviceRouter, short } from "../../tests/support/service_router.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { FROM_ACCEPTOR, KIND, makeFrame } from "../wire/frame.ts";
import { decodeReason, encodeOpen } from "../wire/payload.ts";

test("an opener sees the service alone, a host the opener, and the payload is not copied", () => {
  const { router, open, answer, link, last, violated } = serviceRouter(3);
  open(1, 7);
  assert.deepEqual(last(2), [KIND.open, 1, 2, 0, 7]);
  answer(KIND.accept, 2, 1, 7);
  assert.deepEqual(last(1), [KIND.accept, SERVICE, 1, FROM_ACCEPTOR, 7]);
  const payload = new Uint8Array(500);
  router.relay(1, makeFrame({ kind: KIND.data, source: 1, destination: SERVICE, stream: 7 }, payload));
  assert.deepEqual(last(2), [KIND.data, 1, 2, 0, 7]);
  const [header = assert.fail(), ...slices] = link(2).frames.at(-1)?.raw ?? [];
  assert.deepEqual([header.subarray(2, 6), slices[0] === payload], [Uint8Array.of(0, 1, 0, 2), true], "what is sent says so");
  assert.deepEqual(violated, []);
});

test("streams are counted until both ends, or a reset of either", () => {
  const { say, open, answer, served } = serviceRouter(3);
  for (const stream of [1, 2, 3]) open(1, stream);
  assert.deepEqual(served(), [0, 2, 1]);
  say(KIND.end, 1, SERVICE, 1);
  assert.deepEqual(served(), [0, 2, 1], "half of it is over");
  answer(KIND.end, 2, 1, 1);
  assert.deepEqual(served(), [0, 1, 1]);
  answer(KIND.reset, 3, 1, 2);
  say(KIND.reset, 1, SERVICE, 3);
  assert.deepEqual(served(), [0, 0, 0]);
});

test("streams of one number by two openers do not mix, and neither do those to the host itself", () => {
  const { open, answer, say, last, served } = serviceRouter(4, { hosts: [3] });
  open(1, 7);
  open(2, 7);
  answer(KIND.accept, 3, 2, 7);
  assert.deepEqual(last(2), [KIND.accept, SERVICE, 2, FROM_ACCEPTOR, 7]);
  say(KIND.open, 4, 3, 7);
  answer(KIND.accept, 3, 4, 7);
  assert.deepEqual(last(4), [KIND.accept, 3, 4, FROM_ACCEPTOR, 7]);
  assert.deepEqual(served(), [0, 0, 2, 0]);
});

test("a host that a service gives its own stream takes it for the service's", () => {
  const { open, answer, say, last, link, served, violated } = serviceRouter(2);
  open(2, 7);
  assert.deepEqual(last(2), [KIND.open, SERVICE, 2, 0, 7]);
  answer(KIND.accept, 2, 2, 7);
  assert.deepEqual(last(2), [KIND.accept, SERVICE, 2, FROM_ACCEPTOR, 7]);
  say(KIND.ping, 2, SERVICE, 0);
  assert.deepEqual(last(2), [KIND.pong, SERVICE, 2, 0, 0]);
  const before = link(2).frames.length;
  answer(KIND.reset, 2, 2, 7);
  assert.deepEqual([last(2), link(2).frames.length, served()], [[KIND.reset, SERVICE, 2, FROM_ACCEPTOR, 7], before + 1, [0, 0]]);
  assert.deepEqual(violated, []);
});

test("a ping of an opener goes to the host of its last stream, and the pong is the service's", () => {
  const { open, say, last, link } = serviceRouter(3);
  say(KIND.ping, 1, SERVICE, 0);
  assert.deepEqual([link(2).frames, link(3).frames], [[], []], "nothing is given yet");
  open(1, 1);
  open(1, 2);
  say(KIND.ping, 1, SERVICE, 0);
  assert.deepEqual(last(3), [KIND.ping, 1, 3, 0, 0]);
  say(KIND.pong, 3, 1, 0, 0, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  assert.deepEqual(last(1), [KIND.pong, SERVICE, 1, 0, 0]);
  say(KIND.ping, 1, 3, 0, 0, new Uint8Array(8));
  say(KIND.pong, 3, 1, 0, 0, new Uint8Array(8));
  assert.deepEqual(last(1), [KIND.pong, 3, 1, 0, 0], "its own pings are its own");
});

test("when the link of a host ends its streams are reset, and no others", () => {
  const { open, answer, detach, link, last, served } = serviceRouter(3);
  for (const stream of [1, 2]) open(1, stream);
  answer(KIND.accept, 2, 1, 1);
  detach(2);
  const reset = link(1).frames.at(-1) ?? assert.fail();
  assert.deepEqual(
    [short(reset), decodeReason(reset.payloadBytes()).code],
    [[KIND.reset, SERVICE, 1, FROM_ACCEPTOR, 1], "link-lost"],
  );
  assert.deepEqual(served(), [0, 0, 1]);
  open(1, 3);
  assert.deepEqual(last(3), [KIND.open, 1, 3, 0, 3], "new ones go to the others");
});

test("data that came before the end of a host's link still arrives, and then the reset", () => {
  const { open, answer, detach, link } = serviceRouter(2);
  open(1, 1);
  for (const kind of [KIND.accept, KIND.data]) answer(kind, 2, 1, 1);
  detach(2);
  const { waiting } = link(1);
  assert.deepEqual(
    [waiting.next(), waiting.next(), waiting.next()].map((frame) => frame?.kind),
    [KIND.accept, KIND.data, KIND.reset],
  );
});

test("a host whose target refuses a stream is passed over: another one gets all that was sent", () => {
  const { open, say, refuse, link, last, served } = serviceRouter(4);
  open(1, 1);
  say(KIND.data, 1, SERVICE, 1);
  say(KIND.end, 1, SERVICE, 1);
  refuse(2, 1, 1);
  assert.deepEqual(served(), [0, 0, 1, 0]);
  assert.deepEqual(link(3).frames.map(short), [
    [KIND.open, 1, 3, 0, 1],
    [KIND.data, 1, 3, 0, 1],
    [KIND.end, 1, 3, 0, 1],
  ]);
  assert.deepEqual(link(3).frames[1]?.payloadBytes(), new Uint8Array(500));
  assert.deepEqual(link(1).frames, [], "the opener hears nothing of it");
  refuse(3, 1, 1);
  refuse(4, 1, 1);
  assert.deepEqual(
    [last(1), served()],
    [
      [KIND.reset, SERVICE, 1, FROM_ACCEPTOR, 1],
      [0, 0, 0, 0],
    ],
    "each is asked once",
  );
});

test("a stream that a target may have seen stays where it is", () => {
  const { open, say, answer, refuse, detach, last, served } = serviceRouter(3);
  open(1, 1);
  answer(KIND.accept, 2, 1, 1);
  refuse(2, 1, 1);
  assert.deepEqual(last(1), [KIND.reset, SERVICE, 1, FROM_ACCEPTOR, 1]);
  open(1, 2);
  open(1, 3);
  say(KIND.data, 1, SERVICE, 3);
  assert.deepEqual(served(), [0, 1, 1]);
  detach(2);
  assert.deepEqual(last(1), [KIND.reset, SERVICE, 1, FROM_ACCEPTOR, 3], "its data went over the link that was lost");
  open(1, 4);
  detach(3);
  assert.deepEqual(last(1), [KIND.reset, SERVICE, 1, FROM_ACCEPTOR, 4], "and nobody is left");
});

test("a host that answers before it accepts has the stream, and what it refuses then is refused", () => {
  const { open, answer, refuse, last, served } = serviceRouter(3);
  open(1, 1);
  answer(KIND.data, 2, 1, 1);
  refuse(2, 1, 1);
  assert.deepEqual(
    [last(1), served()],
    [
      [KIND.reset, SERVICE, 1, FROM_ACCEPTOR, 1],
      [0, 0, 0],
    ],
    "nobody mixes two answers",
  );
});

test("a stream whose host goes before it was sent anything is given to another", () => {
  const { open, detach, link, last, served } = serviceRouter(3);
  open(1, 1);
  detach(2);
  assert.deepEqual([last(3), served(), link(1).frames], [[KIND.open, 1, 3, 0, 1], [0, 0, 1], []]);
});

test("when an opener's link ends, or a service leaves, nothing is left, and hosts of the service hear of it", () => {
  const { open, detach, attach, publish, last, served, say, link, router } = serviceRouter(3);
  open(1, 1);
  detach(1);
  assert.deepEqual(served(), [0, 0, 0]);
  attach(1);
  open(1, 2);
  publish({ type: "host.left", host: SERVICE });
  assert.deepEqual(
    [last(3), served()],
    [
      [KIND.reset, 1, 3, 0, 2],
      [0, 0, 0],
    ],
  );
  router.traffic.drain(100);
  assert.equal(router.traffic.places, 0);
  say(KIND.open, 1, SERVICE, 3);
  assert.deepEqual(short(link(1).frames.at(-1) ?? assert.fail()), [KIND.reset, SERVICE, 1, FROM_ACCEPTOR, 3]);
});

test("drained, unhealthy and lost hosts get nothing new; what they have goes on", () => {
  const { open, publish, say, last, served } = serviceRouter(4, { health: HEALTH });
  const health = (host: number, healthy: boolean) =>
    publish({ type: "health.changed", host, service: SERVICE, healthy, message: "" });
  for (const host of [2, 3, 4]) health(host, true);
  for (const stream of [1, 2, 3]) open(1, stream);
  publish({ type: "host.drained", host: 2 });
  health(3, false);
  for (const stream of [4, 5, 6]) open(1, stream);
  assert.deepEqual(served(), [0, 1, 1, 4]);
  say(KIND.data, 1, SERVICE, 1);
  assert.deepEqual(last(2), [KIND.data, 1, 2, 0, 1]);
  publish({ type: "host.undrained", host: 2 });
  health(3, true);
  for (const stream of [7, 8]) open(1, stream);
  assert.deepEqual(served(), [0, 2, 2, 4]);
});

test("without a host a stream is refused at once, and told why", () => {
  const { open, publish, link } = serviceRouter(3, { health: HEALTH });
  publish({ type: "host.drained", host: 2 });
  publish({ type: "health.changed", host: 3, service: SERVICE, healthy: false, message: "" });
  open(1, 1);
  const { code, message } = decodeReason((link(1).frames.at(-1) ?? assert.fail()).payloadBytes());
  assert.deepEqual(
    [code, message],
    ["host-down", 'Service "host50" has no host for it: "host2" is drained, "host3" is unhealthy'],
  );
});

test("while a host is on its way streams wait, with what was sent behind them, and then go there in order", () => {
  const { open, say, publish, detach, attach, link, served } = serviceRouter(2);
  detach(2);
  publish({ type: "link.closed", host: 2, failure: FAILURE });
  open(1, 1);
  say(KIND.data, 1, SERVICE, 1);
  open(1, 2);
  open(1, 3);
  say(KIND.reset, 1, SERVICE, 2);
  say(KIND.end, 1, SERVICE, 1);
  attach(2);
  publish(...inPhase(2, "ready"));
  assert.deepEqual(
    link(2).frames.map(({ kind, stream }) => [kind, stream]),
    [
      [KIND.open, 1],
      [KIND.data, 1],
      [KIND.end, 1],
      [KIND.open, 3],
    ],
  );
  assert.deepEqual(served(), [0, 2]);
});

test("a host that is checked gets nothing before its first good check, and who waits too long is refused", async () => {
  const { open, publish, link, served } = serviceRouter(2, { health: HEALTH }, { returnMs: 1 });
  open(1, 1);
  assert.deepEqual(served(), [0, 0]);
  await waitFor(() => link(1).frames.length > 0, { what: "the refusal", everyMs: 1 });
  const { code, message } = decodeReason((link(1).frames[0] ?? assert.fail()).payloadBytes());
  assert.deepEqual([code, message], ["host-down", 'Service "host50" has no host for it: "host2" is not ready']);
  publish({ type: "health.changed", host: 2, service: SERVICE, healthy: true, message: "" });
  open(1, 2);
  assert.deepEqual(served(), [0, 1]);
});

test("what says whose stream it is goes no further than the manager", () => {
  const { open, link, served } = serviceRouter(6, { sticky: true });
  const target = { kind: "published", port: 80 } as const;
  for (let stream = 1; stream <= 20; stream += 1) open(1, stream, encodeOpen({ credit: 5, target: { ...target, client: 77 } }));
  assert.deepEqual(
    served().filter((count) => count > 0),
    [20],
  );
  const [opened] = [2, 3, 4, 5, 6].flatMap((host) => link(host).frames);
  assert.deepEqual(opened?.payloadBytes(), encodeOpen({ credit: 5, target }));
  for (let stream = 21; stream <= 60; stream += 1)
    open(1, stream, encodeOpen({ credit: 5, target: { ...target, client: stream } }));
  assert.ok(
    served()
      .slice(1)
      .every((count) => count > 0),
    "other clients go elsewhere",
  );
});

test("a number that an opener uses twice towards one host is refused, and harms no other stream", () => {
  const { publish, open, say, last, served } = serviceRouter(2);
  publish({
    type: "host.admitted",
    host: 51,
    name: "other",
    vip: "127.0.42.51",
    aliases: [],
    ports: [],
    local: false,
    settings: {},
    service: { policy: "first", hosts: [2] },
  });
  open(1, 7);
  say(KIND.open, 1, 51, 7);
  assert.deepEqual(last(1), [KIND.reset, 51, 1, FROM_ACCEPTOR, 7]);
  assert.deepEqual(served(), [0, 1]);
});

test("an opener holds no more streams of services than a host may have", () => {
  const { open, link, served } = serviceRouter(2, {}, { streams: 3 });
  for (const stream of [1, 2, 3, 4]) open(1, stream);
  assert.equal(decodeReason((link(1).frames.at(-1) ?? assert.fail()).payloadBytes()).code, "too-many-streams");
  assert.deepEqual(served(), [0, 3]);
});

test("who sends more to a service that has no host than its first credit is thrown out", () => {
  const { open, say, detach, publish, violated } = serviceRouter(2, {}, { minWindowBytes: 2000 });
  detach(2);
  publish({ type: "link.closed", host: 2, failure: FAILURE });
  open(1, 1);
  for (let at = 0; at < 6; at += 1) say(KIND.data, 1, SERVICE, 1);
  assert.match(violated[0] ?? "", /^1 More data was sent/);
  detach(1);
});

test("what piles up for a link is reset on both sides of a service, and no link ends", () => {
  const { open, answer, say, last, served, unread, link } = serviceRouter(2, {}, { queueBytes: 3000 });
  open(1, 1);
  answer(KIND.accept, 2, 1, 1);
  for (let at = 0; at < 6; at += 1) answer(KIND.data, 2, 1, 1);
  assert.deepEqual(
    [last(1), last(2), served(), unread],
    [[KIND.reset, SERVICE, 1, FROM_ACCEPTOR, 1], [KIND.reset, 1, 2, 0, 1], [0, 0], []],
  );
  link(1).waiting.clear();
  link(2).waiting.clear();
  open(1, 2);
  for (let at = 0; at < 6; at += 1) say(KIND.data, 1, SERVICE, 2);
  assert.deepEqual(
    [last(1), last(2), served(), unread],
    [[KIND.reset, SERVICE, 1, FROM_ACCEPTOR, 2], [KIND.reset, 1, 2, 0, 2], [0, 0], []],
  );
});

test("data without credit ends the link of the host that sent it", () => {
  const { open, say, answer, violated } = serviceRouter(3);
  open(1, 1);
  say(KIND.data, 1, SERVICE, 1, 0, new Uint8Array(DEFAULT_LIMITS.minWindowBytes));
  assert.equal(violated.length, 0);
  say(KIND.data, 1, SERVICE, 1, 0, new Uint8Array(1));
  answer(KIND.accept, 2, 1, 1);
  for (let at = 0; at < 2; at += 1) answer(KIND.data, 3, 1, 9);
  assert.deepEqual(
    violated.map((text) => text.slice(0, 10)),
    ["1 More dat", "3 More dat", "3 More dat"],
    "credit that another host was given is not its own",
  );
});

const HEALTH = { port: 80, everyMs: 1000, timeoutMs: 1000, rise: 1, fall: 1 } as const;
