// Of an agent's parts a peer gets those that it is allowed, whatever its manager asks for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BUILTIN_PARTS } from "../../../cli/builtin_parts.ts";
import { type HostPart, PLUGIN_API, type PluginOnHost, registerHostPart } from "../../../core/mod.ts";
import type { Right } from "./allow.ts";
import { allowedParts } from "./parts.ts";

/** What each part brings: how many front-ends and egresses. */
async function brought(rights: readonly Right[], parts: readonly PluginOnHost[] = BUILTIN_PARTS) {
  const left: string[] = [];
  const allowed = allowedParts(parts, { rights: new Set(rights) }, (part, right) => void left.push(`${part} ${right}`));
  const found: string[] = [];
  for (const { name, host } of allowed) {
    const part = host && "load" in host ? await host.load() : undefined;
    const { frontEnds, egresses } = registerHostPart(name, part);
    if (frontEnds.length + egresses.length > 0) found.push(`${name} ${frontEnds.length}/${egresses.length}`);
  }
  return { found: found.sort(), left };
}

test("without a right there is what asks the guard each time, and nothing else", async () => {
  const { found, left } = await brought([]);
  assert.deepEqual(found, ["forward 0/1", "on-demand 1/0", "routes 0/1", "service-checks 1/0"]);
  assert.ok(left.includes("loopback listen") && left.includes("etc-hosts files") && left.includes("dns dns"));
});

test("each right brings its own", async () => {
  assert.deepEqual((await brought(["dns"])).found, [
    "dns 0/1",
    "forward 0/1",
    "on-demand 1/0",
    "routes 0/1",
    "service-checks 1/0",
  ]);
  assert.deepEqual((await brought(["files"])).found, [
    "etc-hosts 1/0",
    "forward 0/1",
    "on-demand 1/0",
    "routes 0/1",
    "service-checks 1/0",
    "state-dir 1/0",
  ]);
  const listening = (await brought(["listen"])).found;
  assert.deepEqual(listening, [
    "dns 1/0",
    "forward 0/1",
    "http-proxy 1/0",
    "loopback 1/0",
    "on-demand 1/0",
    "routes 0/1",
    "service-checks 1/0",
    "sockets 1/0",
    "socks 1/0",
  ]);
});

test("a part that nobody has judged needs the right to run code", async () => {
  const setup: HostPart["setup"] = (context) => context.egress(() => assert.fail("nothing is made"));
  const later: PluginOnHost = { name: "later", host: { load: async () => ({ name: "later", api: PLUGIN_API, setup }) } };
  assert.deepEqual((await brought([], [later])).found, []);
  assert.deepEqual((await brought(["code"], [later])).found, ["later 0/1"]);
});
