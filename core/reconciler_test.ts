// An effect sees the newest state, never runs twice at once, and survives its own failures.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Patience, Reconciler } from "./reconciler.ts";

/** An effect whose runs end when the test says so. */
function gated(patience?: Patience) {
  const waiting: (() => void)[] = [];
  const lines: string[] = [];
  let [runs, running, most] = [0, 0, 0];
  const effect = async () => {
    runs += 1;
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => waiting.push(resolve));
    running -= 1;
  };
  const reconciler = new Reconciler(effect, (line) => void lines.push(line), patience);
  const release = async () => {
    waiting.shift()?.();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { reconciler, release, lines, counts: () => ({ runs, running, most }) };
}

test("changes during a run lead to exactly one more run, and runs never overlap", async () => {
  const { reconciler, release, counts } = gated();
  const first = reconciler.run();
  const others = [reconciler.run(), reconciler.run(), reconciler.run()];
  assert.deepEqual(counts(), { runs: 1, running: 1, most: 1 });
  await release();
  assert.deepEqual(counts(), { runs: 2, running: 1, most: 1 });
  await release();
  await Promise.all([first, ...others]);
  assert.deepEqual(counts(), { runs: 2, running: 0, most: 1 });
});

test("run resolves only when the effect has seen the newest state", async () => {
  const { reconciler, release } = gated();
  let done = false;
  void reconciler.run();
  const newest = reconciler.run().then(() => {
    done = true;
  });
  await release();
  assert.equal(done, false);
  await release();
  await newest;
});

test("after everything settled a change starts a new run", async () => {
  const { reconciler, release, counts } = gated();
  const first = reconciler.run();
  await release();
  await first;
  const second = reconciler.run();
  await release();
  await second;
  assert.equal(counts().runs, 2);
});

test("an effect that fails is told and tried again at the next change", async () => {
  const lines: string[] = [];
  let runs = 0;
  const reconciler = new Reconciler(
    async () => {
      runs += 1;
      if (runs === 1) throw new Error("no");
    },
    (line) => void lines.push(line),
  );
  await reconciler.run();
  await reconciler.run();
  assert.equal(runs, 2);
  assert.deepEqual(lines, ["An effect failed: no"]);
});

test("stop waits for the present run and lets no other start", async () => {
  const { reconciler, release, counts } = gated();
  void reconciler.run();
  void reconciler.run();
  let stopped = false;
  const stop = reconciler.stop().then(() => {
    stopped = true;
  });
  await Promise.resolve();
  assert.equal(stopped, false);
  await release();
  await stop;
  await reconciler.run();
  assert.deepEqual(counts(), { runs: 1, running: 0, most: 1 });
});

test("a call that is overdue is waited for no longer, and the next one begins when it has ended", async () => {
  const times: string[] = [];
  const { reconciler, release, counts } = gated({ ms: 1, overdue: () => void times.push("overdue") });
  await reconciler.run();
  await reconciler.run();
  assert.deepEqual([times, counts()], [["overdue"], { runs: 1, running: 1, most: 1 }]);
  await release();
  assert.deepEqual(counts(), { runs: 2, running: 1, most: 1 });
  await reconciler.stop();
  await release();
});
