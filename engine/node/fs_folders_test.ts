// Folders by node:fs: made, read, and removed with all in them.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = fs.mkdtempSync("/tmp/engine-folders-");
after(() => fs.rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

test("folders are made one by one, or with those above them", () => {
  fs.mkdirSync(at("one"), 0o700);
  assert.equal(fs.statSync(at("one")).mode & 0o777, 0o700);
  assert.throws(() => fs.mkdirSync(at("one")), { code: "EEXIST", syscall: "mkdir", path: at("one") });
  assert.throws(() => fs.mkdirSync(at("a/b")), { code: "ENOENT", syscall: "mkdir" });
  assert.equal(fs.mkdirSync(at("a/b/c"), { recursive: true }), at("a"));
  assert.equal(fs.mkdirSync(at("a/b/d/e/"), { recursive: true })?.replace(/\/$/, ""), at("a/b/d"));
  assert.equal(fs.mkdirSync(at("a/b/c"), { recursive: true }), undefined);
  fs.writeFileSync(at("file"), "");
  assert.throws(() => fs.mkdirSync(at("file"), { recursive: true }), { code: "EEXIST", path: at("file") });
  assert.throws(() => fs.mkdirSync(at("file/x/y"), { recursive: true }), { code: "ENOTDIR" });
});

test("a folder of one's own has a name that nobody else has", () => {
  const [one, other] = [fs.mkdtempSync(at("t-")), fs.mkdtempSync(at("t-"))];
  assert.ok(one !== other && one.startsWith(at("t-")) && one.length === at("t-").length + 6);
  assert.equal(fs.statSync(one).mode & 0o777, 0o700);
  assert.throws(() => fs.mkdtempSync(at("absent/x")), { code: "ENOENT", syscall: "mkdtemp" });
});

test("folders are read, with kinds and with what is below", () => {
  const top = at("tree");
  fs.mkdirSync(join(top, "sub"), { recursive: true });
  for (const name of ["b", "a", "sub/c"]) fs.writeFileSync(join(top, name), "");
  fs.symlinkSync("a", join(top, "link"));
  assert.deepEqual(fs.readdirSync(top), ["a", "b", "link", "sub"]);
  assert.deepEqual(fs.readdirSync(top, { recursive: true }), ["a", "b", "link", "sub", "sub/c"]);
  const kinds = fs.readdirSync(top, { withFileTypes: true });
  assert.deepEqual(
    kinds.map((one) => [one.name, one.isFile(), one.isDirectory(), one.isSymbolicLink(), one.parentPath]),
    [
      ["a", true, false, false, top],
      ["b", true, false, false, top],
      ["link", false, false, true, top],
      ["sub", false, true, false, top],
    ],
  );
  const below = fs.readdirSync(top, { withFileTypes: true, recursive: true });
  assert.deepEqual(
    below.map((one) => join(one.parentPath, one.name)),
    ["a", "b", "link", "sub", "sub/c"].map((name) => join(top, name)),
  );
  assert.throws(() => fs.readdirSync(join(top, "a")), { code: "ENOTDIR", syscall: "scandir" });
});

test("what is removed: a file, an empty folder, a tree; links are not followed", () => {
  const top = at("gone");
  fs.mkdirSync(join(top, "deep/er"), { recursive: true });
  fs.writeFileSync(join(top, "deep/file"), "");
  fs.writeFileSync(at("kept"), "");
  fs.symlinkSync(folder, join(top, "deep/link"));
  assert.throws(() => fs.rmdirSync(top), {
    code: "ENOTEMPTY",
    syscall: "rmdir",
    message: `ENOTEMPTY: directory not empty, rmdir '${top}'`,
  });
  assert.throws(() => fs.rmSync(top), {
    name: "SystemError",
    code: "ERR_FS_EISDIR",
    message: `Path is a directory: rm returned EISDIR (is a directory) ${top}`,
  });
  fs.rmSync(top, { recursive: true });
  assert.deepEqual([fs.existsSync(top), fs.existsSync(at("kept"))], [false, true]);
  assert.throws(() => fs.rmSync(top), { code: "ENOENT", syscall: "lstat", path: top });
  fs.rmSync(top, { force: true, recursive: true });
  fs.rmSync(at("kept"));
  fs.mkdirSync(top);
  fs.rmdirSync(top);
  assert.equal(fs.existsSync(top), false);
});

test("a folder may have more entries than a function takes arguments", () => {
  const top = at("many");
  fs.mkdirSync(top);
  fs.writeFileSync(join(top, "one"), "");
  for (let count = 1; count < 70_000; count += 1) fs.symlinkSync("one", join(top, `link ${count}`));
  assert.equal(fs.readdirSync(top).length, 70_000);
  fs.rmSync(top, { recursive: true });
});
