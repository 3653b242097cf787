// The ledger: the log is dense, the state is its fold, and what is refused or cannot be kept changes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FAILURE } from "../../conformance/ledger.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { anyCommands } from "../../tests/support/arbitrary_commands.ts";
import { NoRouterError } from "../errors.ts";
import type { EventStore } from "../plugin/store.ts";
import type { Command } from "./decide.ts";
import { DURABILITY, EVENT_VERSION, type NetworkEvent } from "./events.ts";
import { Ledger, replay } from "./ledger.ts";
import { memoryStore } from "./memory_store.ts";
import { EMPTY_NETWORK, fold, type Network } from "./network.ts";

const STOP = { type: "stop-network", reason: "test" } as const;
const ROOMY = { recentEvents: 100_000, durableEvents: 100_000 };

/** Executes commands; refused ones count. */
async function run(store: EventStore, commands: readonly Command[]) {
  const published: NetworkEvent[] = [];
  let refused = 0;
  let time = 0;
  const ledger = new Ledger({ store, clock: () => ++time, publish: (events) => void published.push(...events) });
  for (const command of commands) {
    const before = { network: ledger.network, seq: ledger.seq };
    try {
      await ledger.execute(command, "test");
    } catch (thrown) {
      assert.ok(thrown instanceof NoRouterError && thrown.code === "command-refused", String(thrown));
      assert.equal(ledger.network, before.network, "a refused command changed the state");
      assert.equal(ledger.seq, before.seq, "a refused command changed the log");
      refused += 1;
    }
  }
  return { ledger, published, refused };
}

test("delete the state and replay the log: the same state, and nothing is published", async () => {
  let refusals = 0;
  let facts = 0;
  await fc.assert(
    fc.asyncProperty(anyCommands, async (commands) => {
      const store = memoryStore(ROOMY);
      const { ledger, published, refused } = await run(store, commands);
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

test("numbers are dense, times and authors are there, and what is published is what is kept", async () => {
  await fc.assert(
    fc.asyncProperty(anyCommands, async (commands) => {
      const store = memoryStore(ROOMY);
      const { published, ledger } = await run(store, commands);
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

test("however small the store, replay gives the same state and the log stays bounded", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyCommands,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      async (commands, durable, recent) => {
        const store = memoryStore({ durableEvents: durable, recentEvents: recent });
        const { ledger, published } = await run(store, commands);
        assert.deepEqual(replay(store), ledger.network);
        assert.equal(store.seq, published.length);
        const kept = [...store.read(0)];
        // Counted bytes have a ring of their own: memory_store_test.ts.
        const others = kept.filter(({ type }) => type !== "traffic.counted").length;
        assert.ok(others <= durable + recent, `${others} events are kept`);
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
      },
    ),
    { numRuns: 150 },
  );
});

test("read gives only what is newer", async () => {
  const store = memoryStore(ROOMY);
  const { ledger } = await run(store, [
    { type: "open-network", network: "n", version: "1" },
    {
      type: "apply",
      wanted: {
        plugins: [
          { name: "a", order: 0 },
          { name: "b", order: 1 },
        ],
        hosts: [],
        routes: [],
      },
    },
  ]);
  assert.deepEqual(
    [...store.read(1)].map(({ seq }) => seq),
    [2, 3],
  );
  assert.deepEqual([...store.read(ledger.seq)], []);
});

test("facts of class recent never change the state", async () => {
  const recent = Object.entries(DURABILITY).filter(([, durability]) => durability === "recent");
  assert.ok(recent.length > 0);
  await fc.assert(
    fc.asyncProperty(anyCommands, async (commands) => {
      const { published } = await run(memoryStore(ROOMY), commands);
      assert.deepEqual(fold(published.filter(({ type }) => DURABILITY[type] === "durable")), fold(published));
    }),
  );
});

test("a store that throws leaves state and log unchanged and publishes nothing", async () => {
  const inner = memoryStore(ROOMY);
  let broken = false;
  const store: EventStore = {
    get seq() {
      return inner.seq;
    },
    get flushed() {
      return inner.flushed;
    },
    snapshot: () => inner.snapshot(),
    read: (after) => inner.read(after),
    close: () => inner.close(),
    append(events) {
      if (broken) throw new Error("disk full");
      return inner.append(events);
    },
  };
  const published: NetworkEvent[] = [];
  const ledger = new Ledger({ store, clock: () => 1, publish: (events) => void published.push(...events) });
  await ledger.execute({ type: "open-network", network: "n", version: "1" }, "user");
  broken = true;
  const before = ledger.network;
  await assert.rejects(ledger.execute(STOP, "user"), /disk full/);
  assert.equal(ledger.network, before);
  assert.deepEqual([ledger.seq, published.length], [1, 1]);
  broken = false;
  assert.deepEqual(
    (await ledger.execute(STOP, "user")).map(({ seq }) => seq),
    [2],
  );
});

test("commands wait for a store that answers later, and take effect one after the other in their order", async () => {
  const inner = memoryStore(ROOMY);
  const answers: (() => void)[] = [];
  const refused = new Set([2]);
  let appends = 0;
  const store: EventStore = {
    get seq() {
      return inner.seq;
    },
    get flushed() {
      return inner.flushed;
    },
    snapshot: () => inner.snapshot(),
    read: (after) => inner.read(after),
    close: () => inner.close(),
    append(events) {
      appends += 1;
      const isRefused = refused.has(appends);
      return new Promise((resolve, reject) => {
        answers.push(() => (isRefused ? reject(new Error("disk full")) : resolve(inner.append(events))));
      });
    },
  };
  const answer = async () => {
    await waitFor(() => answers.length, { what: "the store to be asked", everyMs: 1 });
    answers.shift()?.();
  };
  const published: string[] = [];
  const publish = (events: readonly NetworkEvent[]) => void published.push(...events.map(({ type, seq }) => `${seq} ${type}`));
  const ledger = new Ledger({ store, clock: () => 1, publish });
  const opened = ledger.execute({ type: "open-network", network: "n", version: "1" }, "user");
  const stopped = assert.rejects(ledger.execute(STOP, "user"), /disk full/);
  const again = ledger.execute(STOP, "user");
  const nothing = ledger.execute(STOP, "user");
  assert.deepEqual([answers.length, ledger.network], [1, EMPTY_NETWORK], "the first is not kept yet, the second has not begun");
  await answer();
  await opened;
  await answer();
  await stopped;
  assert.equal(ledger.network.stopped, false);
  await answer();
  assert.deepEqual([(await again).length, (await nothing).length, appends], [1, 0, 3]);
  assert.deepEqual(published, ["1 network.opened", "2 network.stopped"]);
  assert.deepEqual(replay(store), ledger.network);
});

test("the order is decide, append, fold, publish", async () => {
  const steps: string[] = [];
  const inner = memoryStore(ROOMY);
  const store: EventStore = {
    get seq() {
      return inner.seq;
    },
    get flushed() {
      return inner.flushed;
    },
    snapshot: () => inner.snapshot(),
    read: (after) => inner.read(after),
    close: () => inner.close(),
    append(events) {
      steps.push(`append, state ${ledger.network.id || "empty"}`);
      return inner.append(events);
    },
  };
  const publish = (_: readonly NetworkEvent[], network: Network) => void steps.push(`publish, state ${network.id}`);
  const ledger: Ledger = new Ledger({ store, clock: () => 1, publish });
  await ledger.execute({ type: "open-network", network: "n", version: "1" }, "user");
  assert.deepEqual(steps, ["append, state empty", "publish, state n"]);
});

test("a command that changes nothing writes and publishes nothing", async () => {
  const { ledger, published } = await run(memoryStore(ROOMY), [
    { type: "open-network", network: "n", version: "1" },
    { type: "stop-network", reason: "a" },
    { type: "stop-network", reason: "b" },
  ]);
  assert.deepEqual([ledger.seq, published.length], [2, 2]);
});

test("an event about a host that is not there changes nothing", async () => {
  const [event] = (await run(memoryStore(ROOMY), [{ type: "open-network", network: "n", version: "1" }])).published;
  const stray = { ...event, type: "link.closed", host: 9, failure: FAILURE } as NetworkEvent;
  assert.deepEqual(fold([stray]), EMPTY_NETWORK);
});
