// The store in memory keeps the contract of a store.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admitted, stamped } from "../../conformance/ledger.ts";
import { storeCases } from "../../conformance/store_cases.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { EVENT_VERSION } from "./events.ts";
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
