// Each byte counts once, where the open of its stream says; what a hostile host opens is bounded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FROM_ACCEPTOR, Frame, KIND, type Kind, makeFrame } from "../wire/frame.ts";
import { encodeOpen, type Target } from "../wire/payload.ts";
import { TrafficCounter } from "./counter.ts";
import { sumOf } from "./rows.ts";

const PUBLISHED: Target = { kind: "published", port: 80 };

function made(streams = 16) {
  let told = 0;
  const counter = new TrafficCounter({ streams }, () => {
    told += 1;
  });
  const open = (stream: number, target: Target = PUBLISHED, to = 2) =>
    counter.pass(makeFrame({ kind: KIND.open, source: 1, destination: to, stream }, encodeOpen({ credit: 9, target })));
  /** From the opener, or from the acceptor. */
  const send = (kind: Kind, stream: number, bytes = 0, isAnswer = false, to = 2) =>
    counter.pass(
      makeFrame(
        { kind, stream, source: isAnswer ? to : 1, destination: isAnswer ? 1 : to, flags: isAnswer ? FROM_ACCEPTOR : 0 },
        new Uint8Array(bytes),
      ),
    );
  return { counter, open, send, told: () => told };
}

test("bytes count both ways at the port of the open, also while the stream goes on; a drain begins anew", () => {
  const { counter, open, send, told } = made();
  open(1);
  send(KIND.data, 1, 100);
  send(KIND.data, 1, 7, true);
  send(KIND.credit, 1, 4);
  const row = { from: 1, to: 2, port: 80, bytesOut: 100, bytesIn: 7, streams: 1 };
  assert.deepEqual(counter.rows(), [row]);
  assert.deepEqual(counter.drain(9), [row]);
  assert.deepEqual(counter.rows(), []);
  assert.equal(told(), 1);
  send(KIND.data, 1, 3);
  assert.equal(told(), 2, "it tells again what is first after a drain");
  assert.deepEqual(counter.drain(9), [{ from: 1, to: 2, port: 80, bytesOut: 3, bytesIn: 0, streams: 0 }]);
});

test("one number may be two streams: of each host of a pair one", () => {
  const { counter, open, send } = made();
  open(1);
  counter.pass(
    makeFrame(
      { kind: KIND.open, source: 2, destination: 1, stream: 1 },
      encodeOpen({ credit: 1, target: { kind: "published", port: 22 } }),
    ),
  );
  send(KIND.data, 1, 10);
  counter.pass(makeFrame({ kind: KIND.data, source: 2, destination: 1, stream: 1 }, new Uint8Array(5)));
  assert.deepEqual(
    counter.rows().map(({ from, port, bytesOut }) => [from, port, bytesOut]),
    [
      [1, 80, 10],
      [2, 22, 5],
    ],
  );
});

test("a host's streams to itself have both ways, too", () => {
  const { counter, open, send } = made();
  open(1, PUBLISHED, 1);
  send(KIND.data, 1, 10, false, 1);
  send(KIND.data, 1, 20, true, 1);
  assert.deepEqual(counter.rows(), [{ from: 1, to: 1, port: 80, bytesOut: 10, bytesIn: 20, streams: 1 }]);
});

test("destinations of routes, services and published ports are apart", () => {
  const { counter, open } = made();
  open(1);
  open(2, { kind: "address", host: "example.org", port: 80 });
  open(3, { kind: "service", name: "dns", port: 53 });
  assert.deepEqual(
    counter.rows().map(({ port, routed }) => [port, routed]),
    [
      [80, undefined],
      [80, true],
      [53, true],
    ],
  );
});

test("an open whose payload comes in pieces is read like a whole one", () => {
  const { counter } = made();
  const { raw } = makeFrame(
    { kind: KIND.open, source: 1, destination: 2, stream: 1 },
    encodeOpen({ credit: 1, target: { kind: "address", host: "a", port: 0x1234 } }),
  );
  const bytes = Buffer.concat(raw);
  const pieces = [bytes.subarray(0, 16), ...[...bytes.subarray(16)].map((byte) => Uint8Array.of(byte))];
  counter.pass(new Frame(KIND.open, 1, 2, 0, 1, bytes.length - 16, pieces));
  assert.deepEqual(counter.rows()[0], { from: 1, to: 2, port: 0x1234, routed: true, bytesOut: 0, bytesIn: 0, streams: 1 });
});

test("a stream is over with both its ends, or a reset of either side; what comes later counts nowhere", () => {
  const { counter, open, send } = made();
  open(1);
  send(KIND.end, 1);
  send(KIND.data, 1, 5, true);
  send(KIND.end, 1, 0, true);
  for (const [stream, isAnswer] of [
    [2, false],
    [3, true],
  ] as const) {
    open(stream);
    send(KIND.reset, stream, 2, isAnswer);
  }
  for (const stream of [1, 2, 3, 4]) for (const isAnswer of [false, true]) send(KIND.data, stream, 100, isAnswer);
  const { bytesOut, bytesIn, streams } = sumOf(counter.drain(9));
  assert.deepEqual([bytesOut, bytesIn, streams], [0, 5, 3]);
});

test("the streams of a link that is over are forgotten, and what they carried is not", () => {
  const { counter, open, send } = made();
  open(1);
  open(1, PUBLISHED, 3);
  send(KIND.data, 1, 5);
  send(KIND.data, 1, 5, false, 3);
  counter.forget(2);
  send(KIND.data, 1, 100);
  send(KIND.data, 1, 1, false, 3);
  assert.deepEqual(
    counter.rows().map(({ to, bytesOut }) => [to, bytesOut]),
    [
      [2, 5],
      [3, 6],
    ],
  );
});

test("more ports than are counted apart are one row of their pair of hosts, and no byte is lost", () => {
  const { counter, open, send } = made(100_000);
  for (let port = 1; port <= 65_535; port += 1) {
    open(port, { kind: "published", port });
    send(KIND.data, port, 1);
  }
  const rows = counter.rows();
  assert.equal(rows.length, 1025);
  const { bytesOut, streams } = sumOf(rows);
  assert.deepEqual([bytesOut, streams], [65_535, 65_535]);
  assert.deepEqual(sumOf(rows.filter(({ port }) => port === undefined)).bytesOut, 65_535 - 1024);
});

test("more streams than a pair of hosts can have are followed as one, and their bytes count", () => {
  const { counter, open, send } = made(16);
  for (let stream = 1; stream <= 1000; stream += 1) open(stream);
  for (let stream = 1; stream <= 1000; stream += 1) send(KIND.data, stream, 2);
  assert.deepEqual(counter.drain(9), [
    { from: 1, to: 2, port: 80, bytesOut: 64, bytesIn: 0, streams: 32 },
    { from: 1, to: 2, bytesOut: 1936, bytesIn: 0, streams: 968 },
  ]);
});

test("what was counted elsewhere is added, and is bounded as well", () => {
  const { counter } = made();
  for (let port = 0; port < 3000; port += 1) counter.add({ from: 5, to: 5, port, bytesOut: 1, bytesIn: 2 ** 53 - 1, streams: 1 });
  const rows = counter.rows();
  assert.equal(rows.length, 1025);
  for (const { bytesIn } of rows) assert.ok(Number.isSafeInteger(bytesIn));
});

test("when a link ends nothing is kept of streams that were too many to follow", () => {
  const { counter, open } = made(16);
  for (let stream = 1; stream <= 100; stream += 1) open(stream);
  counter.drain(9);
  counter.forget(2);
  counter.drain(9);
  open(1, PUBLISHED, 3);
  assert.deepEqual(counter.places, 1);
});
