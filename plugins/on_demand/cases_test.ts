// The cases of starters on the commands of a manifest.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type StarterSubject, starterCases } from "../../conformance/starter_cases.ts";
import { onEnd, tempDir } from "../../tests/support/lifetime.ts";
import { commands } from "./commands.ts";

function subject(): StarterSubject {
  const dir = tempDir("starter");
  onEnd(() => dir.remove());
  const file = join(dir.path, "runs");
  const demand = { start: `sleep 0.01; touch ${file}`, stop: `rm -f ${file}`, running: `test -e ${file}` };
  const broken = { settings: {}, demand: { start: "exit 3" } };
  return { starter: commands, settings: {}, demand, broken, runs: () => existsSync(file) };
}

for (const { name, run } of starterCases) test(name, () => run(subject()));
