// Folders that are somebody else's, and files that norouter did not make: nothing of them is touched.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, promises, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { frontEndOf, loneFrontEnd } from "../../conformance/lone_front_end.ts";
import { needs } from "../../tests/support/engines.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { stateDirHost } from "./host.ts";

const LOCAL = { name: "local", vip: "127.0.42.1", aliases: [] };
const FILES = ["README.md", "hostaliases", "hosts", "proxy.env"];

/** Gives a folder, or a link itself, to another user. */
function giveAway(path: string, uid: number, gid: number): void {
  assert.equal(spawnSync("chown", ["-h", `${uid}:${gid}`, path]).status, 0);
}

/** A folder with what a user has in it, and the front-end that is to use it. */
function start(content: Readonly<Record<string, string>> = {}, name = "mine") {
  const dir = tempDir("state-dir");
  const folder = `${dir.path}/mine`;
  mkdirSync(folder, 0o755);
  for (const [file, text] of Object.entries(content)) writeFileSync(`${folder}/${file}`, text);
  const stateDir = `${dir.path}/${name}`;
  const { frontEnd, show, facts } = loneFrontEnd(frontEndOf(stateDirHost), { stateDir: { pathOnAgent: stateDir } });
  const all = () => readdirSync(folder).map((file) => [file, readFileSync(`${folder}/${file}`, "utf8")]);
  const refused = async (why: string, left: readonly (readonly string[])[] = []) => {
    await show(LOCAL);
    const message = `Cannot use ${stateDir}: ${why} set 'stateDir.pathOnAgent' to another folder`;
    const address = stateDir;
    assert.deepEqual(facts, [{ type: "frontend.failed", frontend: "state-dir", address, code: "file-failed", message }]);
    await frontEnd.stop();
    assert.deepEqual(all(), left);
    dir.remove();
  };
  return { dir, folder, frontEnd, show, facts, refused };
}

for (const file of FILES) {
  test(`a user's own ${file} is neither replaced nor removed`, async () => {
    const { refused } = start({ [file]: "# precious\n" });
    await refused(`norouter did not make its '${file}'; move it away, or`, [[file, "# precious\n"]]);
  });
}

test("an empty file and a link are not what norouter makes", async () => {
  const empty = start({ hosts: "" });
  await empty.refused("norouter did not make its 'hosts'; move it away, or", [["hosts", ""]]);
  const linked = start({ other: "precious" });
  symlinkSync("other", `${linked.folder}/README.md`);
  const left = ["README.md", "other"].map((name) => [name, "precious"]);
  await linked.refused("norouter did not make its 'README.md'; move it away, or", left);
});

test("a folder that was there stays; what a crash and the first NoRouter left is replaced", async () => {
  const { frontEnd, show, facts, folder, dir } = start({ mine: "" });
  await show(LOCAL); // and never stopped
  const gone = readFileSync(`${folder}/README.md`, "utf8").replace(` run ${process.pid}.`, " run 999999999.");
  writeFileSync(`${folder}/README.md`, gone);
  const next = loneFrontEnd(frontEndOf(stateDirHost), { stateDir: { pathOnAgent: folder } });
  await next.show({ ...LOCAL, name: "next" });
  assert.match(readFileSync(`${folder}/hosts`, "utf8"), /next/);
  await next.frontEnd.stop();
  await frontEnd.stop();
  assert.deepEqual(readdirSync(folder), ["mine"]);
  assert.deepEqual(
    [...facts, ...next.facts].map(({ type }) => type),
    ["frontend.listening", "frontend.listening"],
  );
  dir.remove();
  const old = start({ "README.md": "# NoRouter agent state directory\n", hosts: "127.0.42.1 old\n", hostaliases: "" });
  await old.show(LOCAL);
  assert.match(readFileSync(`${old.folder}/hosts`, "utf8"), /local/);
  await old.frontEnd.stop();
  assert.deepEqual([readdirSync(old.folder), readdirSync(old.dir.path)], [[], ["mine"]]);
  old.dir.remove();
});

test("a folder of another user, and a link of another user's, are not used", { skip: needs("root") }, async () => {
  const theirs = start();
  giveAway(theirs.folder, 1234, 1234);
  await theirs.refused(`${theirs.folder} belongs to another user (1234);`);
  const toTheirs = start({}, "link");
  giveAway(toTheirs.folder, 1234, 1234);
  symlinkSync("mine", `${toTheirs.dir.path}/link`);
  await toTheirs.refused(`${toTheirs.folder} belongs to another user (1234);`);
  const theirLink = start({}, "link");
  symlinkSync("mine", `${theirLink.dir.path}/link`);
  giveAway(`${theirLink.dir.path}/link`, 1234, 1234);
  await theirLink.refused(`${theirLink.dir.path}/link belongs to another user (1234);`);
});

test("a folder above that another user owns, or may write to, is not used, nor made anything in", async () => {
  const open = start({}, "mine/a/b");
  chmodSync(open.folder, 0o777);
  await open.refused(`every user may write to ${open.folder};`);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) return;
  const grouped = start({}, "mine/a/b");
  giveAway(grouped.folder, 0, 1234);
  chmodSync(grouped.folder, 0o775);
  await grouped.refused(`the group 1234 may write to ${grouped.folder};`);
  const theirs = start({}, "mine/a/b");
  giveAway(theirs.folder, 1234, 1234);
  await theirs.refused(`${theirs.folder} belongs to another user (1234);`);
  const behindLink = start({}, "link/a");
  symlinkSync("/nowhere", `${behindLink.dir.path}/link`);
  giveAway(`${behindLink.dir.path}/link`, 1234, 1234);
  await behindLink.refused(`${behindLink.dir.path}/link belongs to another user (1234);`);
});

test("a folder that another user made after the first look is not used", {
  skip: process.version.startsWith("v24") && process.versions.bun === undefined ? needs("root") : "it needs the mocks of Node",
}, async (context) => {
  const { dir, folder, frontEnd, show, facts } = start({}, "mine/a/b");
  chmodSync(folder, 0o1777);
  const { mkdir } = promises;
  const { syncBuiltinESMExports } = process.getBuiltinModule("node:module");
  context.mock.method(promises, "mkdir", async (path: string, mode: number) => {
    if (path === `${folder}/a`) {
      mkdirSync(path);
      giveAway(path, 1234, 1234);
    }
    return mkdir(path, mode);
  });
  syncBuiltinESMExports();
  await show(LOCAL);
  context.mock.restoreAll();
  syncBuiltinESMExports();
  assert.match(JSON.stringify(facts), /mine\/a belongs to another user \(1234\);/);
  await frontEnd.stop();
  assert.deepEqual(readdirSync(`${folder}/a`), []);
  dir.remove();
});

test("a folder that everybody may write to is not used, unless it is sticky; a link of one's own is followed", async () => {
  const open = start();
  chmodSync(open.folder, 0o777);
  await open.refused(`every user may write to ${open.folder};`);
  const sticky = start({}, "link");
  chmodSync(sticky.folder, 0o1777);
  symlinkSync("mine", `${sticky.dir.path}/link`);
  await sticky.show(LOCAL);
  assert.equal(sticky.facts[0]?.type, "frontend.listening");
  await sticky.frontEnd.stop();
  assert.deepEqual(readdirSync(sticky.dir.path).sort(), ["link", "mine"]);
  sticky.dir.remove();
});

/** Looks names up among the aliases with glibc itself. */
const LOOK_UP = `
import ctypes, sys
look_up = getattr(ctypes.CDLL("libresolv.so.2"), "__hostalias")
look_up.restype = ctypes.c_char_p
for name in sys.argv[1:]: print((look_up(name.encode()) or b"none").decode())
`;

test("glibc reads the aliases behind the line that says whose file it is", { skip: needs("python3", "glibc") }, async () => {
  const { frontEnd, show, folder, dir } = start();
  await show(LOCAL);
  const env = { PATH: process.env.PATH ?? "", HOSTALIASES: `${folder}/hostaliases` };
  const { status, stdout } = spawnSync("python3", ["-c", LOOK_UP, "local", "other", "Made"], { env, encoding: "utf8" });
  assert.deepEqual([status, stdout], [0, "127.0.42.1.nip.io\nnone\nnone\n"]);
  await frontEnd.stop();
  dir.remove();
});
