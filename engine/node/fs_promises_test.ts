// node:fs/promises: open files, and pipes that are waited for.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync("/tmp/engine-promises-");
after(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

test("an open file is written, read, changed and closed", async () => {
  const handle = await fs.open(at("file"), "w+", 0o600);
  assert.ok(handle.fd > 2);
  await handle.writeFile("0123456789");
  assert.equal((await handle.write("ab", 0)).bytesWritten, 2);
  assert.equal((await handle.write(Buffer.from("xyz"), 1, 2, 4)).bytesWritten, 2);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(6), 0, 6, 0);
  assert.deepEqual([bytesRead, buffer.toString()], [6, "ab23yz"]);
  assert.equal((await handle.read({ buffer: Buffer.alloc(4), position: 8 })).bytesRead, 2);
  await handle.truncate(3);
  await handle.chmod(0o640);
  await handle.chown(process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  await handle.sync();
  await handle.datasync();
  const facts = await handle.stat();
  assert.deepEqual([facts.size, facts.mode & 0o777, (await handle.stat({ bigint: true })).size], [3, 0o640, 3n]);
  await handle.close();
  assert.equal(handle.fd, -1);
  await handle.close();
  await assert.rejects(handle.read(Buffer.alloc(1)), { code: "EBADF", message: "file closed", syscall: "read" });
  assert.equal(await fs.readFile(at("file"), "utf8"), "ab2");
});

test("a file that was disposed of is closed", async () => {
  const handle = await fs.open(at("disposed"), "w");
  await handle[Symbol.asyncDispose]();
  assert.equal(handle.fd, -1);
});

test("whole files", async () => {
  await fs.writeFile(at("whole"), "one", { mode: 0o600 });
  await fs.appendFile(at("whole"), "two");
  assert.equal(await fs.readFile(at("whole"), { encoding: "utf8" }), "onetwo");
  await assert.rejects(fs.writeFile(at("whole"), "", { flag: "wx" }), { code: "EEXIST", syscall: "open", path: at("whole") });
  await assert.rejects(fs.readFile(at("absent")), { message: `ENOENT: no such file or directory, open '${at("absent")}'` });
  await assert.rejects(fs.readFile(folder), { code: "EISDIR", syscall: "read" });
  await assert.rejects(fs.readFile(at("whole"), { signal: AbortSignal.abort() }), { name: "AbortError" });
  const handle = await fs.open(at("whole"));
  assert.equal(await fs.readFile(handle, "utf8"), "onetwo");
  await handle.close();
});

test("all that the other functions do", async () => {
  await fs.mkdir(at("a/b"), { recursive: true });
  await fs.writeFile(at("a/x"), "x");
  await fs.rename(at("a/x"), at("a/y"));
  await fs.link(at("a/y"), at("a/z"));
  await fs.symlink("y", at("a/s"));
  await fs.copyFile(at("a/y"), at("a/c"));
  await fs.chmod(at("a/c"), 0o600);
  await fs.truncate(at("a/c"));
  await fs.utimes(at("a/c"), 5, 6);
  assert.deepEqual((await fs.readdir(at("a"))).sort(), ["b", "c", "s", "y", "z"]);
  assert.deepEqual([await fs.readlink(at("a/s")), await fs.realpath(at("a/s"))], ["y", at("a/y")]);
  assert.deepEqual([(await fs.stat(at("a/c"))).mtimeMs, (await fs.lstat(at("a/s"))).isSymbolicLink()], [6000, true]);
  await fs.access(at("a/c"));
  await fs.unlink(at("a/s"));
  await fs.rmdir(at("a/b"));
  const temporary = await fs.mkdtemp(at("t-"));
  assert.equal((await fs.stat(temporary)).isDirectory(), true);
  await fs.rm(at("a"), { recursive: true });
  await assert.rejects(fs.access(at("a")), { code: "ENOENT", syscall: "access" });
  await assert.rejects(fs.realpath(at("a")), { code: "ENOENT", syscall: "realpath" });
  await fs.rm(at("a"), { force: true });
});

test("a wrong argument rejects, and does not throw", async () => {
  await assert.rejects(fs.open(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  await assert.rejects(fs.open(at("x"), "zz"), { code: "ERR_INVALID_ARG_VALUE" });
});

/** A pipe that has a name; nobody has opened it. */
function namedPipe(name: string): string {
  assert.equal(spawnSync("mkfifo", [at(name)]).status, 0);
  return at(name);
}

/** Whether something is still waited for after a turn of the loop in which all that is ready was served. */
async function waits(work: Promise<unknown>): Promise<boolean> {
  let isDone = false;
  void work.then(
    () => (isDone = true),
    () => (isDone = true),
  );
  await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setImmediate(resolve));
  return !isDone;
}

test("a pipe that has nothing yet holds up nothing else, and close waits for who reads", async () => {
  const handle = await fs.open(namedPipe("read"), "r+");
  const buffer = Buffer.alloc(8);
  const read = handle.read(buffer, 0, 8, null);
  const closed = handle.close();
  assert.deepEqual([await waits(read), await waits(closed)], [true, true]);
  const writer = openSync(at("read"), "r+");
  writeSync(writer, "a");
  assert.deepEqual([(await read).bytesRead, buffer.toString("utf8", 0, 1)], [1, "a"]);
  await closed;
  assert.equal(handle.fd, -1);
  closeSync(writer);
});

test("a pipe is read to its end, with waits for what is not there yet", async () => {
  const path = namedPipe("whole-pipe");
  const writer = openSync(path, "r+");
  const whole = fs.readFile(path, "utf8");
  for (const part of ["one", "two"]) {
    assert.equal(await waits(whole), true);
    writeSync(writer, part);
  }
  assert.equal(await waits(whole), true);
  closeSync(writer);
  assert.equal(await whole, "onetwo");
});
