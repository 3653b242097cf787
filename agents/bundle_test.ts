// The agent's script: the same bytes each time, small, on its own, and an agent on every runtime.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { waitFor } from "../conformance/support/wait.ts";
import { VERSION } from "../core/version.ts";
import { PREAMBLE_BYTES, preambleOf } from "../core/wire/preamble.ts";
import { runToEnd, startChild } from "../tests/support/child.ts";
import { PROJECT, runtimeArgv } from "../tests/support/cli.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { pageText } from "../tests/support/pages.ts";
import { bundleAgent } from "./bundle.ts";

/** What hosts may be asked to take. */
const LARGEST = 255_000;
const SLOW = { timeout: 120_000 };

const dir = tempDir("agent");
after(() => dir.remove());
const path = `${dir.path}/agent.mjs`;
const loader = `${dir.path}/loader.mjs`;
const script = await bundleAgent();
const text = new TextDecoder().decode(script);
writeFileSync(path, script);
writeFileSync(
  loader,
  `process.argv = [process.argv[0], "norouter", "agent"];
await import("data:text/javascript;base64,${Buffer.from(script).toString("base64")}");\n`,
);

test("the same sources give the same bytes", SLOW, async () => {
  const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  assert.equal(hash(await bundleAgent()), hash(script));
});

test("the script is small, holds no manager, and says nothing of where it was made", () => {
  console.log(`# agent.mjs: ${script.length} bytes`);
  assert.ok(script.length < LARGEST, `${script.length} bytes`);
  for (const word of [PROJECT, "node_modules", "import.meta", "admit-host"]) assert.ok(!text.includes(word), word);
  assert.ok(text.endsWith("\n"), "ends in one newline, as a here-document does");
});

test("pages say how large the script is, within ten per cent", () => {
  for (const [page, said] of [
    ["README.md", /a file of about (\d+) KB/],
    ["transports/support/install/README.md", /one module of about (\d+) KB/],
    ["docs/agents.md", /^\| script .*\| (\d+) KB \| \d+ KB +\|$/m],
  ] as const) {
    const [, size] = said.exec(pageText(page)) ?? [];
    assert.ok(Math.abs(Number(size) * 1000 - script.length) < script.length / 10, `${page}: ${size} KB, ${script.length} bytes`);
  }
});

test("the script imports only what every runtime has", () => {
  const imported = [...text.matchAll(/\b(?:from|import)\s*\(?"([\w@:./-]+)"/g)].map(([, name]) => name ?? "");
  assert.ok(imported.length > 3);
  assert.deepEqual(
    imported.filter((name) => !name.startsWith("node:")),
    [],
  );
  assert.ok(!text.includes("require("));
});

for (const [name, file, words] of [
  ["a file", path, ["agent"]],
  ["a data: URL", loader, []],
] as const) {
  test(`the script from ${name} greets, and leaves at the end of its input`, SLOW, async () => {
    const child = await startChild([...runtimeArgv(), file, ...words], { cwd: dir.path });
    const chunks: Buffer[] = [];
    child.process.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    await waitFor(() => Buffer.concat(chunks).length >= PREAMBLE_BYTES, { what: "the preamble", timeoutMs: 30_000 });
    child.process.stdin?.end();
    const { signal } = await child.exited;
    await child.stop();
    assert.equal(signal, null);
    assert.deepEqual(new Uint8Array(Buffer.concat(chunks).subarray(0, PREAMBLE_BYTES)), preambleOf("agent"));
    assert.doesNotMatch(child.stderr(), /\n\s+at /);
  });
}

test("the script knows its version, and refuses what is not its own in a sentence", SLOW, async () => {
  for (const word of ["version", "--version"]) {
    const { code, stdout, stderr } = await runToEnd([...runtimeArgv(), path, word]);
    assert.deepEqual([code, stdout, stderr], [0, `${VERSION}\n`, ""]);
  }
  for (const words of [[], ["--debug"], ["--help"], ["run", "net.yaml"], ["agent", "bundle"]]) {
    const { code, stdout, stderr } = await runToEnd([...runtimeArgv(), path, ...words]);
    assert.deepEqual([code, stdout], [64, ""]);
    assert.match(stderr, /^norouter: This is norouter's agent alone, version \d+\.\d+\.\d+: 'norouter run' .*\n$/);
    assert.doesNotMatch(stderr, /--help/);
  }
});
