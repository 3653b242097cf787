// The journal keeps the contract of a store.

import { join } from "node:path";
import { test } from "node:test";
import { storeCases } from "../../conformance/store_cases.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { journalStore } from "./store.ts";

for (const one of storeCases) {
  test(one.name, async () => {
    const dir = tempDir("store");
    const open = () => journalStore({ path: join(dir.path, "net.jsonl"), network: "net", limits: { journalSyncMs: 5 } });
    await one.run({ open, reopen: open });
    dir.remove();
  });
}
