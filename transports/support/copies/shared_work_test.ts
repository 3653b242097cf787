// Work that is shared outlives the host that began it, and ends with the last one that waits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withLimits } from "../../../core/mod.ts";
import type { ToolMeans } from "../run_tool.ts";
import { sharedWork } from "./shared_work.ts";

/** A host, and what it heard of progress. */
function host() {
  const stop = new AbortController();
  const heard: number[] = [];
  const means: ToolMeans = {
    ...{ limits: withLimits({}), signal: stop.signal, env: {}, explain: () => undefined },
    progress: ({ done }) => void heard.push(done),
  };
  return { stop, heard, means };
}

/** Work that ends when it is told to, or is stopped. */
function work() {
  const end = Promise.withResolvers<void>();
  const begun: ToolMeans[] = [];
  const begin = (means: ToolMeans) => {
    begun.push(means);
    means.signal.addEventListener("abort", () => end.reject(new Error("stopped")));
    return end.promise;
  };
  return { end, begun, begin };
}

test("a host that stops takes nothing from another one, which hears of the progress too", async () => {
  const [one, two] = [host(), host()];
  const { end, begun, begin } = work();
  const first = sharedWork("image", one.means, begin);
  const second = sharedWork("image", two.means, begin);
  begun[0]?.progress({ what: "sending agent", done: 1, total: 3 });
  one.stop.abort();
  await assert.rejects(first, { code: "link-closed" });
  begun[0]?.progress({ what: "sending agent", done: 2, total: 3 });
  end.resolve();
  await second;
  assert.deepEqual([begun.length, one.heard, two.heard], [1, [1], [1, 2]]);
});

test("the last host that stops ends the work, and a later one begins anew", async () => {
  const [one, two] = [host(), host()];
  const before = work();
  const both = [one, two].map(({ means }) => sharedWork("image", means, before.begin));
  for (const { stop } of [one, two]) {
    assert.equal(before.begun[0]?.signal.aborted, false);
    stop.abort();
    await assert.rejects(both.shift() as Promise<void>, { code: "link-closed" });
  }
  assert.equal(before.begun[0]?.signal.aborted, true);
  const after = work();
  const third = sharedWork("image", host().means, after.begin);
  after.end.resolve();
  await third;
  assert.equal(after.begun.length, 1);
});

test("what fails is told to all who wait, and tried again by the next", async () => {
  const { end, begin } = work();
  const both = [host(), host()].map(({ means }) => sharedWork("image", means, begin));
  end.reject(new Error("no image"));
  await Promise.all(both.map((one) => assert.rejects(one, /no image/)));
  await sharedWork("image", host().means, () => Promise.resolve());
});
