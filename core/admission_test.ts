// What a key may say of when a host runs, and of whether it publishes ports that it finds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hostSpec } from "../conformance/in_process.ts";
import { admissionOf } from "./admission.ts";
import { LONGEST_DURATION_MS } from "./duration.ts";
import type { ByKey } from "./manifest/types.ts";
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

test("a host publishes what it finds if a key of it says so, whatever other keys and other hosts say", () => {
  const schema: PluginKey["schema"] = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
  const common = { description: "For tests.", schema };
  const keys: readonly PluginKey[] = [
    { name: "plain", ...common },
    { name: "finds", ...common, publishes: (settings) => settings === "auto" },
    { name: "never", ...common, publishes: () => false },
  ];
  const admitted = (said: ByKey) => admissionOf({ ...hostSpec("web", 1), keys: said }, {}, keys);
  assert.equal(admitted({ plain: 1, finds: "auto", never: 1 }).publishes, true);
  for (const said of [{}, { plain: 1 }, { finds: "none" }, { never: "auto", plain: 1 }])
    assert.ok(!("publishes" in admitted(said)), JSON.stringify(said));
});
