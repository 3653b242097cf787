// Where test files run.

import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { test } from "node:test";
import { PROJECT, RUNTIMES } from "./cli.ts";
import { groupOf, ON_FULL_ALONE, ON_NODE22 } from "./placing.ts";

const none = { whole: new Set<string>(), agents: new Set<string>() };
const on = (file: string, named = false, files = none) =>
  RUNTIMES.filter((target) => groupOf(file, target, files, named) !== undefined).join(" ");

test("names of files that run in some places alone are names of files", () => {
  const files = globSync("{agents,cli,conformance,tests,transports}/**/*_test.ts", { cwd: PROJECT });
  for (const begin of ON_FULL_ALONE)
    assert.ok(
      files.some((file) => file.startsWith(begin)),
      begin,
    );
  for (const file of ON_NODE22) assert.ok(existsSync(`${PROJECT}/${file}`), file);
});

test("a file runs where it can differ, or where it was asked for", () => {
  assert.equal(on("plugins/socks/socks_test.ts"), "node22 node24 deno bun");
  assert.equal(on("core/wire/frame_test.ts"), "node24 bun");
  assert.equal(on("core/wire/frame_test.ts", true), "node22 node24 deno bun");
  assert.equal(on("engine/node/url_test.ts", true), "node24");
  assert.equal(on("cli/commands/verify_test.ts"), "node24");
  const started = (file: string) => ({ whole: new Set<string>(), agents: new Set([file]) });
  assert.equal(on("tests/e2e/curl_test.ts", false, started("tests/e2e/curl_test.ts")), "node24 deno bun");
  assert.equal(on("tests/e2e/network_test.ts", false, started("tests/e2e/network_test.ts")), "node22 node24 deno bun");
});

test("a file is of the last group in whose folder it is; unit tests of hosts are whole on the engine", () => {
  assert.equal(groupOf("tests/e2e/curl_test.ts", "node24", none, false)?.name, "end-to-end");
  assert.equal(groupOf("tests/e2e/timed/soak_test.ts", "node24", none, false)?.name, "timed");
  assert.equal(groupOf("core/mux/mux_test.ts", "engine", none, false), undefined);
  assert.equal(
    groupOf("core/mux/mux_test.ts", "engine", { ...none, whole: new Set(["core/mux/mux_test.ts"]) }, false)?.name,
    "unit",
  );
});
