// Making programs with Bun, whatever the environment of the manager says to Bun.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { tempDir } from "../tests/support/lifetime.ts";
import { compileAgent } from "./bun.ts";

test("the manager's own BUN_OPTIONS do not reach the making of programs", { timeout: 60_000 }, async () => {
  const dir = tempDir("compiled");
  process.env.BUN_OPTIONS = "--preload ./absent.js --absent";
  try {
    const script = new TextEncoder().encode("console.log(1);\n");
    const [os, arch] = [process.platform, process.arch];
    await compileAgent(dir.path, script, { os, arch, glibc: true });
    assert.deepEqual(readdirSync(dir.path), ["agent"]);
  } finally {
    delete process.env.BUN_OPTIONS;
    dir.remove();
  }
});
