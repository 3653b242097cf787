// Connections that wait for their targets: each is decided about once, and its stream is there when it arrives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { joinMuxes, Recorder } from "../../conformance/mux_pair.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type ErrorCode, NoRouterError, type Stream } from "../../core/mod.ts";
import { ENDS, fakeConnection } from "../../tests/support/fake_doorway.ts";
import { HeldConnections } from "./held.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Connections whose streams a test answers in the place of their targets. */
function holding() {
  const pair = joinMuxes();
  const dialled: string[] = [];
  const held = new HeldConnections(async (address, port) => {
    dialled.push(`${address} ${port}`);
    return pair.left.mux.open(2, { kind: "published", port });
  });
  /** The target's end of the next stream. */
  const arrived = async (): Promise<Stream> => {
    const next = () => {
      pair.settle();
      return pair.right.arrived.shift();
    };
    return (await waitFor(next, { what: "a stream to arrive", everyMs: 1 })) as Stream;
  };
  /** Begins a connection whose target accepts. */
  const letGo = async (ends = ENDS) => {
    const connection = fakeConnection(ends);
    void held.decide(connection);
    const far = await arrived();
    far.accept();
    pair.settle();
    return { connection, far };
  };
  return { held, pair, dialled, arrived, letGo };
}

/** The stream of a connection that arrives. */
function taken(held: HeldConnections, ends = ENDS) {
  const stream = held.take(ends);
  return stream === undefined || stream === "gone" ? assert.fail("there is no stream") : stream;
}

test("a connection is let go when its target accepts, not before, and finds its stream with what came meanwhile", async () => {
  const { held, pair, dialled, arrived } = holding();
  const connection = fakeConnection();
  void held.decide(connection);
  const far = await arrived();
  assert.deepEqual([dialled, connection.decisions], [["127.0.42.2 8080"], []]);
  far.accept();
  far.write(bytes("hel"));
  far.write(bytes("lo"));
  pair.settle();
  assert.deepEqual(connection.decisions, ["go"]);
  const stream = taken(held);
  const [near, there] = [new Recorder(), new Recorder()];
  far.attach(there);
  stream.attach(near);
  stream.resume();
  stream.write(bytes("back"));
  pair.settle();
  assert.deepEqual([near.bytes.toString(), there.bytes.toString()], ["hello", "back"]);
  far.end();
  stream.end();
  pair.settle();
  assert.deepEqual([near.ended, there.ended, pair.left.mux.size, pair.right.mux.size], [true, true, 0, 0]);
  assert.equal(held.take(ENDS), undefined, "it arrives once");
});

const REFUSALS: readonly (readonly [ErrorCode, string])[] = [
  ["refused", "reset"],
  ["reset", "reset"],
  ["not-published", "reset"],
  ["denied", "denied"],
  ["route-refused", "denied"],
  ["unreachable", "host"],
  ["timed-out", "host"],
  ["name-not-found", "host"],
  ["host-down", "host"],
  ["link-lost", "host"],
  ["too-many-streams", "wait"],
];

for (const [code, told] of REFUSALS) {
  test(`${code} is told as ${told}, whether the target says so or nothing can be dialled`, async () => {
    const { held, pair, arrived } = holding();
    const refused = fakeConnection();
    void held.decide(refused);
    (await arrived()).reset(code);
    pair.settle();
    assert.deepEqual(refused.decisions, [told]);
    const none = new HeldConnections(() => Promise.reject(new NoRouterError(code)));
    const undialled = fakeConnection();
    await none.decide(undialled);
    assert.deepEqual(undialled.decisions, [told]);
    assert.equal(held.take(ENDS), undefined);
  });
}

test("what the host itself refuses is told as denied, and a fault of ours as a host that cannot be reached", async () => {
  for (const [thrown, told] of [
    [new NoRouterError("outside-refused"), "denied"],
    [new TypeError("x is not a function"), "host"],
  ] as const) {
    const connection = fakeConnection();
    await new HeldConnections(() => Promise.reject(thrown)).decide(connection);
    assert.deepEqual(connection.decisions, [told]);
  }
});

test("a stream that is over before anybody looks refuses its connection once", async () => {
  const pair = joinMuxes();
  const held = new HeldConnections(async () => {
    const stream = pair.left.mux.open(2, { kind: "published", port: 80 });
    pair.settle();
    pair.right.arrived.pop()?.reset("refused");
    pair.settle();
    return stream;
  });
  const connection = fakeConnection();
  await held.decide(connection);
  assert.deepEqual(connection.decisions, ["reset"]);
});

test("a first packet that comes again waits, and its target is dialled once", async () => {
  const { held, dialled, letGo, arrived, pair } = holding();
  const first = fakeConnection();
  void held.decide(first);
  const again = fakeConnection();
  await held.decide(again);
  const far = await arrived();
  await held.decide(again);
  far.accept();
  pair.settle();
  await held.decide(again);
  assert.deepEqual([first.decisions, again.decisions, dialled.length], [["go"], ["wait", "wait", "wait"], 1]);
  held.take(ENDS);
  const { connection } = await letGo();
  assert.deepEqual([connection.decisions, dialled.length], [["go"], 2], "once it has arrived, the same ends are another one");
});

test("a connection that was refused or had no place is dialled again when it is tried again", async () => {
  const { held, arrived, dialled, letGo, pair } = holding();
  for (const code of ["refused", "too-many-streams"] as const) {
    void held.decide(fakeConnection());
    (await arrived()).reset(code);
    pair.settle();
  }
  const { connection } = await letGo();
  assert.deepEqual([connection.decisions, dialled.length], [["go"], 3]);
});

test("connections that differ in one end are apart", async () => {
  const { held, letGo } = holding();
  const others = [
    { ...ENDS, fromPort: 40_001 },
    { ...ENDS, from: "127.0.42.7" },
    { ...ENDS, toPort: 8081 },
    { ...ENDS, to: "127.0.42.3" },
  ];
  for (const ends of [ENDS, ...others]) assert.deepEqual((await letGo(ends)).connection.decisions, ["go"]);
  const streams = [ENDS, ...others].map((ends) => held.take(ends));
  assert.equal(new Set(streams).size, 5);
  assert.ok(!streams.includes(undefined));
});

test("a stream that ends before its connection arrives is told to it, and nothing more is decided", async () => {
  const { held, letGo, pair } = holding();
  const { connection, far } = await letGo();
  far.reset("timed-out");
  pair.settle();
  assert.deepEqual([connection.decisions, held.take(ENDS)], [["go"], "gone"]);
});

test("what was let go and has not arrived in five seconds is reset", async (t) => {
  const { held, arrived, pair } = holding();
  const connection = fakeConnection();
  void held.decide(connection);
  const far = await arrived();
  const got = new Recorder();
  far.attach(got);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  try {
    far.accept();
    pair.settle();
    t.mock.timers.tick(4999);
    pair.settle();
    assert.deepEqual([connection.decisions, got.calls], [["go"], []]);
    t.mock.timers.tick(1);
    pair.settle();
  } finally {
    t.mock.timers.reset();
  }
  assert.deepEqual([got.error?.code, held.take(ENDS), pair.left.mux.size], ["reset", undefined, 0]);
});

test("what has arrived goes on for longer than that, and stop resets what has not", async (t) => {
  const { held, letGo, pair } = holding();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const far: Recorder[] = [];
  try {
    for (const fromPort of [1, 2]) {
      void held.decide(fakeConnection({ ...ENDS, fromPort }));
      await new Promise((resolve) => setImmediate(resolve));
      pair.settle();
      const stream = pair.right.arrived.shift() ?? assert.fail("no stream arrived");
      far.push(new Recorder());
      stream.attach(far.at(-1) as Recorder);
      stream.accept();
      pair.settle();
    }
    taken(held, { ...ENDS, fromPort: 1 }).attach(new Recorder());
    held.stop();
    t.mock.timers.tick(60_000);
    pair.settle();
  } finally {
    t.mock.timers.reset();
  }
  assert.deepEqual(
    far.map(({ error }) => error?.code),
    [undefined, "reset"],
  );
  assert.deepEqual((await letGo({ ...ENDS, fromPort: 2 })).connection.decisions, ["go"]);
  held.stop();
});
