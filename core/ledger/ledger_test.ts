// The ledger: the log is dense, the state is its fold, and what is refused or cannot be kept changes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FAILURE } from "../../conformance/ledger.ts";
import { anyCommands } from "../../tests/support/arbitrary_commands.ts";
import { NoRouterError } from "../errors.ts";
import type { Command } from "./decide.ts";
import { DURABILITY, EVENT_VERSION, type NetworkEvent } from "./events.ts";
import { type EventStore, Ledger, replay } from "./ledger.ts";
import { memoryStore } from "./memory_store.ts";
import { EMPTY_NETWORK, fold, type Network } from "./network.ts";

const ROOMY = { recentEvents: 100_000, durableEvents: 100_000 };

/** Executes commands; refused ones count. */
function run(store: EventStore, commands: readonly Command[]) {
  const published: NetworkEvent[] = [];
  let refused = 0;
  let time = 0;
  const ledger = new Ledger({ store, clock: () => ++time, publish: (events) => void published.push(...events) });
  for (const command of commands) {
    const before = { network: ledger.network, seq: ledger.seq };
    try {
      ledger.execute(command, "test");
    } catch (thrown) {
      assert.ok(thrown instanceof NoRouterError && thrown.code === "command-refused", String(thrown));
      assert.equal(ledger.network, before.network, "a refused command changed the state");
      assert.equal(ledger.seq, before.seq, "a refused command changed the log");
      refused += 1;
    }
  }
  return { ledger, published, refused };
}

test("delete the state and replay the log: the same state, and nothing is published", () => {
  let refusals = 0;
  let facts = 0;
  fc.assert(
    fc.property(anyCommands, (commands) => {
      const store = memoryStore(ROOMY);
      const { ledger, published, refused } = run(store, commands);
      refusals += refused;
      facts += published.length;
      const again: NetworkEvent[] = [];
      const replayed = new Ledger({ store, clock: () => 0, publish: (events) => void again.push(...events) });
      assert.deepEqual(replayed.network, ledger.network);
      assert.deepEqual(fold(published), ledger.network);
      assert.deepEqual(fold(JSON.parse(JSON.stringify(published)) as NetworkEvent[]), ledger.network, "a journal as JSON");
      assert.deepEqual(again, []);
      assert.equal(replayed.seq, ledger.seq);
    }),
    { numRuns: 200 },
  );
  assert.ok(refusals > 500 && facts > 2000, `${facts} facts and ${refusals} refusals: the property tests too little`);
});

test("numbers are dense, times and authors are there, and what is published is what is kept", () => {
  fc.assert(
    fc.property(anyCommands, (commands) => {
      const store = memoryStore(ROOMY);
      const { published, ledger } = run(store, commands);
      assert.deepEqual(
        published.map(({ seq }) => seq),
        published.map((_, index) => index + 1),
      );
      assert.ok(published.every(({ v, by, at }) => v === EVENT_VERSION && by === "test" && at > 0));
      assert.equal(ledger.seq, published.length);
      assert.deepEqual([...store.read(0)], published);
    }),
  );
});

test("however small the store, replay gives the same state and the log stays bounded", () => {
  fc.assert(
    fc.property(anyCommands, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (commands, durable, recent) => {
      const store = memoryStore({ durableEvents: durable, recentEvents: recent });
      const { ledger, published } = run(store, commands);
      assert.deepEqual(replay(store), ledger.network);
      assert.equal(store.seq, published.length);
      const kept = [...store.read(0)];
      assert.ok(kept.length <= durable + recent, `${kept.length} events are kept`);
      assert.deepEqual(
        kept.map(({ seq }) => seq),
        kept.map(({ seq }) => seq).sort((a, b) => a - b),
      );
      const durableSince = published.filter(({ type, seq }) => DURABILITY[type] === "durable" && seq > store.snapshot().seq);
      assert.deepEqual(
        kept.filter(({ type }) => DURABILITY[type] === "durable"),
        durableSince,
        "the tail has a gap",
      );
    }),
    { numRuns: 150 },
  );
});

test("read gives only what is newer", () => {
  const store = memoryStore(ROOMY);
  const { ledger } = run(store, [
    { type: "open-network", network: "n", version: "1" },
    { type: "load-plugin", plugin: "a" },
    { type: "load-plugin", plugin: "b" },
  ]);
  assert.deepEqual(
    [...store.read(1)].map(({ seq }) => seq),
    [2, 3],
  );
  assert.deepEqual([...store.read(ledger.seq)], []);
});

test("facts of class recent never change the state", () => {
  const recent = Object.entries(DURABILITY).filter(([, durability]) => durability === "recent");
  assert.ok(recent.length > 0);
  fc.assert(
    fc.property(anyCommands, (commands) => {
      const { published } = run(memoryStore(ROOMY), commands);
      assert.deepEqual(fold(published.filter(({ type }) => DURABILITY[type] === "durable")), fold(published));
    }),
  );
});

test("a store that throws leaves state and log unchanged and publishes nothing", () => {
  const inner = memoryStore(ROOMY);
  let broken = false;
  const store: EventStore = {
    get seq() {
      return inner.seq;
    },
    snapshot: () => inner.snapshot(),
    read: (after) => inner.read(after),
    append(events) {
      if (broken) throw new Error("disk full");
      inner.append(events);
    },
  };
  const published: NetworkEvent[] = [];
  const ledger = new Ledger({ store, clock: () => 1, publish: (events) => void published.push(...events) });
  ledger.execute({ type: "open-network", network: "n", version: "1" }, "user");
  broken = true;
  const before = ledger.network;
  assert.throws(() => ledger.execute({ type: "load-plugin", plugin: "x" }, "user"), /disk full/);
  assert.equal(ledger.network, before);
  assert.deepEqual([ledger.seq, published.length], [1, 1]);
  broken = false;
  assert.deepEqual(
    ledger.execute({ type: "load-plugin", plugin: "x" }, "user").map(({ seq }) => seq),
    [2],
  );
});

test("the order is decide, append, fold, publish", () => {
  const steps: string[] = [];
  const inner = memoryStore(ROOMY);
  const store: EventStore = {
    get seq() {
      return inner.seq;
    },
    snapshot: () => inner.snapshot(),
    read: (after) => inner.read(after),
    append(events) {
      steps.push(`append, state ${ledger.network.id || "empty"}`);
      inner.append(events);
    },
  };
  const publish = (_: readonly NetworkEvent[], network: Network) => void steps.push(`publish, state ${network.id}`);
  const ledger: Ledger = new Ledger({ store, clock: () => 1, publish });
  ledger.execute({ type: "open-network", network: "n", version: "1" }, "user");
  assert.deepEqual(steps, ["append, state empty", "publish, state n"]);
});

test("a command that changes nothing writes and publishes nothing", () => {
  const { ledger, published } = run(memoryStore(ROOMY), [
    { type: "open-network", network: "n", version: "1" },
    { type: "stop-network", reason: "a" },
    { type: "stop-network", reason: "b" },
  ]);
  assert.deepEqual([ledger.seq, published.length], [2, 2]);
});

test("an event about a host that is not there changes nothing", () => {
  const [event] = run(memoryStore(ROOMY), [{ type: "open-network", network: "n", version: "1" }]).published;
  const stray = { ...event, type: "link.closed", host: 9, failure: FAILURE } as NetworkEvent;
  assert.deepEqual(fold([stray]), EMPTY_NETWORK);
});
