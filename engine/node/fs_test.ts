// node:fs: what its functions do to files, and their errors.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

const folder = fs.mkdtempSync("/tmp/engine-fs-");
after(() => fs.rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
let made = 0;
function file(content = "content"): string {
  const path = at(`file-${made++}`);
  fs.writeFileSync(path, content);
  return path;
}

test("files are written, read and appended to, as text and as bytes", () => {
  const path = at("plain");
  fs.writeFileSync(path, "héllo");
  assert.equal(fs.readFileSync(path, "utf8"), "héllo");
  assert.deepEqual(fs.readFileSync(path), Buffer.from("héllo"));
  fs.appendFileSync(path, Buffer.of(0x21));
  assert.equal(fs.readFileSync(path, { encoding: "latin1" }), "hÃ©llo!");
  fs.writeFileSync(path, new Uint16Array([0x4241]));
  assert.equal(fs.readFileSync(pathToFileURL(path), "utf8"), "AB");
  assert.equal(fs.readFileSync(Buffer.from(path)).length, 2);
  const large = Buffer.alloc(300_000, "x");
  fs.writeFileSync(path, large);
  assert.deepEqual(fs.readFileSync(path), large);
  assert.ok(fs.readFileSync("/proc/self/status", "utf8").includes("Pid:"), "a file whose size is not known");
});

test("flags and modes say how a file is opened and made", () => {
  const path = at("flags");
  fs.writeFileSync(path, "one", { mode: 0o600 });
  assert.equal(fs.statSync(path).mode & 0o777, 0o600);
  assert.throws(() => fs.writeFileSync(path, "two", { flag: "wx" }), { code: "EEXIST", syscall: "open", path });
  fs.writeFileSync(path, "two", { flag: "a" });
  const fd = fs.openSync(path, "r+");
  assert.equal(fs.writeSync(fd, "T", 3), 1);
  assert.equal(fs.readSync(fd, Buffer.alloc(2)), 2);
  fs.ftruncateSync(fd, 4);
  fs.fchmodSync(fd, "640");
  assert.deepEqual([fs.fstatSync(fd).size, fs.fstatSync(fd).mode & 0o777], [4, 0o640]);
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  assert.equal(fs.readFileSync(path, "utf8"), "oneT");
  for (const flag of ["z", "rw", "rx", "+"]) {
    assert.throws(() => fs.openSync(path, flag), { code: "ERR_INVALID_ARG_VALUE" }, flag);
  }
  assert.throws(() => fs.openSync(path, "w", "9"), { code: "ERR_INVALID_ARG_VALUE" });
});

test("descriptors are read and written at positions", () => {
  const fd = fs.openSync(file("0123456789"), "r+");
  const into = Buffer.alloc(4, ".");
  assert.equal(fs.readSync(fd, into, 1, 2, 5), 2);
  assert.equal(into.toString(), ".56.");
  assert.equal(fs.readSync(fd, into, { position: 8 }), 2);
  assert.equal(fs.readSync(fd, into, 0, 4, 100), 0);
  assert.equal(fs.writeSync(fd, Buffer.from("abc"), 1, 1, 0), 1);
  assert.equal(fs.readFileSync(fd, "utf8"), "b123456789");
  assert.throws(() => fs.readSync(fd, into, 0, 5, 0), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => fs.writeSync(fd, into, 5), { code: "ERR_OUT_OF_RANGE" });
  fs.closeSync(fd);
  assert.throws(() => fs.closeSync(fd), { code: "EBADF", syscall: "close", message: "EBADF: bad file descriptor, close" });
  assert.throws(() => fs.closeSync(-1), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => fs.closeSync("1" as unknown as number), { code: "ERR_INVALID_ARG_TYPE" });
});

test("what is told of a file", () => {
  const path = file();
  const facts = fs.statSync(path);
  assert.deepEqual([facts.isFile(), facts.isDirectory(), facts.size, facts.nlink], [true, false, 7, 1]);
  assert.ok(Math.abs(facts.mtimeMs - Date.now()) < 60_000 && facts.mtime instanceof Date);
  const big = fs.statSync(path, { bigint: true });
  assert.deepEqual([big.size, big.ino, big.isFile()], [7n, BigInt(facts.ino), true]);
  assert.ok(big.mtimeNs / 1_000_000n === big.mtimeMs && big.mtimeNs > 10n ** 18n);
  fs.utimesSync(path, 1, new Date(2500));
  assert.deepEqual([fs.statSync(path).atimeMs, fs.statSync(path).mtimeMs], [1000, 2500]);
  assert.equal(fs.statSync("/").isDirectory(), true);
  assert.equal(fs.statSync("/dev/null").isCharacterDevice(), true);
  assert.equal(fs.statSync(at("absent"), { throwIfNoEntry: false }), undefined);
  assert.throws(() => fs.statSync(at("absent")), {
    message: `ENOENT: no such file or directory, stat '${at("absent")}'`,
    code: "ENOENT",
    errno: -2,
    syscall: "stat",
    path: at("absent"),
  });
  assert.throws(() => fs.lstatSync(`${path}/x`), { code: "ENOTDIR", syscall: "lstat" });
  assert.deepEqual([fs.existsSync(path), fs.existsSync(at("absent")), fs.existsSync(5 as never)], [true, false, false]);
  fs.accessSync(path, fs.constants.R_OK | fs.constants.W_OK);
  assert.throws(() => fs.accessSync(path, fs.constants.X_OK), { code: "EACCES", syscall: "access" });
});

test("links of both kinds", () => {
  const path = file();
  fs.linkSync(path, at("hard"));
  assert.equal(fs.statSync(at("hard")).nlink, 2);
  fs.symlinkSync("hard", at("soft"));
  assert.deepEqual([fs.lstatSync(at("soft")).isSymbolicLink(), fs.statSync(at("soft")).isFile()], [true, true]);
  assert.equal(fs.readlinkSync(at("soft")), "hard");
  assert.deepEqual([fs.realpathSync(at("soft")), fs.realpathSync.native(at("soft"))], [at("hard"), at("hard")]);
  assert.throws(() => fs.realpathSync(at("absent")), { code: "ENOENT", syscall: "lstat", path: at("absent") });
  assert.throws(() => fs.readlinkSync(path), { code: "EINVAL", syscall: "readlink" });
  assert.throws(() => fs.linkSync(at("absent"), at("x")), {
    message: `ENOENT: no such file or directory, link '${at("absent")}' -> '${at("x")}'`,
    dest: at("x"),
  });
  assert.throws(() => fs.symlinkSync("hard", at("soft")), { code: "EEXIST", path: "hard", dest: at("soft") });
});

test("files are moved, copied and removed", () => {
  const path = file("moved");
  fs.chmodSync(path, 0o640);
  fs.renameSync(path, at("new"));
  fs.copyFileSync(at("new"), at("copy"));
  assert.deepEqual([fs.readFileSync(at("copy"), "utf8"), fs.statSync(at("copy")).mode & 0o777], ["moved", 0o640]);
  assert.throws(() => fs.copyFileSync(at("new"), at("copy"), fs.constants.COPYFILE_EXCL), {
    code: "EEXIST",
    syscall: "copyfile",
  });
  assert.throws(() => fs.copyFileSync(path, at("copy")), { code: "ENOENT", syscall: "copyfile", path, dest: at("copy") });
  assert.throws(() => fs.renameSync(path, at("x")), { code: "ENOENT", syscall: "rename", path, dest: at("x") });
  fs.truncateSync(at("copy"), 2);
  assert.equal(fs.readFileSync(at("copy"), "utf8"), "mo");
  fs.unlinkSync(at("copy"));
  assert.throws(() => fs.unlinkSync(at("copy")), { code: "ENOENT", syscall: "unlink" });
});

test("a copy has the mode of what was copied, and a file copied onto itself stays", () => {
  const path = file("itself");
  fs.linkSync(path, at("same"));
  fs.symlinkSync(path, at("link to itself"));
  fs.copyFileSync(path, path);
  fs.copyFileSync(path, at("same"));
  fs.copyFileSync(at("link to itself"), path);
  assert.equal(fs.readFileSync(path, "utf8"), "itself");
  const old = file("of another length");
  fs.chmodSync(old, 0o600);
  fs.chmodSync(path, 0o777);
  for (const target of [old, at("umask")]) {
    fs.copyFileSync(path, target);
    assert.deepEqual([fs.readFileSync(target, "utf8"), fs.statSync(target).mode & 0o777], ["itself", 0o777]);
  }
  assert.throws(() => fs.copyFileSync(folder, at("half")), { code: "EISDIR", syscall: "copyfile" });
  assert.equal(fs.existsSync(at("half")), false);
});

test("what is no path, no descriptor and no data is refused", () => {
  assert.throws(() => fs.readFileSync({} as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => fs.openSync("a\0b", "r"), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => fs.writeFileSync(at("x"), 3 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => fs.readFileSync(file(), "nonsense" as never), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => fs.readFileSync(folder), {
    code: "EISDIR",
    syscall: "read",
    message: "EISDIR: illegal operation on a directory, read",
  });
});

test("functions that call back", async () => {
  const path = file("called");
  const result = <T>(call: (done: (error: unknown, value?: T) => void) => void) =>
    new Promise<T | undefined>((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
  assert.equal(await result((done) => fs.readFile(path, "utf8", done)), "called");
  assert.equal((await result<fs.Stats>((done) => fs.stat(path, done)))?.size, 6);
  await assert.rejects(
    result((done) => fs.stat(at("absent"), done)),
    { code: "ENOENT" },
  );
  const fd = fs.openSync(path, "r+");
  assert.equal(await result((done) => fs.write(fd, Buffer.from("CA"), 0, 2, 0, done)), 2);
  const into = Buffer.alloc(3);
  assert.equal(await result((done) => fs.read(fd, into, 0, 3, 0, done)), 3);
  assert.equal(into.toString(), "CAl");
  await result((done) => fs.close(fd, done));
  await assert.rejects(
    result((done) => fs.write(fd, Buffer.from("x"), 0, 1, null, done)),
    { code: "EBADF", syscall: "write" },
  );
  assert.throws(() => fs.readFile(path, "utf8", undefined as never), { code: "ERR_INVALID_ARG_TYPE" });
});
