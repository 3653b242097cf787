// A writer that is killed at any moment: nothing that it wrote is lost, nothing that it said to be flushed least of all.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { DURABILITY, replay } from "../../core/mod.ts";
import { type Child, readOutput, startChild } from "../../tests/support/child.ts";
import { PROJECT, runtimeArgv } from "../../tests/support/cli.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { readContents } from "./read.ts";
import { journalStore } from "./store.ts";

const KILLS = 20;
const EVENTS = 10_000;

const writer = (path: string, most: number): Promise<Child> =>
  startChild([...runtimeArgv(), `${PROJECT}/tests/support/journal_main.ts`, path, String(most)]);

/** The last numbers that a writer printed on a whole line: written, flushed. */
function saidIn(text: string): [number, number] {
  const [written = 0, flushed = 0] = (text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1) ?? "").split(" ").map(Number);
  return [written, flushed];
}

test("20 kills within 10,000 events: every event is there, with the same numbers and the same hosts", {
  timeout: 300_000,
}, async () => {
  const dir = tempDir("journal");
  const path = `${dir.path}/net.jsonl`;
  let generations = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const child = await writer(path, 2 * EVENTS);
    const output = readOutput(child);
    const until = Math.round((EVENTS * kill) / KILLS);
    await waitFor(() => saidIn(output())[0] >= until, {
      what: `event ${until}: ${output().slice(-200)} ${child.stderr()}`,
      timeoutMs: 60_000,
    });
    child.process.kill("SIGKILL");
    await child.exited;
    const [written, flushed] = saidIn(output());
    const contents = readContents(path, readFileSync(path));
    assert.ok(
      contents.rest !== "damaged" && contents.seq >= written && written >= flushed,
      `${contents.rest} ${contents.seq} ${written} ${flushed}`,
    );
    const store = await journalStore({ path, network: "net" });
    assert.equal(store.seq, contents.seq);
    const state = replay(store);
    assert.deepEqual(
      [...state.hosts.values()].map(({ id, name }) => [id, name]),
      Array.from({ length: kill }, (_, at) => [at + 1, `host${at + 1}`]),
    );
    const numbers = contents.events.filter(({ type }) => DURABILITY[type] === "durable").map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => contents.snapshot.seq + 1 + at),
      "numbers without a gap",
    );
    await store.close();
    if (existsSync(`${path}.1`)) generations += 1;
  }
  assert.ok(generations > KILLS / 2, "the journal was rotated meanwhile");
  dir.remove();
});

test("a second writer is refused with the process that writes, and let in once that was killed", async () => {
  const dir = tempDir("journal");
  const path = `${dir.path}/net.jsonl`;
  const first = await writer(path, 1_000_000_000);
  const output = readOutput(first);
  await waitFor(() => saidIn(output())[0] > 0, { what: "the first writer to write" });
  await assert.rejects(journalStore({ path, network: "net" }), {
    code: "journal-in-use",
    message: `Journal ${path} is in use by process ${first.pid}`,
  });
  first.process.kill("SIGKILL");
  await first.exited;
  await (await journalStore({ path, network: "net" })).close();
  dir.remove();
});

test("of several that come at once after a kill, one has the journal", { timeout: 120_000 }, async () => {
  const dir = tempDir("journal");
  const path = `${dir.path}/net.jsonl`;
  for (let round = 0; round < 3; round += 1) {
    const children = await Promise.all(Array.from({ length: 4 }, () => writer(path, 1_000_000_000)));
    const outputs = children.map(readOutput);
    await waitFor(() => outputs.every((output) => output().includes("\n")), {
      what: "all to have said something",
      timeoutMs: 60_000,
    });
    const firsts = outputs.map((output) => output().split("\n")[0] ?? "");
    assert.equal(firsts.filter((line) => line === "open").length, 1, firsts.join("\n"));
    assert.equal(firsts.filter((line) => line.startsWith("journal-in-use ")).length, 3, firsts.join("\n"));
    for (const child of children) child.process.kill("SIGKILL");
    await Promise.all(children.map(({ exited }) => exited));
  }
  dir.remove();
});
