// Commands that peers may run: what ends with them, and what goes on.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { processInfo } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { tempDir } from "../../../tests/support/lifetime.ts";
import { runCommand } from "./commands.ts";

const folder = tempDir("serve-commands");
after(() => folder.remove());
const { signal } = new AbortController();

test("what a command that succeeds leaves in the background may write on", async () => {
  const [go, done] = [join(folder.path, "go"), join(folder.path, "done")];
  const command = `(until test -e ${go}; do sleep 0.02; done; echo on && echo and on && touch ${done}) & echo begun`;
  const { exitCode, output } = await runCommand({ command, timeoutMs: 20_000, signal });
  assert.deepEqual([exitCode, output], [0, "begun\n"]);
  writeFileSync(go, "");
  await waitFor(() => existsSync(done), { what: "what was left in the background to write on" });
});

test("what a command that takes too long has started is ended, also when it ignores that", async () => {
  const file = join(folder.path, "pid");
  const command = `(trap '' TERM; echo $$ >/dev/null; while :; do sleep 0.05; done) & echo $! > ${file}; wait`;
  const { late } = await runCommand({ command, timeoutMs: 300, signal });
  assert.equal(late, true);
  const left = Number(readFileSync(file, "utf8"));
  await waitFor(() => processInfo(left) === undefined, { what: "the end of what the command had started" });
});
