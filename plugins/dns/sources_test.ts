// What the system itself knows, and what the plugin registers with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS, registerHostPart, registerPlugins } from "../../core/mod.ts";
import { dnsHost } from "./host.ts";
import { dnsPlugin } from "./mod.ts";
import { systemSources } from "./sources.ts";

test("the system finds names as this machine's programs do", async () => {
  const found = await systemSources.lookup("localhost", { limits: DEFAULT_LIMITS });
  assert.ok(found.some(({ address }) => address === "127.0.0.1" || address === "::1"));
});

test("the plugin brings one front-end and one egress", () => {
  const { frontEnds, egresses } = registerHostPart("dns", dnsHost);
  const { transports, rules } = registerPlugins([dnsPlugin]);
  assert.deepEqual([frontEnds.length, egresses.length, transports.length, rules.length], [1, 1, 0, 0]);
});
