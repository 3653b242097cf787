// What a key may say of when a host runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostSpec } from "../conformance/in_process.ts";
import { admissionOf } from "./admission.ts";
import { LONGEST_DURATION_MS } from "./duration.ts";
import type { Demand, PluginKey } from "./plugin/key.ts";

const lazyOf = (said: unknown) => {
  const schema: PluginKey["schema"] = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
  const key: PluginKey = { name: "when", description: "For tests.", schema, demand: () => said as Demand };
  return admissionOf({ ...hostSpec("web", 1), keys: { when: 1 } }, {}, [key]).lazy;
};

test("times are whole milliseconds that a timer can take, and anything else is the plugin's fault", () => {
  const most = LONGEST_DURATION_MS;
  assert.deepEqual(lazyOf({ idleMs: 0, timeoutMs: most }), { idleMs: 0, timeoutMs: most });
  assert.deepEqual(lazyOf({ timeoutMs: 1 }), { timeoutMs: 1 });
  for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, most + 1, "5", undefined])
    assert.throws(() => lazyOf({ timeoutMs: wrong }), { code: "plugin-invalid" }, String(wrong));
  assert.throws(() => lazyOf({ idleMs: most + 1, timeoutMs: 1 }), { code: "plugin-invalid" });
});
