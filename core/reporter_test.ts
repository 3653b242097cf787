// Facts leave in order, in batches, bounded; facts about streams may wait, the others do not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../conformance/support/wait.ts";
import type { HostFact } from "./ledger/events.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { Reporter } from "./reporter.ts";

const stream = (id: number): HostFact => ({ type: "stream.opened", stream: id, to: 1, port: 80 });
const listening = (id: number): HostFact => ({ type: "frontend.closed", frontend: "f", address: String(id) });
const turn = () => new Promise<void>((resolve) => queueMicrotask(resolve));

function made(limits: Partial<Limits> = {}) {
  const batches: (readonly HostFact[])[] = [];
  return { batches, reporter: new Reporter({ ...DEFAULT_LIMITS, ...limits }, (facts) => void batches.push(facts)) };
}

test("facts other than about streams leave with the present turn, in one batch and in order", async () => {
  const { reporter, batches } = made({ reportMs: 60_000 });
  const facts = [stream(1), listening(1), listening(2), { type: "host.ready" } as const];
  for (const fact of facts) reporter.add(fact);
  assert.deepEqual(batches, []);
  await turn();
  assert.deepEqual(batches, [facts]);
  reporter.stop();
});

test("facts about streams wait for the tick and leave together", async () => {
  const { reporter, batches } = made({ reportMs: 5 });
  reporter.add(stream(1));
  await turn();
  assert.deepEqual(batches, []);
  reporter.add(stream(2));
  await waitFor(() => batches.length > 0, { what: "the batch", everyMs: 1 });
  assert.deepEqual(batches, [[stream(1), stream(2)]]);
});

test("many facts leave in messages of a bounded size", async () => {
  const { reporter, batches } = made();
  const facts = Array.from({ length: 1234 }, (_, id) => listening(id));
  for (const fact of facts) reporter.add(fact);
  await turn();
  assert.ok(batches.every(({ length }) => length <= 500));
  assert.deepEqual(batches.flat(), facts);
  const longest: HostFact = {
    type: "frontend.failed",
    frontend: "f".repeat(64),
    address: "a".repeat(256),
    code: "refused",
    message: "m".repeat(512),
  };
  assert.ok(JSON.stringify({ type: "report", facts: Array(500).fill(longest) }).length < DEFAULT_LIMITS.controlBytes);
});

test("when too many wait, the older stream facts go and all others stay", async () => {
  const { reporter, batches } = made({ reportFacts: 100, reportMs: 60_000 });
  for (let id = 0; id < 1000; id += 1) reporter.add(stream(id));
  reporter.add(listening(1));
  await turn();
  const facts = batches.flat();
  assert.ok(facts.length <= 100);
  assert.deepEqual(
    facts.filter(({ type }) => type === "frontend.closed"),
    [listening(1)],
  );
  assert.ok(
    facts.some((fact) => fact.type === "stream.opened" && fact.stream === 999),
    "the newest stay",
  );
  reporter.stop();
});

test("after stop nothing is sent", async () => {
  const { reporter, batches } = made({ reportMs: 1 });
  reporter.add(stream(1));
  reporter.add(listening(1));
  reporter.stop();
  reporter.add(listening(2));
  const other = made({ reportMs: 2 });
  other.reporter.add(stream(1));
  await waitFor(() => other.batches.length > 0, { what: "a later tick", everyMs: 1 });
  assert.deepEqual(batches, []);
});
