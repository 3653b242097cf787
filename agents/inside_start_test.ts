// What starts a program inside: its engine and script, and a folder of its own with the plan, which is nobody else's.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import type { InsidePlan } from "../core/mod.ts";
import { engineAtHand } from "./engine.ts";
import { insideStart } from "./inside_start.ts";

/** It takes a minute to build one, and tests with the real engine do. */
const engine = await engineAtHand({ os: process.platform, arch: process.arch }).catch(() => undefined);
const skip = engine === undefined && "no engine is at hand";
const PLAN: InsidePlan = {
  ...{ name: "curl", vip: "127.0.42.150", program: ["curl", "a b"] },
  ...{ link: "socket", holds: true, debug: false },
};
const start = () => insideStart(() => undefined);

test("nothing is on disk before it begins; then a folder of its user's own, with the plan", { skip }, async () => {
  const { socket, begin, remove } = await start();
  const folder = socket.slice(0, socket.lastIndexOf("/"));
  assert.ok(!existsSync(folder));
  const [program, script = "", ...words] = begin(PLAN);
  try {
    assert.deepEqual([program, words], [engine?.path, ["front", folder]]);
    assert.ok(existsSync(script));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(folder), ["plan.json"]);
    assert.equal(statSync(`${folder}/plan.json`).mode & 0o777, 0o600);
    assert.deepEqual(JSON.parse(readFileSync(`${folder}/plan.json`, "utf8")), PLAN);
    writeFileSync(`${folder}/left`, "");
  } finally {
    remove();
  }
  assert.ok(!existsSync(folder), "it is removed with whatever is in it");
  remove();
});

test("each start has a folder of its own", { skip }, async () => {
  const [one, other] = await Promise.all([start(), start()]);
  assert.notEqual(one.socket, other.socket);
  for (const { remove } of [one, other]) remove();
});
