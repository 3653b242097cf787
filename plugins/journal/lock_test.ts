// The lock: what counts as left behind, and that nothing of it stays.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runToEnd } from "../../tests/support/child.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { takeLock } from "./lock.ts";

/** The name of a run that is over, in this namespace of processes. */
async function overRun(like: string): Promise<string> {
  const { stdout } = await runToEnd(["sh", "-c", "echo $$"]);
  return like.replace(/run \d+\.\d+/, `run ${stdout.trim()}.1`);
}

test("a lock names its process, and is gone once it is given back", () => {
  const dir = tempDir("lock");
  const path = join(dir.path, "j");
  const lock = takeLock(path);
  assert.match(readFileSync(`${path}.lock`, "utf8"), new RegExp(`^journal run ${process.pid}\\.\\d+\\.\\d+\\.\\d+$`));
  assert.deepEqual([lock.isOurs(), lock.fromElsewhere], [true, false]);
  assert.throws(() => takeLock(path), { code: "journal-in-use", message: `Journal ${path} is in use by this process` });
  lock.release();
  assert.deepEqual(readdirSync(dir.path), []);
  dir.remove();
});

test("what killed processes left is taken over, claims included, and removed", async () => {
  const dir = tempDir("lock");
  const path = join(dir.path, "j");
  const first = takeLock(path);
  const over = await overRun(readFileSync(`${path}.lock`, "utf8"));
  const key = /\d+\.\d+\.\d+\.\d+$/.exec(over)?.[0];
  writeFileSync(`${path}.lock`, over);
  writeFileSync(`${path}.lock.${key}`, over.replace(/\d+$/, "77"));
  writeFileSync(`${path}.lock.1.2.3.4`, over);
  const second = takeLock(path);
  assert.deepEqual([second.isOurs(), second.fromElsewhere, first.isOurs()], [true, false, false]);
  assert.deepEqual(readdirSync(dir.path), ["j.lock"]);
  first.release();
  assert.ok(second.isOurs(), "who lost it does not give it back");
  second.release();
  dir.remove();
});

test("a claim of a process that runs keeps others out", async () => {
  const dir = tempDir("lock");
  const path = join(dir.path, "j");
  takeLock(path);
  const own = readFileSync(`${path}.lock`, "utf8");
  const over = await overRun(own);
  writeFileSync(`${path}.lock`, over);
  writeFileSync(`${path}.lock.${/\d+\.\d+\.\d+\.\d+$/.exec(over)?.[0]}`, own);
  assert.throws(() => takeLock(path), { code: "journal-in-use" });
  assert.equal(readFileSync(`${path}.lock`, "utf8"), over);
  dir.remove();
});

test("a lock without a name is being made, or was left by a loss of power", () => {
  const dir = tempDir("lock");
  const path = join(dir.path, "j");
  for (const text of ["", "\0\0\0\0", "xyz"]) {
    writeFileSync(`${path}.lock`, text);
    assert.throws(() => takeLock(path), { code: "journal-in-use", message: `Journal ${path} is in use by another process` });
    const before = Date.now() / 1000 - 60;
    utimesSync(`${path}.lock`, before, before);
    takeLock(path).release();
    assert.deepEqual(readdirSync(dir.path), []);
  }
  dir.remove();
});
