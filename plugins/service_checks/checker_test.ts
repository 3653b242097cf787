// Repeated checks: the first says how it is, then as many in a row as were asked for, and nothing after the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { Checker } from "./checker.ts";

/** A checker that finds these one after the other, and then waits for ever. */
function checking(findings: readonly boolean[], times: { rise: number; fall: number; timeoutMs?: number }) {
  const told: string[] = [];
  const left = [...findings];
  let asked = 0;
  const checker = new Checker(
    { everyMs: 1, timeoutMs: 10_000, ...times },
    {
      probe: async (signal) => {
        asked += 1;
        const good = left.shift();
        if (good === undefined) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        return { good: good === true, message: `check ${asked}` };
      },
      changed: (healthy, message) => void told.push(`${healthy} ${message}`),
    },
  );
  checker.start();
  return { told, checker, done: () => waitFor(() => asked > findings.length, { what: "all checks", everyMs: 1 }) };
}

test("the first finding counts at once; then 'fall' bad ones or 'rise' good ones in a row", async () => {
  const { told, checker, done } = checking([true, false, true, false, false, true, false, true, true, true], {
    rise: 3,
    fall: 2,
  });
  await done();
  checker.stop();
  assert.deepEqual(told, ["true check 1", "false check 5", "true check 10"]);
});

test("what is bad at first is said, too, and one that takes too long is bad", async () => {
  const { told, checker } = checking([false, true], { rise: 1, fall: 1, timeoutMs: 5 });
  await waitFor(() => told.length >= 3, { what: "a check that takes too long", everyMs: 1 });
  checker.stop();
  assert.deepEqual(told, ["false check 1", "true check 2", "false No answer in 5 ms"]);
});

test("nothing is said after the end", async () => {
  const { told, checker } = checking([], { rise: 1, fall: 1 });
  checker.stop();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, []);
});
