// `limits` of a manifest: every limit by its name and in its range, those of plugins too.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMIT_ROWS } from "../../core/limits.ts";
import { manifestSchema, parseManifest, printManifest } from "../../core/manifest/mod.ts";

const ROWS = { echoBytes: { value: 10, unit: "bytes", min: 1, max: 20, why: "For tests" } } as const;
const KEYS = { limits: ROWS };

function read(limits: string) {
  const { manifest, diagnostics } = parseManifest(`limits: ${limits}\nhosts: { a: { vip: 127.0.0.2 } }\n`, "m.yaml", KEYS);
  return {
    manifest,
    found: diagnostics.map(({ line, column, message, hint }) => `${line}:${column} ${message}${hint ? ` | ${hint}` : ""}`),
  };
}

test("limits are read by name, and printed", () => {
  const { manifest, found } = read("{ heartbeatMs: 5000, echoBytes: 20 }");
  assert.deepEqual([manifest?.limits, found], [{ heartbeatMs: 5000, echoBytes: 20 }, []]);
  assert.ok(manifest);
  assert.deepEqual(parseManifest(printManifest(manifest), "m.yaml", KEYS).manifest, manifest);
  assert.equal("limits" in (read("{}").manifest ?? {}), false);
});

test("what is unknown, of another kind or out of its range is told at its place", () => {
  assert.deepEqual(read("{ heartbeatMs: 1, echoBytes: x, stopMss: 100 }").found, [
    "1:24 'limits.heartbeatMs' is a number, a whole number from 50 to 60000 was wanted",
    "1:38 'limits.echoBytes' is a string, a whole number from 1 to 20 was wanted",
    "1:41 Unknown key 'stopMss' | Did you mean 'stopMs'?",
  ]);
});

test("a limit that is fixed may not be set, which is said", () => {
  const { manifest, found } = read("{ listeners: 20000, minWindowBytes: 5 }"); // parts of the log and of the wire
  assert.equal(manifest, undefined);
  assert.deepEqual(found, [
    "1:11 'limits' may not have 'listeners' | It is fixed: 20000",
    "1:29 'limits' may not have 'minWindowBytes' | It is fixed: 16384",
  ]);
});

test("editors know every limit that may be set, with its range and reason", () => {
  const { properties } = manifestSchema(KEYS) as { properties: { limits: { properties: Record<string, object> } } };
  const { heartbeatMs, echoBytes } = properties.limits.properties;
  const { min, max, why } = LIMIT_ROWS.heartbeatMs;
  assert.deepEqual(heartbeatMs, { type: ["integer", "null"], minimum: min, maximum: max, description: why, default: 2000 });
  assert.ok(echoBytes);
});
