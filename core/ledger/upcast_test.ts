// Old events read as today's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admitted, stamped } from "../../conformance/ledger.ts";
import { EVENT_VERSION, type NetworkEvent } from "./events.ts";
import { upcast } from "./upcast.ts";

const [OPENED] = stamped(admitted(0)) as [NetworkEvent];

test("an event of today's version is itself", () => {
  assert.equal(upcast(OPENED), OPENED);
});

test("an older event takes one step a version, and keeps what no step changes", () => {
  const table = {
    "network.opened": { [EVENT_VERSION - 1]: (event: NetworkEvent) => ({ ...event, network: "renamed" }) as NetworkEvent },
  };
  const old = { ...OPENED, v: EVENT_VERSION - 1 };
  assert.deepEqual(upcast(old, table), { ...OPENED, network: "renamed" });
  assert.deepEqual(upcast(old, {}), OPENED);
  const oldest = { ...OPENED, v: EVENT_VERSION - 2 };
  assert.deepEqual(upcast(oldest, table), { ...OPENED, network: "renamed" });
  assert.equal(oldest.v, EVENT_VERSION - 2, "an event is never rewritten");
});
