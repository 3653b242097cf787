// Changes that meet another program's.

import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { NoRouterError } from "../../core/mod.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { changeFile, cleanUp } from "./hosts_file.ts";

const with1 = (old: Uint8Array, line: string) => Buffer.concat([old, Buffer.from(line)]);

function start() {
  const dir = tempDir("hosts-file");
  const path = `${dir.path}/hosts`;
  writeFileSync(path, "first\n");
  return { dir, path, text: () => readFileSync(path, "utf8"), names: () => readdirSync(dir.path).sort() };
}

test("what another program writes after the reading is kept", async () => {
  const { dir, path, text, names } = start();
  let asked = 0;
  const made = await changeFile(
    path,
    (old) => {
      asked += 1;
      if (asked === 1) appendFileSync(path, "theirs\n");
      return with1(old, "ours\n");
    },
    { copy: true },
  );
  assert.deepEqual([text(), asked, made], ["first\ntheirs\nours\n", 2, false]);
  assert.deepEqual(names(), ["hosts", "hosts.norouter-backup"]);
  assert.equal(readFileSync(`${path}.norouter-backup`, "utf8"), "first\n");
  dir.remove();
});

test("a file that changes all the time is given up, with nothing left beside it", async () => {
  const { dir, path, text, names } = start();
  const change = (old: Uint8Array) => {
    appendFileSync(path, "theirs\n");
    return with1(old, "ours\n");
  };
  await assert.rejects(
    changeFile(path, change, { copy: false }),
    (thrown) => thrown instanceof NoRouterError && thrown.code === "file-failed" && /keeps changing/.test(thrown.message),
  );
  assert.doesNotMatch(text(), /ours/);
  assert.deepEqual(names(), ["hosts"]);
  dir.remove();
});

test("a change that changes nothing writes nothing, not even a copy", async () => {
  const { dir, path, names } = start();
  assert.equal(await changeFile(path, (old) => old, { copy: true }), false);
  assert.deepEqual(names(), ["hosts"]);
  dir.remove();
});

test("the copy goes when it says the same, and else stays", async () => {
  const { dir, path, names } = start();
  await changeFile(path, (old) => with1(old, "ours\n"), { copy: true });
  await cleanUp(path, false);
  assert.deepEqual(names(), ["hosts", "hosts.norouter-backup"]);
  await changeFile(path, () => Buffer.from("first\n"), { copy: false });
  await cleanUp(path, false);
  assert.deepEqual(names(), ["hosts"]);
  dir.remove();
});
