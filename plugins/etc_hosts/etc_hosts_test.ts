// The front-end on real files: what it writes, keeps, gives back and reports, in ordinary folders and in mounts.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { test } from "node:test";
import { frontEndOf, loneFrontEnd } from "../../conformance/lone_front_end.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { needs } from "../../tests/support/engines.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { inMounts } from "../../tests/support/mounts_lab.ts";
import { etcHostsFrontEnd, etcHostsHost } from "./host.ts";

const ORIGINAL = "127.0.0.1\tlocalhost\r\n\xff\0 odd bytes\r\n::1 localhost";
const LOCAL = { name: "Local", vip: "127.0.42.1", aliases: [] };
const WEB = { name: "web", vip: "127.0.42.2", aliases: ["www", "web.example.com"] };

function start(content: string | undefined = ORIGINAL) {
  const dir = tempDir("etc-hosts");
  const path = `${dir.path}/hosts`;
  if (content !== undefined) writeFileSync(path, content, "latin1");
  const lone = loneFrontEnd(etcHostsFrontEnd(path), { writeEtcHosts: {} });
  return { ...lone, dir, path, text: () => readFileSync(path, "latin1"), names: () => readdirSync(dir.path).sort() };
}

/** The file as another process left it, which had this one's number before. */
const gone = (file: string) => file.replaceAll(/( run [0-9]+)\.[0-9]+\./g, "$1.1.");

test("names are put in and taken out again, and nothing else is touched", async () => {
  const { frontEnd, show, facts, dir, path, text, names } = start();
  await show(LOCAL);
  const [, end = "", name = ""] = /^(# END norouter (127\.0\.42\.1 run [0-9.]+))\r$/m.exec(text()) ?? [];
  const begin = `# BEGIN norouter ${name} (the line before had no end)`;
  assert.equal(text(), [ORIGINAL, begin, "127.0.42.1 local", end, ""].join("\r\n"));
  assert.equal(readFileSync(`${path}.norouter-backup`, "latin1"), ORIGINAL);
  unlinkSync(`${path}.norouter-backup`);
  await show(LOCAL, WEB);
  assert.deepEqual(names(), ["hosts"], "the copy is made before the first change alone");
  const web = "127.0.42.2 web www web.example.com";
  assert.equal(text(), [ORIGINAL, begin, "127.0.42.1 local", web, end, ""].join("\r\n"));
  assert.deepEqual(facts, [
    { type: "frontend.listening", frontend: "etc-hosts", address: path, serves: "the file with the names of all hosts" },
  ]);
  await frontEnd.stop();
  assert.equal(text(), ORIGINAL);
  assert.deepEqual(names(), ["hosts"]);
  dir.remove();
});

test("a host that does not ask for it leaves /etc/hosts alone", async () => {
  const before = existsSync("/etc/hosts") ? readFileSync("/etc/hosts") : undefined;
  const { frontEnd, show, facts } = loneFrontEnd(frontEndOf(etcHostsHost), {});
  await show(LOCAL, WEB);
  await frontEnd.stop();
  assert.deepEqual(facts, []);
  assert.deepEqual(existsSync("/etc/hosts") ? readFileSync("/etc/hosts") : undefined, before);
});

test("the file is written when names change and only then", async () => {
  const { frontEnd, show, dir, path } = start();
  await show(LOCAL, WEB);
  const first = statSync(path).ino;
  const keptOpen = readFileSync(path); // the old file's number is free for the next, but not its time
  const at = statSync(path).mtimeMs;
  await show(LOCAL, { ...WEB, ports: [] });
  assert.deepEqual([statSync(path).ino, statSync(path).mtimeMs, readFileSync(path)], [first, at, keptOpen]);
  await show(LOCAL, { ...WEB, aliases: [] });
  assert.match(readFileSync(path, "latin1"), /^127\.0\.42\.2 web\r$/m);
  await frontEnd.stop();
  dir.remove();
});

test("a host that asks no longer gets its file back while it runs, and may ask again", async () => {
  const { frontEnd, show, facts, dir, text, names } = start();
  const on = { ...LOCAL, own: { writeEtcHosts: {} } };
  const off = { ...LOCAL, own: {} };
  await show(on, WEB);
  await show(off, WEB);
  assert.deepEqual([text(), names()], [ORIGINAL, ["hosts"]]);
  await show(on, WEB);
  assert.match(text(), /127\.0\.42\.2 web/);
  assert.deepEqual(names(), ["hosts", "hosts.norouter-backup"]);
  await show({ ...on, name: "renamed", vip: "127.0.42.9" }, WEB);
  assert.match(text(), /# BEGIN norouter 127\.0\.42\.9 run .*\r\n127\.0\.42\.9 renamed\r\n/);
  assert.doesNotMatch(text(), /127\.0\.42\.1 /);
  await frontEnd.stop();
  assert.deepEqual([text(), names()], [ORIGINAL, ["hosts"]]);
  assert.deepEqual(
    facts.map(({ type }) => type),
    ["frontend.listening", "frontend.closed", "frontend.listening"],
  );
  dir.remove();
});

test("a file that cannot be given back is tried again until it is", async () => {
  const { frontEnd, show, facts, dir, path, text, names } = start("127.0.0.1 localhost\n");
  await show(LOCAL, WEB);
  renameSync(path, `${path}.away`);
  mkdirSync(path);
  await show({ ...LOCAL, own: {} }, WEB);
  const [, failed] = facts;
  assert.match(failed?.type === "frontend.failed" ? failed.message : "", /not a regular file/);
  rmdirSync(path);
  renameSync(`${path}.away`, path);
  await waitFor(() => facts.length === 3, { what: "the block to be taken out", everyMs: 1 });
  assert.deepEqual([facts[2]?.type, text(), names()], ["frontend.closed", "127.0.0.1 localhost\n", ["hosts"]]);
  await frontEnd.stop();
  dir.remove();
});

test("mode and owner stay", { skip: needs("root") }, async () => {
  const { frontEnd, show, dir, path } = start();
  chownSync(path, 1234, 4321);
  chmodSync(path, 0o4640);
  for (const act of [() => show(LOCAL), () => frontEnd.stop()]) {
    await act();
    const { mode, uid, gid } = statSync(path);
    assert.deepEqual([mode & 0o7777, uid, gid], [0o4640, 1234, 4321]);
  }
  dir.remove();
});

test("a block that a crash left is replaced, the first copy stays, and both go with a clean stop", async () => {
  const { show, dir, path, text, names } = start();
  await show(LOCAL, WEB); // and never stopped
  writeFileSync(path, gone(text()), "latin1");
  const next = loneFrontEnd(etcHostsFrontEnd(path), { writeEtcHosts: {} });
  await next.show(LOCAL);
  assert.equal(text().match(/# BEGIN/g)?.length, 1);
  assert.doesNotMatch(text(), /web/);
  await next.frontEnd.stop();
  assert.equal(text(), ORIGINAL);
  assert.deepEqual(names(), ["hosts"]);
  dir.remove();
});

test("two networks on one machine, and what others write meanwhile", async () => {
  const { frontEnd, show, dir, path, text, names } = start("127.0.0.1 localhost\n");
  const other = loneFrontEnd(etcHostsFrontEnd(path), { writeEtcHosts: {} });
  await show(LOCAL);
  await other.show({ name: "elsewhere", vip: "127.0.43.1", aliases: [] });
  writeFileSync(path, `${text()}192.0.2.1 mine\n`);
  await show(LOCAL, WEB);
  assert.match(text(), /web(.|\n)*elsewhere(.|\n)*mine/);
  await frontEnd.stop();
  await other.frontEnd.stop();
  assert.equal(text(), "127.0.0.1 localhost\n192.0.2.1 mine\n");
  assert.deepEqual(names(), ["hosts", "hosts.norouter-backup"]); // it is not what is left
  dir.remove();
});

test("two networks that give this machine the same address live side by side", async () => {
  const { frontEnd, show, dir, path, text } = start("127.0.0.1 localhost\n");
  const other = loneFrontEnd(etcHostsFrontEnd(path), { writeEtcHosts: {} });
  await show(LOCAL, WEB);
  await other.show(LOCAL, { ...WEB, name: "elsewhere", aliases: [] });
  await show(LOCAL, { ...WEB, aliases: [] });
  assert.match(text(), /^127\.0\.42\.2 web\n(.|\n)*^127\.0\.42\.2 elsewhere\n/m);
  await frontEnd.stop();
  assert.match(text(), /^127\.0\.42\.2 elsewhere\n/m);
  assert.doesNotMatch(text(), /web/);
  await other.frontEnd.stop();
  assert.equal(text(), "127.0.0.1 localhost\n");
  dir.remove();
});

test("what a killed run of another manifest left goes with the next, and what another process has stays", async () => {
  const { frontEnd, show, dir, path, text } = start("");
  await show({ ...LOCAL, name: "old", vip: "127.0.43.1" }); // and never stopped
  const { pid } = spawnSync("true");
  assert.ok(pid > 0);
  writeFileSync(path, text().replaceAll(` run ${process.pid}.`, ` run ${pid}.`));
  const next = loneFrontEnd(etcHostsFrontEnd(path), { writeEtcHosts: {} });
  await next.show(LOCAL);
  assert.match(text(), /^# BEGIN.*\n127\.0\.42\.1 local\n# END.*\n$/);
  await next.frontEnd.stop();
  // In another namespace the same number says nothing of the process.
  await show({ ...LOCAL, name: "far", vip: "127.0.43.1" }, WEB);
  writeFileSync(path, text().replaceAll(/( run [0-9]+\.[0-9]+)\.[0-9]+/g, "$1.7"));
  const [far, same] = ["127.0.42.1", "127.0.43.1"].map((vip) => ({ ...LOCAL, vip }));
  const last = loneFrontEnd(etcHostsFrontEnd(path), { writeEtcHosts: {} });
  await last.show(far ?? {});
  assert.match(text(), / far\n(.|\n)* local\n/);
  await last.frontEnd.stop();
  const heir = loneFrontEnd(etcHostsFrontEnd(path), { writeEtcHosts: {} });
  await heir.show(same ?? {});
  assert.doesNotMatch(text(), / far\n/);
  await heir.frontEnd.stop();
  assert.equal(text(), "");
  await frontEnd.stop();
  dir.remove();
});

test("a file that is not there is made, and goes again", async () => {
  const { frontEnd, show, dir, path, names } = start(undefined);
  unlinkSync(path);
  await show(LOCAL);
  assert.equal(statSync(path).mode & 0o777, 0o644);
  await frontEnd.stop();
  assert.deepEqual(names(), []);
  dir.remove();
});

test("a symlink is followed and stays one", async () => {
  const { frontEnd, show, dir, path } = start();
  const link = `${dir.path}/link`;
  symlinkSync("hosts", link);
  const linked = loneFrontEnd(etcHostsFrontEnd(link), { writeEtcHosts: {} });
  await linked.show(LOCAL);
  assert.equal(readlinkSync(link), "hosts");
  assert.match(readFileSync(path, "latin1"), /local/);
  await linked.frontEnd.stop();
  assert.equal(readFileSync(path, "latin1"), ORIGINAL);
  await show(LOCAL);
  await frontEnd.stop();
  dir.remove();
});

test("what is no file fails with a code and a sentence, once, until it works", async () => {
  const { frontEnd, show, facts, dir, path } = start();
  unlinkSync(path);
  mkdirSync(path);
  await show(LOCAL);
  await show(LOCAL, WEB);
  assert.deepEqual(facts, [
    {
      type: "frontend.failed",
      frontend: "etc-hosts",
      address: path,
      code: "file-failed",
      message: `Cannot write ${path}: It is not a regular file`,
    },
  ]);
  spawnSync("rmdir", [path]);
  assert.equal(spawnSync("mkfifo", [path]).status, 0);
  await show(LOCAL); // would wait for ever for a writer
  unlinkSync(path);
  await show(LOCAL, WEB);
  assert.equal(facts.length, 2);
  assert.equal(facts[1]?.type, "frontend.listening");
  await frontEnd.stop();
  assert.ok(!existsSync(path));
  dir.remove();
});

test("names that could end a line early are left out, and very many are on several lines", async () => {
  const { frontEnd, show, dir, text } = start("");
  const many = Array.from({ length: 200 }, (_, at) => `alias${at}.example.com`);
  await show(LOCAL, { ...WEB, aliases: ["good", "bad\n192.0.2.66 bank.example", "a b", "#x", ...many] });
  assert.doesNotMatch(text(), /bank|#x|a b/);
  const lines = text().split("\n");
  assert.ok(lines.every((line) => line.length <= 500));
  const found = lines.filter((line) => line.startsWith("127.0.42.2 ")).flatMap((line) => line.split(" ").slice(1));
  assert.deepEqual(found, ["web", "good", ...many]);
  await frontEnd.stop();
  assert.equal(text(), "");
  dir.remove();
});

const skip = needs("userns");

test("a file that is mounted by itself, as in containers, is written in place", { skip }, async () => {
  const { dir, path, names } = start("127.0.0.1 localhost\n");
  const etc = `${dir.path}/etc`;
  mkdirSync(etc);
  writeFileSync(`${etc}/hosts`, "below the mount");
  const show = `cat ${etc}/hosts; mv ${etc}/hosts ${etc}/x 2>&1 || true`;
  const steps = [["local", "web"], show, ["local"], `cat ${etc}/hosts`, "stop", `cat ${etc}/hosts`, `ls -A ${etc}`];
  const { facts, outputs } = await inMounts(dir.path, `mount --bind "$1/hosts" "$1/etc/hosts"`, {
    etcHosts: `${etc}/hosts`,
    steps,
  });
  assert.deepEqual(
    facts.map(({ type }) => type),
    ["frontend.listening"],
  );
  assert.match(outputs[0] ?? "", /^127\.0\.0\.1 localhost\n# BEGIN .*\n127\.0\.42\.1 local\n127\.0\.42\.2 web\n# END .*\n/);
  assert.match(outputs[0] ?? "", /busy/i, "it cannot be replaced");
  assert.match(outputs[1] ?? "", /^127\.0\.0\.1 localhost\n# BEGIN .*\n127\.0\.42\.1 local\n# END .*\n$/);
  assert.deepEqual(outputs.slice(2), ["127.0.0.1 localhost\n", "hosts\n"]);
  assert.equal(readFileSync(path, "utf8"), "127.0.0.1 localhost\n", "it was the mounted file");
  assert.deepEqual(names(), ["etc", "hosts"]);
  dir.remove();
});

test("a folder that cannot be written, with a file that can", { skip }, async () => {
  const { dir } = start();
  const mounts = `
    mkdir "$1/etc"; : >"$1/etc/hosts"
    mount -t tmpfs none "$1/etc"; : >"$1/etc/hosts"; mount -o remount,ro "$1/etc"
    mount --bind "$1/hosts" "$1/etc/hosts"`;
  const etc = `${dir.path}/etc`;
  const steps = [["local"], `ls -A ${etc}`, "stop"];
  const { facts, outputs } = await inMounts(dir.path, mounts, { etcHosts: `${etc}/hosts`, steps });
  assert.deepEqual([facts[0]?.type, outputs], ["frontend.listening", ["hosts\n"]]);
  assert.equal(readFileSync(`${dir.path}/hosts`, "latin1"), ORIGINAL);
  dir.remove();
});

test("without rights the front-end says so once, and the file stays as it is", { skip }, async () => {
  const { dir, path } = start();
  const mounts = `mkdir "$1/etc"; cp "$1/hosts" "$1/etc"; mount --bind "$1/etc" "$1/etc"; mount -o remount,bind,ro "$1/etc"`;
  const etcHosts = `${dir.path}/etc/hosts`;
  const { facts } = await inMounts(dir.path, mounts, { etcHosts, steps: [["local"], ["local", "web"], "stop"] });
  const message = `Cannot write ${etcHosts}: The file system is read-only`;
  assert.deepEqual(facts, [{ type: "frontend.failed", frontend: "etc-hosts", address: etcHosts, code: "file-denied", message }]);
  assert.equal(readFileSync(etcHosts, "latin1"), readFileSync(path, "latin1"));
  dir.remove();
});

for (const way of ["replaced", "in place"]) {
  test(`a disk that is full takes nothing away from a file that is ${way}`, { skip }, async () => {
    const { dir, path } = start(`127.0.0.1 localhost\n${"#".repeat(8160)}\n`); // two pages of memory
    const [etc, small] = [`${dir.path}/etc`, `${dir.path}/small`];
    for (const folder of [etc, small]) mkdirSync(folder);
    const disk = way === "replaced" ? etc : small;
    const full = `mount -t tmpfs -o size=12k none ${disk}; cp ${path} ${disk}; head -c 4096 /dev/zero >${disk}/x`;
    const mounted = disk === etc ? "" : `: >${etc}/hosts; mount --bind ${small}/hosts ${etc}/hosts`;
    const room = `rm ${disk}/x; mount -o remount,size=64k ${disk}`;
    const steps = [
      ["local"],
      `cat ${etc}/hosts`,
      `ls -A ${etc}`,
      room,
      ["local", "web"],
      "stop",
      `cat ${etc}/hosts`,
      `ls -A ${etc}`,
    ];
    const { facts, outputs } = await inMounts(dir.path, `${full}\n${mounted}`, { etcHosts: `${etc}/hosts`, steps });
    assert.deepEqual(
      facts.map((fact) => ("code" in fact ? fact.code : fact.type)),
      ["disk-full", "frontend.listening"],
    );
    const whole = readFileSync(path, "utf8");
    assert.equal(outputs[0], whole);
    assert.doesNotMatch(outputs[1] ?? "", /^\.norouter-/m);
    assert.deepEqual(outputs.slice(3), [whole, "hosts\n"]);
    dir.remove();
  });
}

test("the copy is not followed where a link stands in its place", async () => {
  const { frontEnd, show, dir, path } = start();
  symlinkSync("victim", `${path}.norouter-backup`);
  await show(LOCAL);
  assert.ok(!existsSync(`${dir.path}/victim`));
  await frontEnd.stop();
  assert.ok(lstatSync(`${path}.norouter-backup`).isSymbolicLink());
  dir.remove();
});
