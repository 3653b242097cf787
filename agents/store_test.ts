// Folders of finished agents: whole or not there, checked when read, and never mixed by two who make them at once.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { NoRouterError } from "../core/errors.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { readStored, type StoredFile, store } from "./store.ts";

const dir = tempDir("store");
after(() => dir.remove());
const folder = (name: string) => `${dir.path}/${name}/linux-x64`;

const making = (text: string) => async (empty: string) => {
  writeFileSync(`${empty}/agent`, text);
  writeFileSync(`${empty}/libc.so.6`, "library");
  return ["agent", "libc.so.6"];
};

async function bytesOf(file: StoredFile | undefined, packed: boolean): Promise<Buffer> {
  assert.ok(file);
  const { size, chunks } = await file.open(packed);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const bytes = Buffer.concat(parts);
  assert.equal(bytes.length, size);
  return bytes;
}

test("what is stored reads back, as it is and packed", async () => {
  const text = "program".repeat(100_000);
  const files = await store(folder("plain"), making(text));
  for (const read of [files, await readStored(folder("plain"), true)]) {
    assert.deepEqual(
      read?.map(({ name }) => name),
      ["agent", "libc.so.6"],
    );
    const [agent] = read ?? [];
    assert.equal(agent?.size, text.length);
    assert.equal(agent?.sha256, createHash("sha256").update(text).digest("hex"));
    assert.equal((await bytesOf(agent, false)).toString(), text);
    assert.equal(gunzipSync(await bytesOf(agent, true)).toString(), text);
  }
});

test("a folder that is damaged is not read, and is made anew", async () => {
  const damages: readonly [string, boolean, (path: string) => void][] = [
    ["no list", false, (path) => writeFileSync(`${path}/files.json`, "{")],
    ["an empty list", false, (path) => writeFileSync(`${path}/files.json`, "[]")],
    ["a list that leads elsewhere", false, (path) => writeFileSync(`${path}/files.json`, listWith(path, "../../agent"))],
    ["a short file", false, (path) => writeFileSync(`${path}/agent`, "b")],
    ["a short copy", false, (path) => writeFileSync(`${path}/agent.gz`, "b")],
    ["other bytes", true, (path) => writeFileSync(`${path}/agent`, "other")],
  ];
  for (const [name, thorough, damage] of damages) {
    const path = folder(name.replaceAll(" ", "-"));
    await store(path, making("bytes"));
    damage(path);
    assert.equal(await readStored(path, thorough), undefined, name);
    await store(path, making("bytes"));
    assert.equal((await readStored(path, true))?.length, 2, name);
  }
});

function listWith(path: string, name: string): string {
  const hash = "0".repeat(64);
  return JSON.stringify([{ name, size: 1, sha256: hash, packedSize: 1, packedSha256: hash, path }]);
}

test("two who make one folder at once leave one of the two whole, and nothing else", async () => {
  const path = folder("twice");
  const results = await Promise.all(["one", "two", "three"].map((text) => store(path, making(text))));
  assert.deepEqual(
    results.map(({ length }) => length),
    [2, 2, 2],
  );
  const kept = await readStored(path, true);
  assert.match((await bytesOf(kept?.[0], false)).toString(), /^(one|two|three)$/);
  assert.deepEqual(readdirSync(`${dir.path}/twice`), ["linux-x64"]);
});

test("what cannot be made leaves nothing behind, and says why", async () => {
  const path = folder("failed");
  const fail = () => Promise.reject(new NoRouterError("agent-unavailable", "No tool"));
  await assert.rejects(store(path, fail), /^NoRouterError: No tool$/);
  assert.deepEqual(readdirSync(`${dir.path}/failed`), []);
  writeFileSync(`${dir.path}/file`, "");
  await assert.rejects(
    store(`${dir.path}/file/x/y`, making("a")),
    (thrown) =>
      thrown instanceof NoRouterError && thrown.code === "agent-unavailable" && /could not be kept/.test(thrown.message),
  );
  assert.equal(existsSync(path), false);
});
