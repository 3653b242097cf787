// Unix sockets that somebody else serves, left or wants at the same moment, and what is left of our own.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { needs } from "../../tests/support/engines.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { listen } from "./listen.ts";
import { bindAt } from "./unix_socket.ts";

const skip = needs("python3");

/** Serves or leaves sockets of every kind in its working folder until its input ends. */
const OTHERS = `
import os, socket, sys
at = os.path.abspath
stream, other = socket.AF_UNIX, (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET)
for kind, name in zip(other, ("datagrams", "packets")):
    one = socket.socket(stream, kind); one.bind(at(name)); globals()[name] = one
globals()["packets"].listen()
full = socket.socket(stream); full.bind(at("full")); full.listen(0)
waiting = []
for _ in range(3):
    client = socket.socket(stream); client.setblocking(False); waiting.append(client)
    try: client.connect("full")
    except BlockingIOError: pass
print("ready", flush=True)
sys.stdin.read()
`;

function leave(path: string): void {
  const script = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])";
  assert.equal(spawnSync("python3", ["-c", script, path]).status, 0);
}

const ino = (path: string) => lstatSync(path).ino;
const inUse = { code: "EADDRINUSE" };
const noSocket = { code: "address-in-use", message: "What is there is no socket, and stays" };
const refuse = () => assert.fail("nobody connects");

test("a socket of another kind, and one whose backlog is full, are in use", { skip }, async () => {
  const dir = tempDir("unix");
  const others = spawn("python3", ["-c", OTHERS], { cwd: dir.path, stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((resolve) => others.stdout.once("data", resolve));
  for (const name of ["datagrams", "packets", "full"]) {
    const path = `${dir.path}/${name}`;
    const before = ino(path);
    await assert.rejects(listen({ path }, refuse), inUse, name);
    assert.equal(ino(path), before, name);
  }
  others.stdin.end();
  await new Promise((resolve) => others.once("close", resolve));
  assert.deepEqual(readdirSync(dir.path).sort(), ["datagrams", "full", "packets"]);
  dir.remove();
});

test("of many that want one path at once one has it, whether it is free or was left behind", { skip }, async () => {
  const dir = tempDir("unix");
  for (const isLeft of [false, true, true, true]) {
    const path = `${dir.path}/s`;
    if (isLeft) leave(path);
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => listen({ path }, (socket) => socket.end("x"))));
    const won = tries.flatMap((tried) => (tried.status === "fulfilled" ? [tried.value] : []));
    for (const tried of tries) if (tried.status === "rejected") assert.equal(tried.reason.code, "EADDRINUSE");
    assert.equal(won.length, 1);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    won[0]?.close();
    assert.deepEqual(readdirSync(dir.path), []);
  }
  dir.remove();
});

test("closing leaves what is at the path by then, and a link is not followed", async () => {
  const dir = tempDir("unix");
  const path = `${dir.path}/s`;
  const first = await listen({ path }, refuse);
  rmSync(path);
  const second = await listen({ path }, (socket) => socket.end("second"));
  first.close();
  const client = connect({ path });
  assert.equal(String((await once(client, "data"))[0]), "second");
  client.destroy();
  second.close();
  assert.ok(!existsSync(path));
  symlinkSync("nowhere", path);
  await assert.rejects(listen({ path }, refuse), noSocket);
  assert.deepEqual(readdirSync(dir.path), ["s"]);
  dir.remove();
});

test("nobody can connect before the socket is its user's alone, and a failure leaves nothing", async () => {
  const dir = tempDir("unix");
  const path = `${dir.path}/s`;
  await assert.rejects(
    bindAt(path, async (own) => {
      assert.equal(statSync(own.slice(0, own.lastIndexOf("/"))).mode & 0o777, 0o700);
      assert.ok(!existsSync(path));
    }),
    { code: "ENOENT" }, // nothing was bound: what cannot be given its mode is an error like others
  );
  assert.deepEqual(readdirSync(dir.path), []);
  const message = `There is no folder ${dir.path}/no; make it`;
  await assert.rejects(listen({ path: `${dir.path}/no/s` }, refuse), { code: "address-unavailable", message });
  const long = `${dir.path}/${"x".repeat(100)}`;
  await assert.rejects(listen({ path: long }, refuse), { code: "address-unavailable", message: /[0-9]+ bytes too long$/ });
  assert.deepEqual(readdirSync(dir.path), []);
  dir.remove();
});

test("a claim that is held keeps others away", { skip }, async () => {
  const dir = tempDir("unix");
  const path = `${dir.path}/s`;
  leave(path);
  linkSync(path, `${path}.claim`);
  await assert.rejects(listen({ path }, refuse), inUse);
  rmSync(`${path}.claim`);
  (await listen({ path }, refuse)).close();
  assert.deepEqual(readdirSync(dir.path), []);
  dir.remove();
});

test("no socket is put where another user could put another in its place", { skip: needs("root") }, async () => {
  const dir = tempDir("unix");
  mkdirSync(`${dir.path}/theirs/mine`, { recursive: true });
  chownSync(`${dir.path}/theirs`, 1234, 1234);
  const message = `Cannot use ${dir.path}/theirs/mine: ${dir.path}/theirs belongs to another user (1234); listen in another folder`;
  await assert.rejects(listen({ path: `${dir.path}/theirs/mine/s` }, refuse), { code: "file-failed", message });
  assert.deepEqual(readdirSync(`${dir.path}/theirs/mine`), []);
  dir.remove();
});
