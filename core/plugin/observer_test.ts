// The cases of observers tell one that keeps the contract from one that does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { observerCases } from "../../conformance/observer_cases.ts";
import type { Control, Observation, Observer } from "./observer.ts";

const observer =
  (observe: (control: Control) => Observation): (() => Observer) =>
  () => ({ name: "test", observe });
const nothing = () => undefined;

/** Names of the cases that it fails. */
async function failed(make: () => Observer): Promise<number[]> {
  const results = await Promise.allSettled(observerCases.map(({ run }) => run({ make })));
  return results.flatMap(({ status }, at) => (status === "rejected" ? [at] : []));
}

test("one that keeps the contract passes", async () => {
  const good = observer((control) => {
    const detach = [control.subscribe(nothing), control.tap(nothing)];
    return { stop: async () => detach.forEach((one) => void one()) };
  });
  assert.deepEqual(await failed(good), []);
});

test("one that throws, leaves a listener or is not there at once does not", async () => {
  const throws = (): never => {
    throw new Error("broken");
  };
  assert.deepEqual(await failed(observer(throws)), [0, 1, 2, 3]);
  const fragile = observer((control) => {
    const detach = control.subscribe(({ length }) => length > 0 && throws());
    return { stop: async () => detach() };
  });
  assert.deepEqual(await failed(fragile), [1]);
  const leaves = observer((control) => {
    control.subscribe(nothing);
    return { stop: async () => undefined };
  });
  assert.deepEqual(await failed(leaves), [2, 3]);
  const late = observer((async () => ({ stop: async () => undefined })) as unknown as (control: Control) => Observation);
  assert.deepEqual(await failed(late), [0, 1, 2, 3]);
});
