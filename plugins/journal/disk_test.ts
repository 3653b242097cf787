// A disk that is full, and one that may not be written to: what cannot be kept changes nothing, and no line is torn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runToEnd } from "../../tests/support/child.ts";
import { PROJECT, runtimeArgv } from "../../tests/support/cli.ts";
import { needs } from "../../tests/support/engines.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { readContents } from "./read.ts";

const skip = needs("userns");
const WRITER = [...runtimeArgv(), `${PROJECT}/tests/support/journal_main.ts`];

/** What a shell script prints in a mount namespace of its own; `$1` is a folder with a small file system, the rest a writer without its play. */
async function inMounts(script: string): Promise<string[]> {
  const dir = tempDir("journal");
  const shell = ["unshare", "-Urm", "--", "sh", "-euc", script, "sh", dir.path, ...WRITER];
  const { code, stdout, stderr } = await runToEnd(shell, { cwd: PROJECT, timeoutMs: 60_000 });
  assert.equal(code, 0, stderr);
  dir.remove();
  return stdout.trimEnd().split("\n");
}

test("a full disk refuses events, leaves no part of them, and goes on once there is room", { skip }, async () => {
  const lines = await inMounts(`
    dir=$1; shift
    mount -t tmpfs -o size=200k none "$dir"; head -c 160k /dev/zero >"$dir/x"; chmod 700 "$dir"
    "$@" '{"path":"'$dir'/net.jsonl","most":400,"help":"cp '$dir'/net.jsonl '$dir'/../copy-'$$'; rm '$dir'/x"}'
    tail -c 1 "$dir/../copy-$$" | od -An -tx1; rm "$dir/../copy-$$"
    tail -n 1 "$dir/net.jsonl"`);
  const [failure = "", ...more] = lines.filter((line) => line.startsWith("disk-full "));
  assert.match(failure, /^disk-full Cannot write \/.*\/net\.jsonl: The disk is full$/);
  assert.deepEqual(more, []);
  const at = lines.indexOf(failure);
  const [before, after] = [lines[at - 1], lines[at + 1]].map((line) => Number(line?.split(" ")[0]));
  assert.equal(after, (before ?? 0) + 2, "the numbers go on where they were");
  assert.equal(lines.at(-2)?.trim(), "0a", "the file ended with a whole line while the disk was full");
  assert.equal((JSON.parse(lines.at(-1) ?? "") as { seq: number }).seq, Number(lines.at(-3)?.split(" ")[0]));
});

test("a file system that is full or read-only from the start is said with its code", { skip }, async () => {
  const lines = await inMounts(`
    dir=$1; shift
    mount -t tmpfs -o size=4k none "$dir"; head -c 4096 /dev/zero >"$dir/x"; chmod 700 "$dir"
    "$@" '{"path":"'$dir'/net.jsonl","most":10}'; ls -A "$dir"
    mount -o remount,ro "$dir"
    "$@" '{"path":"'$dir'/net.jsonl","most":10}'`);
  assert.match(lines[0] ?? "", /^disk-full Cannot write .*: The disk is full$/);
  assert.equal(lines[1], "x", "nothing is left beside it");
  assert.match(lines[2] ?? "", /^file-denied Cannot write .*: The file system is read-only$/);
});

test("with 'goesOn' a full disk refuses nothing, and once there is room the journal has every event", { skip }, async () => {
  const lines = await inMounts(`
    dir=$1; shift
    mount -t tmpfs -o size=200k none "$dir"; head -c 160k /dev/zero >"$dir/x"; chmod 700 "$dir"
    "$@" '{"path":"'$dir'/net.jsonl","most":600,"goesOn":true,"help":"rm '$dir'/x"}'
    cat "$dir/net.jsonl"`);
  const said = lines.filter((line) => /^(Cannot|Journal)/.test(line));
  assert.match(said[0] ?? "", /^Cannot write .*net\.jsonl: The disk is full; events are kept in memory until that works again$/);
  assert.match(said[1] ?? "", /^Journal .*net\.jsonl has all events again$/);
  assert.equal(said.length, 2);
  const numbers = lines.flatMap((line) => /^(\d+) (\d+)$/.exec(line)?.slice(1, 2).map(Number) ?? []);
  const text = lines.slice(lines.findIndex((line) => line.startsWith("{"))).join("\n");
  const { seq, rest, events, snapshot } = readContents("j", Buffer.from(`${text}\n`));
  assert.deepEqual([seq, rest, snapshot.seq + events.length], [numbers.at(-1), "nothing", seq]);
});
