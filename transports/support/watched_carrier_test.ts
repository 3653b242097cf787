// A carrier that is looked after: it ends with what it leads to, looks no more once it has ended, and leaves nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import type { Carrier, CarrierEnd } from "../../core/mod.ts";
import { type Watch, watchedCarrier } from "./watched_carrier.ts";

function line(): Carrier {
  let end: () => void = () => undefined;
  return {
    start: ({ closed }) => {
      end = () => closed({ stderr: ["last"] });
    },
    write: () => true,
    close: async () => end(),
  };
}

function started(watch: Watch): { readonly carrier: Carrier; readonly ends: CarrierEnd[] } {
  const ends: CarrierEnd[] = [];
  const carrier = watchedCarrier(line(), watch);
  carrier.start({ data: () => undefined, drain: () => undefined, closed: (end) => void ends.push(end) });
  return { carrier, ends };
}

test("it ends as soon as a look finds that what it leads to has ended, and says so", async () => {
  let looks = 0;
  const runs = () => Promise.resolve(++looks < 3);
  const { ends } = started({ everyMs: 1, runs });
  await waitFor(() => ends.length > 0, { what: "the end" });
  assert.deepEqual([looks, ends[0]?.error?.code, ends[0]?.stderr], [3, "container-stopped", ["last"]]);
});

test("a look that fails tells nothing", async () => {
  let looks = 0;
  const runs = () => (++looks < 3 ? Promise.reject(new Error("no engine")) : Promise.resolve(true));
  const { carrier, ends } = started({ everyMs: 1, runs });
  await waitFor(() => looks > 3, { what: "further looks" });
  assert.deepEqual(ends, []);
  await carrier.close();
});

test("to close it ends a look that is under way, and no other follows", async () => {
  let looks = 0;
  let aborted = false;
  const runs = (signal: AbortSignal) => {
    looks += 1;
    return new Promise<boolean>((_, reject) =>
      signal.addEventListener("abort", () => {
        aborted = true;
        reject(new Error("aborted"));
      }),
    );
  };
  const { carrier, ends } = started({ everyMs: 1, runs });
  await waitFor(() => looks > 0, { what: "a look" });
  await carrier.close();
  assert.deepEqual([looks, aborted, ends.length, ends[0]?.error], [1, true, 1, undefined]);
});
