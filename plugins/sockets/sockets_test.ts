// Sockets of a host: who may connect, where they lead when that changes, and what they do not replace.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { afterEach, test } from "node:test";
import { connectAt } from "../../conformance/front_end_cases.ts";
import { frontEndOf, loneFrontEnd } from "../../conformance/lone_front_end.ts";
import { echoStream } from "../../conformance/lone_streams.ts";
import type { HostContext, ListenerFact, Target } from "../../core/mod.ts";
import { needs } from "../../tests/support/engines.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { socketsHost } from "./host.ts";
import type { SocketSettings } from "./settings.ts";

/** A front-end in a folder of its own, and what it dials. */
function lone() {
  const dir = tempDir("sockets");
  const dialled: [name: string, target: Target][] = [];
  const dial: HostContext["dial"] = ({ name }, target) => {
    dialled.push([name, target]);
    return echoStream();
  };
  const { frontEnd, facts, show } = loneFrontEnd(frontEndOf(socketsHost), {}, { dial });
  const others = ["web", "db"].map((name) => ({
    name,
    aliases: [`${name}.alias`],
    ports: [{ listen: 80, protocol: "tcp" as const }],
  }));
  return {
    path: `${dir.path}/s`,
    folder: dir.path,
    facts,
    dialled,
    show: (...sockets: readonly SocketSettings[]) => show({ own: { sockets: sockets.map((one) => ({ ...one })) } }, ...others),
    async stop() {
      await frontEnd.stop();
      dir.remove();
    },
  };
}

const clients: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});
async function enter(path: string): Promise<Socket> {
  const client = await connectAt(`unix:${path}`);
  clients.push(client);
  return client;
}

const modeOf = (path: string) => statSync(path).mode & 0o777;
const shown = (facts: readonly ListenerFact[]) =>
  facts.map((fact) => [
    fact.type,
    fact.type === "frontend.listening" ? fact.serves : fact.type === "frontend.failed" ? `${fact.code}: ${fact.message}` : "",
  ]);

/** What a client says comes back. */
async function echoes(client: Socket, text: string): Promise<void> {
  client.write(text);
  assert.equal(String((await once(client, "data"))[0]), text);
}

/** A client is ended, and nobody answers it. */
function isEnded(client: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("end", resolve).once("close", () => resolve());
    client.once("data", () => reject(new Error("somebody answers")));
    client.write("is anybody there?");
  });
}

function leave(path: string): void {
  const script = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])";
  assert.equal(spawnSync("python3", ["-c", script, path]).status, 0);
}

test("it is its user's alone, or as the mode says, and a new mode leaves connections alone", async () => {
  const { path, show, facts, stop } = lone();
  await show({ path, to: "web:80" });
  assert.equal(modeOf(path), 0o600);
  const client = await enter(path);
  await echoes(client, "before");
  const { ino } = lstatSync(path);
  await show({ path, to: "web:80", mode: "0660" });
  assert.equal(modeOf(path), 0o660);
  assert.notEqual(lstatSync(path).ino, ino, "it was open to others for a moment with the old name");
  await echoes(client, "after");
  await echoes(await enter(path), "another");
  assert.deepEqual(shown(facts), [["frontend.listening", "web:80"]]);
  await stop();
});

test("an owner by name or number; one that is not there, or may not be, fails the socket", { skip: needs("root") }, async () => {
  const { path, folder, show, facts, stop } = lone();
  await show({ path, to: "web:80", mode: "620", owner: "daemon:1234" });
  assert.deepEqual([statSync(path).uid, statSync(path).gid, modeOf(path)], [1, 1234, 0o620]);
  await show({ path, to: "web:80", owner: ":tty" });
  assert.deepEqual([statSync(path).uid, statSync(path).gid, modeOf(path)], [0, 5, 0o600]);
  await show({ path, to: "web:80", owner: "nobody-of-this-name" });
  assert.ok(!existsSync(path));
  assert.deepEqual(shown(facts).at(-1), [
    "frontend.failed",
    `address-denied: Cannot listen on unix:${path}: There is no user 'nobody-of-this-name' in /etc/passwd; name another, or its number`,
  ]);
  assert.deepEqual(readdirSync(folder), []);
  await stop();
});

test("a new destination is for new clients, by the same listener; names in any form", async () => {
  const { path, show, facts, dialled, stop } = lone();
  await show({ path, to: "web:80" });
  const { ino } = lstatSync(path);
  const first = await enter(path);
  await echoes(first, "first");
  await show({ path, to: "DB.Alias:80" });
  assert.equal(lstatSync(path).ino, ino);
  await echoes(await enter(path), "second");
  await echoes(first, "first again");
  const published = { kind: "published", port: 80 };
  assert.deepEqual(dialled, [
    ["web", published],
    ["db", published],
  ]);
  assert.deepEqual(
    shown(facts).map(([, serves]) => serves),
    ["web:80", "DB.Alias:80"],
  );
  await stop();
  assert.ok(!existsSync(path));
});

test("nothing outside of the network is dialled", async () => {
  const { path, show, dialled, stop } = lone();
  for (const to of ["127.0.0.1:80", "example.org:80"]) {
    await show({ path, to });
    await isEnded(await enter(path));
  }
  assert.deepEqual(dialled, []);
  await stop();
});

test("a socket that nobody serves is replaced; one that is served, a file and a missing folder are told", {
  skip: needs("python3"),
}, async () => {
  const [one, two] = [lone(), lone()];
  leave(one.path);
  await one.show({ path: one.path, to: "web:80" });
  await echoes(await enter(one.path), "replaced");
  const file = `${two.folder}/file`;
  writeFileSync(file, "mine");
  await two.show(...[one.path, file, `${two.folder}/no/s`].map((path) => ({ path, to: "web:80" })));
  assert.deepEqual(
    shown(two.facts)
      .map(([, what]) => what?.replace(/^(.*?: ).*?: /, "$1"))
      .sort(),
    [
      "address-in-use: Address is already in use",
      "address-in-use: What is there is no socket, and stays",
      `address-unavailable: There is no folder ${two.folder}/no; make it`,
    ],
  );
  await two.stop();
  await echoes(await enter(one.path), "still there");
  await one.stop();
});

test("no socket is put where another user could put another in its place", { skip: needs("root") }, async () => {
  const { path, folder, show, facts, stop } = lone();
  mkdirSync(`${folder}/theirs`, { mode: 0o777 });
  chownSync(`${folder}/theirs`, 1234, 1234);
  await show({ path: `${folder}/theirs/s`, to: "web:80" });
  assert.match(String(shown(facts)[0]), /file-failed: .*theirs belongs to another user \(1234\)/);
  assert.ok(!existsSync(path));
  rmSync(`${folder}/theirs`, { recursive: true });
  await stop();
});
