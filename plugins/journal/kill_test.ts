// A writer that is killed at any moment: nothing that it wrote is lost, nothing that it said to be flushed least of all.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { DURABILITY, replay } from "../../core/mod.ts";
import { type Child, readOutput, startChild } from "../../tests/support/child.ts";
import { IS_NODE24, PROJECT, runtimeArgv } from "../../tests/support/cli.ts";
import type { WriterPlay } from "../../tests/support/journal_main.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { readContents } from "./read.ts";
import { journalStore } from "./store.ts";

/** Some are right after a rotation, and some are not. */
const KILLS = IS_NODE24 ? 20 : 4;
const EVENTS = 500 * KILLS;

const writer = (path: string, most: number): Promise<Child> => {
  const play: WriterPlay = { path, most, stay: true };
  return startChild([...runtimeArgv(), `${PROJECT}/tests/support/journal_main.ts`, JSON.stringify(play)]);
};

/** The last numbers that a writer printed on a whole line: written, flushed. */
function saidIn(text: string): [number, number] {
  const line = text.slice(0, text.lastIndexOf("\n") + 1).match(/(\d+) (\d+)\n$/);
  return [Number(line?.[1] ?? 0), Number(line?.[2] ?? 0)];
}

/** The end of a file, which tells it from the one that has its path later. */
function endOf(path: string): string {
  return existsSync(path) ? readFileSync(path).subarray(-200).toString("latin1") : "";
}

test(`${KILLS} kills within ${EVENTS} events: every event is there, with the same numbers and the same hosts`, {
  timeout: 300_000,
}, async () => {
  const dir = tempDir("journal");
  const path = `${dir.path}/net.jsonl`;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const until = Math.round((EVENTS * kill) / KILLS);
    const previous = endOf(`${path}.1`);
    const child = await writer(path, until + 400);
    const output = readOutput(child);
    // Every other one is killed right after the journal was rotated, or while it is flushed.
    const isDue = () => saidIn(output())[0] >= until && (kill % 2 === 1 || endOf(`${path}.1`) !== previous);
    await waitFor(isDue, { what: `event ${until}: ${child.stderr()}`, timeoutMs: 60_000, everyMs: 1 });
    child.process.kill("SIGKILL");
    assert.equal((await child.exited).signal, "SIGKILL");
    const [written, flushed] = saidIn(output());
    const contents = readContents(path, readFileSync(path));
    assert.notEqual(contents.rest, "damaged");
    assert.ok(contents.seq >= written && written >= flushed, `${contents.seq} of ${written}, ${flushed} flushed`);
    const numbers = contents.events.filter(({ type }) => DURABILITY[type] === "durable").map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => contents.snapshot.seq + 1 + at),
      "numbers without a gap",
    );
    const store = await journalStore({ path, network: "net" });
    assert.equal(store.seq, contents.seq);
    assert.deepEqual(
      [...replay(store).hosts.values()].map(({ id, name }) => [id, name]),
      Array.from({ length: kill }, (_, at) => [at + 1, `host${at + 1}`]),
    );
    await store.close();
  }
  dir.remove();
});

test("a second writer is refused with the process that writes, and let in once that was killed", async () => {
  const dir = tempDir("journal");
  const path = `${dir.path}/net.jsonl`;
  const first = await writer(path, 100);
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
  for (let round = 1; round <= 3; round += 1) {
    const children = await Promise.all(Array.from({ length: 4 }, () => writer(path, 100 * round)));
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
