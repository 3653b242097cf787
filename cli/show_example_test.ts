// The example is a manifest that this version runs, without a word of complaint, and shows every key that it must.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./check.ts";
import { EXAMPLE, showExample } from "./show_example.ts";

test("the example is valid, and nothing is said of it", async () => {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    stdout: (text: string) => void out.push(text),
    stderr: (text: string) => void err.push(text),
    readInput: async () => new TextEncoder().encode(EXAMPLE),
  };
  const code = await check({ file: "-", json: false }, io);
  assert.deepEqual([err.join(""), code], ["", 0]);
  for (const key of ["docker:", "podman:", "kubectl:", "lxc:", "ssh:", "cmd:"]) assert.ok(out.join("").includes(key), key);
});

test("the example is printed as it is", () => {
  const out: string[] = [];
  assert.equal(showExample({ stdout: (text) => void out.push(text) }), 0);
  assert.equal(out.join(""), EXAMPLE);
  for (const line of EXAMPLE.split("\n")) assert.ok(line.length <= 130, line);
});
