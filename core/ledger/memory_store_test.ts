// The store in memory keeps the contract of a store.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admitted, stamped } from "../../conformance/ledger.ts";
import { storeCases } from "../../conformance/store_cases.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { EVENT_VERSION, type Fact } from "./events.ts";
import { replay } from "./ledger.ts";
import { memoryStore } from "./memory_store.ts";
import { fold } from "./network.ts";

const subject = { open: () => memoryStore(DEFAULT_LIMITS) };
for (const { name, leftOut, run } of storeCases) test(name, { skip: leftOut?.(subject) ?? false }, () => run(subject));

test("it goes on from the state that it is given", () => {
  const events = stamped(admitted(3));
  const store = memoryStore(DEFAULT_LIMITS, { v: EVENT_VERSION, seq: 2, network: fold(events.slice(0, 2)) });
  assert.deepEqual([store.seq, store.flushed], [2, 2]);
  store.append(events.slice(2));
  assert.deepEqual([store.seq, replay(store)], [4, fold(events)]);
});

test("counted bytes are not pushed out by other events of class recent, and are bounded as well", () => {
  const store = memoryStore({ recentEvents: 10, durableEvents: 100 });
  const counted: Fact = { type: "traffic.counted", since: 1, rows: [] };
  const opened: Fact = { type: "stream.opened", host: 1, to: 2, stream: 1, port: 80 };
  const facts = Array.from({ length: 100 }, () => [counted, ...Array<Fact>(50).fill(opened)]).flat();
  store.append(stamped(facts));
  const typesOf = (type: string) => [...store.read(0)].filter((event) => event.type === type).length;
  assert.deepEqual([typesOf("traffic.counted"), typesOf("stream.opened")], [100, 10]);
  store.append(stamped([...facts, ...Array<Fact>(2000).fill(counted)]).slice(facts.length));
  assert.equal(typesOf("traffic.counted"), 400);
  const numbers = [...store.read(0)].map(({ seq }) => seq);
  assert.deepEqual(
    numbers,
    [...numbers].sort((a, b) => a - b),
  );
});
