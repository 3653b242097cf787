// A manifest that is written in an editor and run, and edited again, as a person at a terminal does it.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { programArgv } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { startOnTerminal, type Terminal } from "../support/terminal.ts";

const HOST = `vip: ${vip(1)}, dns: {disable: true}, stateDir: {disable: true}`;

/** An editor that puts the next of these texts into the file each time it is opened; the last one is left as it is. */
async function withEditor(texts: readonly string[], body: (terminal: Terminal) => Promise<void>): Promise<void> {
  const dir = tempDir("editor");
  texts.forEach((text, index) => {
    writeFileSync(`${dir.path}/${index + 1}`, text);
  });
  const count = `n=$(($(cat ${dir.path}/count 2>/dev/null || echo 0) + 1)); echo $n >${dir.path}/count`;
  writeFileSync(`${dir.path}/edit`, `${count}\nif [ -f ${dir.path}/$n ]; then cat ${dir.path}/$n >"$2"; fi\n`);
  const env = { ...process.env, VISUAL: "", EDITOR: `sh ${dir.path}/edit --an-option` };
  const terminal = await startOnTerminal([...programArgv(), "-e"], { env });
  try {
    await body(terminal);
  } finally {
    await terminal.stop();
    dir.remove();
  }
}

const wrote = (terminal: Terminal, pattern: RegExp, from = 0) =>
  waitFor(() => pattern.test(terminal.written().slice(from)), { what: `${pattern} in ${terminal.written()}` });

describe("a manifest from an editor", { skip: needs("script") }, () => {
  test("is run, mended, run again and kept", { timeout: 60_000 }, () =>
    withEditor(["hosts: {me: {}}\n", `hosts: {me: {${HOST}}}\n`], async (terminal) => {
      await wrote(terminal, /Host 'me' has no 'vip'[\s\S]*Return opens the editor again/);
      terminal.type("\r");
      await wrote(terminal, /1 of 1 hosts are ready/);
      const shown = terminal.written().length;
      terminal.type("\x03");
      await wrote(terminal, /Network is stopped[\s\S]*Return opens the editor again/, shown);
      terminal.type("\x03");
      assert.deepEqual(await terminal.exited, { code: 0, signal: null });
      const file = /The manifest is in (\S+):/.exec(terminal.written())?.[1] ?? "";
      assert.equal(readFileSync(file, "utf8"), `hosts: {me: {${HOST}}}\n`);
      rmSync(dirname(file), { recursive: true });
    }),
  );

  test("is not run and not kept when nothing was written", { timeout: 60_000 }, () =>
    withEditor([], async (terminal) => {
      assert.deepEqual(await terminal.exited, { code: 0, signal: null });
      assert.match(terminal.written(), /The manifest was not changed\r?\n$/);
      assert.doesNotMatch(terminal.written(), /The manifest is in/);
    }),
  );
});
