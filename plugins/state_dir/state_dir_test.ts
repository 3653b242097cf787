// The front-end on a real folder: what it writes, when, what it leaves alone, and that no failure is more than a report.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { plainHost } from "../../conformance/host_spec.ts";
import { frontEndOf, loneFrontEnd } from "../../conformance/lone_front_end.ts";
import type { OwnSettings } from "../../conformance/lone_host.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { createManager, type Json, NoRouterError, PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { needs } from "../../tests/support/engines.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { inMounts } from "../../tests/support/mounts_lab.ts";
import { memoryTransport } from "../../transports/memory/mod.ts";
import { stateDirHost } from "./host.ts";
import { stateDirPlugin } from "./mod.ts";

const MADE = "# Made by norouter, which removes it when it stops.\n";
const FILES = ["README.md", "hostaliases", "hosts", "proxy.env"];
const LOCAL = { name: "local", vip: "127.0.42.1", aliases: [] };
const WEB = { name: "Web", vip: "127.0.42.2", aliases: ["www", "web.example.com"] };
const PROXIES = {
  http: { listen: "127.0.0.1:18080", outside: "direct" },
  socks: { listen: "127.0.0.1:18081", outside: "direct", auth: { user: "me", salt: "", hash: "" } },
} as const;

/** The transport of a host that is never there. */
const unreachable: Plugin = {
  name: "unreachable",
  api: PLUGIN_API,
  setup: (context) =>
    context.transport({
      name: "unreachable",
      claims: ({ cmd }) => cmd !== undefined,
      describe: () => "nothing",
      open: () => Promise.reject(new NoRouterError("agent-not-found")),
    }),
};

/** The front-end with the folder `.norouter/agent` of an empty home. */
function start(keys: { readonly [key: string]: Json } = {}) {
  const dir = tempDir("state-dir");
  const folder = `${dir.path}/.norouter/agent`;
  const lone = loneFrontEnd(frontEndOf(stateDirHost), { loopback: {}, stateDir: { pathOnAgent: folder }, ...keys });
  return { ...lone, dir, folder, text: (name: string) => readFileSync(`${folder}/${name}`, "utf8") };
}

test("four files for everybody to read, the own host's names among them", async () => {
  const { frontEnd, show, facts, dir, folder, text } = start(PROXIES);
  await show(LOCAL, WEB);
  assert.deepEqual(readdirSync(folder).sort(), FILES);
  for (const name of FILES) assert.equal(statSync(`${folder}/${name}`).mode & 0o777, 0o644);
  assert.equal(text("hosts"), `${MADE}127.0.42.1 local\n127.0.42.2 web www web.example.com\n`);
  assert.equal(text("hostaliases"), `${MADE}local 127.0.42.1.nip.io\nweb 127.0.42.2.nip.io\nwww 127.0.42.2.nip.io\n`);
  assert.match(
    text("README.md"),
    /^\| local \(here\) \| 127\.0\.42\.1 \| {2}\| 8080 \|\n\| web \| 127\.0\.42\.2 \| www, web\.example\.com \| 8080 \|$/m,
  );
  assert.match(text("README.md"), /nip\.io, a public service/);
  const serves = "the folder with the names of all hosts and proxy settings";
  assert.deepEqual(facts, [{ type: "frontend.listening", frontend: "state-dir", address: folder, serves }]);
  await frontEnd.stop();
  dir.remove();
});

test("proxy.env leads a shell to the proxies that are there", async () => {
  const { frontEnd, show, dir, folder } = start(PROXIES);
  await show(LOCAL, WEB);
  const env = { PATH: process.env.PATH ?? "", NOROUTER_PROXY_AUTH: "me:x" };
  const script = `set -eu; cd ${folder}; . ./proxy.env; echo "$http_proxy $all_proxy $HOSTALIASES"`;
  const { stdout, stderr } = spawnSync("sh", ["-c", script], { env, encoding: "utf8" });
  assert.deepEqual([stderr, stdout], ["", `http://127.0.0.1:18080 socks5h://me:x@127.0.0.1:18081 ${folder}/hostaliases\n`]);
  await frontEnd.stop();
  dir.remove();
  const without = start();
  await without.show(LOCAL);
  assert.doesNotMatch(without.text("proxy.env"), /_proxy=/);
  await without.frontEnd.stop();
  without.dir.remove();
});

test("only what changed is written", async () => {
  const { frontEnd, show, facts, dir, folder, text } = start();
  await show(LOCAL, WEB);
  const written = () => FILES.map((name) => statSync(`${folder}/${name}`).ino); // a file is replaced by another
  const first = written();
  await show(LOCAL, { ...WEB, local: true });
  assert.deepEqual(written(), first);
  await show(LOCAL, { ...WEB, aliases: ["other"] });
  assert.deepEqual(
    written().map((at, index) => at === first[index]),
    [false, false, false, true],
  );
  assert.equal(text("hosts"), `${MADE}127.0.42.1 local\n127.0.42.2 web other\n`);
  assert.equal(facts.length, 1);
  await frontEnd.stop();
  dir.remove();
});

test("a host without a state directory writes nothing", async () => {
  const { frontEnd, show, facts } = loneFrontEnd(frontEndOf(stateDirHost), {});
  await show(LOCAL, WEB);
  await frontEnd.stop();
  assert.deepEqual(facts, []);
});

test("another folder, none, and one again while the host runs: each time nothing is left in the last", async () => {
  const { frontEnd, show, facts, dir, folder } = start();
  const at = (pathOnAgent: string) => ({ ...LOCAL, own: { loopback: {}, stateDir: { pathOnAgent } } });
  await show(at(folder), WEB);
  await show(at(`${dir.path}/other/one`), WEB);
  assert.deepEqual([readdirSync(dir.path), readdirSync(`${dir.path}/other/one`).sort()], [["other"], FILES]);
  await show({ ...LOCAL, own: {} }, WEB);
  assert.deepEqual(readdirSync(dir.path), []);
  await show(at(folder), WEB);
  assert.deepEqual(readdirSync(folder).sort(), FILES);
  await frontEnd.stop();
  assert.deepEqual(readdirSync(dir.path), []);
  assert.deepEqual(
    facts.map(({ type, address }) => [type.slice("frontend.".length), address === folder]),
    [
      ["listening", true],
      ["closed", true],
      ["listening", false],
      ["closed", false],
      ["listening", true],
    ],
  );
  dir.remove();
});

test("the files follow the host's own settings: proxies, loopback, name and address", async () => {
  const { frontEnd, show, facts, dir, folder, text } = start();
  const stateDir = { pathOnAgent: folder };
  const shown = (own: OwnSettings, change = {}) => show({ ...LOCAL, own: { loopback: {}, stateDir, ...own }, ...change });
  await shown({});
  assert.match(text("proxy.env"), /has no proxy/);
  await shown(PROXIES);
  assert.match(text("proxy.env"), /http_proxy='http:\/\/127\.0\.0\.1:18080'/);
  await shown({ http: { ...PROXIES.http, listen: "127.0.0.1:18888" } });
  assert.match(text("proxy.env"), /http_proxy='http:\/\/127\.0\.0\.1:18888'/);
  assert.doesNotMatch(text("proxy.env"), /all_proxy|NOROUTER_PROXY_AUTH/);
  await shown({ http: { ...PROXIES.http, auth: PROXIES.socks.auth } });
  assert.match(text("proxy.env"), /NOROUTER_PROXY_AUTH/);
  await shown({}, { own: { stateDir } });
  assert.match(text("proxy.env"), /does not listen on the addresses of others/);
  await shown({}, { name: "renamed", vip: "127.0.42.9" });
  assert.match(text("README.md"), /<!-- 127\.0\.42\.9 run /);
  assert.match(text("README.md"), /\| renamed \(here\) \| 127\.0\.42\.9 \|/);
  assert.deepEqual(
    facts.map(({ type }) => type),
    ["frontend.listening"],
  );
  await frontEnd.stop();
  assert.deepEqual(readdirSync(dir.path), []);
  dir.remove();
});

test("a clean stop leaves neither files nor folders of its own", async () => {
  const { frontEnd, show, dir } = start();
  await show(LOCAL, WEB);
  await frontEnd.stop();
  assert.deepEqual(readdirSync(dir.path), []);
  dir.remove();
});

test("a folder in use by another host is left to it, and is taken once it is free; what else is there stays", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { frontEnd, show, dir, folder, text } = start();
  await show(LOCAL, WEB);
  const other = loneFrontEnd(frontEndOf(stateDirHost), { stateDir: { pathOnAgent: folder } });
  const ELSEWHERE = { name: "elsewhere", vip: "127.0.43.1", aliases: [] };
  await other.show(ELSEWHERE);
  const [fact] = other.facts;
  assert.ok(fact?.type === "frontend.failed");
  assert.match(fact.message, /: the agent of 127\.0\.42\.1, process \d+, keeps its files there; set 'stateDir\.pathOnAgent' to/);
  assert.match(text("hosts"), /local/);
  writeFileSync(`${folder}/mine`, "");
  await frontEnd.stop();
  assert.deepEqual(readdirSync(folder), ["mine"]);
  t.mock.timers.tick(5000);
  t.mock.timers.reset(); // Deno does not by itself
  await other.show(ELSEWHERE); // waits for its turn behind the second try
  assert.match(text("hosts"), /elsewhere/);
  assert.deepEqual(
    other.facts.map(({ type }) => type),
    ["frontend.failed", "frontend.listening"],
  );
  await other.frontEnd.stop();
  assert.deepEqual(readdirSync(folder), ["mine"]);
  dir.remove();
});

test("what has come in a file's place since is neither followed nor removed", async () => {
  const { frontEnd, show, facts, dir, folder } = start();
  await show(LOCAL);
  writeFileSync(`${dir.path}/same`, readFileSync(`${folder}/hosts`));
  for (const name of ["hosts", "proxy.env"]) rmSync(`${folder}/${name}`);
  symlinkSync(`${dir.path}/same`, `${folder}/hosts`);
  spawnSync("mkfifo", [`${folder}/proxy.env`]); // reading it would wait for ever
  await show(LOCAL, WEB);
  assert.equal(facts[1]?.type, "frontend.failed");
  await frontEnd.stop();
  assert.equal(readFileSync(`${dir.path}/same`, "utf8"), `${MADE}127.0.42.1 local\n`);
  assert.deepEqual(readdirSync(folder).sort(), ["hosts", "proxy.env"]);
  dir.remove();
});

test("a file in the way fails once with a code and a sentence, and is tried again with the next change", async () => {
  const { frontEnd, show, facts, dir, folder } = start();
  writeFileSync(`${dir.path}/.norouter`, "a file");
  await show(LOCAL);
  await show(LOCAL, WEB);
  const message = `Cannot write ${folder}: A file is where a folder was wanted`;
  assert.deepEqual(facts, [{ type: "frontend.failed", frontend: "state-dir", address: folder, code: "file-failed", message }]);
  rmSync(`${dir.path}/.norouter`);
  await show(LOCAL, WEB);
  assert.deepEqual([facts.length, facts[1]?.type], [2, "frontend.listening"]);
  rmSync(`${folder}/hosts`);
  mkdirSync(`${folder}/hosts`);
  await show(LOCAL);
  assert.match(facts[2]?.type === "frontend.failed" ? facts[2].message : "", /norouter did not make its 'hosts'/);
  await frontEnd.stop();
  assert.deepEqual(readdirSync(folder), ["hosts"]);
  dir.remove();
});

test("a path with variables; one that is not set fails", async () => {
  const dir = tempDir("state-dir");
  process.env.NOROUTER_TEST_DIR = dir.path;
  const set = loneFrontEnd(frontEndOf(stateDirHost), { stateDir: { pathOnAgent: `\${NOROUTER_TEST_DIR}/a b's` } });
  await set.show(LOCAL);
  assert.equal(set.facts[0]?.address, `${dir.path}/a b's`);
  const env = { PATH: process.env.PATH ?? "" };
  const sourced = spawnSync("sh", ["-c", `. "$0"; echo "$HOSTALIASES"`, `${dir.path}/a b's/proxy.env`], {
    env,
    encoding: "utf8",
  });
  assert.equal(sourced.stdout, `${dir.path}/a b's/hostaliases\n`);
  await set.frontEnd.stop();
  delete process.env.NOROUTER_TEST_DIR;
  const unset = loneFrontEnd(frontEndOf(stateDirHost), { stateDir: { pathOnAgent: `\${NOROUTER_TEST_DIR}/x` } });
  await unset.show(LOCAL);
  assert.deepEqual(
    unset.facts.map((fact) => ["code" in fact && fact.code, fact.address]),
    [["file-failed", `\${NOROUTER_TEST_DIR}/x`]],
  );
  await unset.frontEnd.stop();
  dir.remove();
});

test("in a network the files are there when the host is ready, and gone when the network has stopped", async () => {
  const dir = tempDir("state-dir");
  const folder = `${dir.path}/agent`;
  const local = plainHost("local", "127.0.42.1", {
    keys: { stateDir: { pathOnAgent: folder, disable: false } },
    aliases: ["here"],
  });
  const manager = createManager({
    plugins: [memoryTransport, unreachable, stateDirPlugin],
    agent: { version: "test", runtime: "test", pid: 1 },
  });
  await manager.apply({ hosts: [local, plainHost("off", "127.0.42.2", { settings: { cmd: ["false"] } })], routes: [] });
  const self = () => manager.network.hosts.get(1);
  await waitFor(() => self()?.phase === "ready", { what: "the host", everyMs: 1 });
  assert.equal(readFileSync(`${folder}/hosts`, "utf8"), `${MADE}127.0.42.1 local here\n127.0.42.2 off\n`);
  assert.deepEqual(
    [...(self()?.listeners.values() ?? [])].map(({ frontend, address }) => [frontend, address]),
    [["state-dir", folder]],
  );
  await manager.stop("test");
  assert.ok(!existsSync(folder));
  dir.remove();
});

const skip = needs("userns");

test("a read-only file system is no failure where nobody asked for the folder, and is written to once it can be", {
  skip,
}, async () => {
  const dir = tempDir("state-dir");
  const folder = `${dir.path}/.norouter/agent`;
  const mounts = `mount -t tmpfs -o ro none "$1"; export HOME="$1"`;
  const steps = [["local"], `mount -o remount,rw ${dir.path}`, ["local", "other"], `ls ${folder}`, "stop"];
  const { facts, outputs } = await inMounts(dir.path, mounts, { stateDir: "~/.norouter/agent", steps });
  assert.deepEqual(
    facts.map((fact) => [fact.type, fact.address, "serves" in fact && fact.serves]),
    [
      ["frontend.listening", folder, "no files, as the file system is read-only"],
      ["frontend.listening", folder, "the folder with the names of all hosts and proxy settings"],
    ],
  );
  assert.match(outputs[1] ?? "", /^hosts$/m);
  dir.remove();
});

test("a read-only file system and a full disk are reported and leave no halves", { skip }, async () => {
  const dir = tempDir("state-dir");
  const stateDir = `${dir.path}/a/b`;
  const mounts = `mount -t tmpfs -o size=4k,nr_inodes=20 none "$1"; head -c 4096 /dev/zero >"$1/x"`;
  const writable = `mount -o remount,rw,size=1m ${dir.path}`;
  const steps = [
    ["local"],
    `ls -A ${dir.path}/a/b`,
    `mount -o remount,ro ${dir.path}`,
    ["local"],
    writable,
    ["local"],
    "stop",
    `ls -A ${dir.path}`,
  ];
  const { facts, outputs } = await inMounts(dir.path, mounts, { stateDir, steps });
  assert.deepEqual(
    facts.map((fact) => ("code" in fact ? fact.code : fact.type)),
    ["disk-full", "file-denied", "frontend.listening"],
  );
  assert.deepEqual([outputs[0], outputs.at(-1)?.includes("x")], ["", true]);
  assert.ok(!existsSync(stateDir));
  dir.remove();
});
