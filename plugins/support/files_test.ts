// Files whole or not at all, folders, and the codes of what each runtime really throws.

import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { type ErrorCode, NoRouterError } from "../../core/mod.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { fileError, fileErrorCode, replaceFile, whyUnreadable } from "./files.ts";
import { makeFolder, removeEmptyFolders } from "./folders.ts";

const systemError = (code: string) => Object.assign(new Error(code), { code });
const bytes = Buffer.from("new");

test("system errors have codes, and sentences that name the path", () => {
  const wanted: Record<string, ErrorCode> = {
    ENOSPC: "disk-full",
    EDQUOT: "disk-full",
    EACCES: "file-denied",
    EPERM: "file-denied",
    EROFS: "file-denied",
    ENOTDIR: "file-failed",
    EISDIR: "file-failed",
    ESOMETHINGNEW: "file-failed",
  };
  for (const [system, code] of Object.entries(wanted)) {
    assert.equal(fileErrorCode(systemError(system)), code, system);
    const error = fileError("/a/b", systemError(system));
    assert.equal(error.code, code);
    assert.match(error.message, /^Cannot write \/a\/b: [A-Z].*[^.]$/);
  }
  assert.equal(fileError("/a", systemError("ESOMETHINGNEW")).message, "Cannot write /a: The system says ESOMETHINGNEW");
  assert.equal(fileErrorCode(undefined), "file-failed");
  assert.equal(fileErrorCode(null), "file-failed");
  const own = new NoRouterError("file-failed", "Something else");
  assert.equal(fileError("/a", own), own);
});

test("a file is replaced with the mode that was asked for, whatever the umask", async () => {
  const dir = tempDir("files");
  const path = `${dir.path}/file`;
  const umask = process.umask(0o077);
  await replaceFile(path, bytes, { mode: 0o644 });
  process.umask(umask);
  assert.equal(statSync(path).mode & 0o777, 0o644);
  assert.equal(readFileSync(path, "utf8"), "new");
  assert.deepEqual(readdirSync(dir.path), ["file"]);
  dir.remove();
});

test("a symlink is replaced and not followed", async () => {
  const dir = tempDir("files");
  writeFileSync(`${dir.path}/victim`, "old");
  symlinkSync("victim", `${dir.path}/file`);
  await replaceFile(`${dir.path}/file`, bytes, { mode: 0o644 });
  assert.ok(lstatSync(`${dir.path}/file`).isFile());
  assert.equal(readFileSync(`${dir.path}/victim`, "utf8"), "old");
  dir.remove();
});

test("a failure leaves the old file, and nothing beside it", async () => {
  const dir = tempDir("files");
  const path = `${dir.path}/file`;
  writeFileSync(path, "old");
  const stopped = new Error("not now");
  const ready = () => Promise.reject(stopped);
  await assert.rejects(replaceFile(path, bytes, { mode: 0o644, ready }), (thrown) => thrown === stopped);
  mkdirSync(`${dir.path}/folder`);
  await assert.rejects(
    replaceFile(`${dir.path}/folder`, bytes, { mode: 0o644 }),
    (thrown) => fileErrorCode(thrown) === "file-failed",
  );
  assert.equal(readFileSync(path, "utf8"), "old");
  assert.deepEqual(readdirSync(dir.path).sort(), ["file", "folder"]);
  dir.remove();
});

test("folders are made, named, and removed while they are empty", async () => {
  const dir = tempDir("files");
  const root = realpathSync(dir.path);
  const made = await makeFolder(`${root}/a/b/c`);
  assert.deepEqual(made, [`${root}/a/b/c`, `${root}/a/b`, `${root}/a`]);
  assert.deepEqual(await makeFolder(`${root}/a/b/c`), []);
  symlinkSync("a", `${root}/link`);
  assert.deepEqual(await makeFolder(`${root}/link/b/d`), [`${root}/link/b/d`]);
  await removeEmptyFolders(made);
  assert.deepEqual(readdirSync(`${root}/a/b`), ["d"]);
  dir.remove();
});

test("a folder that cannot be made fails at once, and leaves nothing", async () => {
  const dir = tempDir("files");
  writeFileSync(`${dir.path}/file`, "");
  symlinkSync("nowhere", `${dir.path}/dangling`);
  const long = "n".repeat(300);
  for (const path of [
    `${dir.path}/file`,
    `${dir.path}/file/a/b`,
    `${dir.path}/dangling`,
    `${dir.path}/a/b/${long}`,
    "/proc/a/b",
  ]) {
    await assert.rejects(makeFolder(path), (thrown) => /^Cannot write/.test(fileError(path, thrown).message), path);
  }
  assert.ok(!existsSync(`${dir.path}/a`));
  dir.remove();
});

test("why a file cannot be read is said in words, not in those of the system", async () => {
  const dir = tempDir("files");
  writeFileSync(`${dir.path}/file`, "");
  const why = (path: string) =>
    readFile(path).then(
      () => "it can",
      (thrown: unknown) => whyUnreadable(thrown),
    );
  assert.equal(await why(`${dir.path}/file`), "it can");
  assert.equal(await why(`${dir.path}/none`), "there is no such file");
  assert.equal(await why(`${dir.path}/file/none`), "there is no such file");
  assert.equal(await why(dir.path), "it is a folder");
  assert.equal(whyUnreadable(new Error("odd")), "odd");
  dir.remove();
});
