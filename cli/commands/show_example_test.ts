// The example is a manifest that this version runs, without a word of complaint, and shows every key that it must.

import assert from "node:assert/strict";
import { test } from "node:test";
import { writtenIo } from "../../tests/support/written_io.ts";
import { check } from "./check.ts";
import { EXAMPLE, showExample } from "./show_example.ts";

test("the example is valid, and nothing is said of it", async () => {
  const { io, out, err } = writtenIo(EXAMPLE);
  const code = await check({ file: "-", json: false }, io);
  assert.deepEqual([err(), code], ["", 0]);
  for (const key of ["docker:", "podman:", "kubectl:", "lxc:", "ssh:", "cmd:"]) assert.ok(out().includes(key), key);
});

test("the example is printed as it is", () => {
  const out: string[] = [];
  assert.equal(showExample({ stdout: (text) => void out.push(text) }), 0);
  assert.equal(out.join(""), EXAMPLE);
  for (const line of EXAMPLE.split("\n")) assert.ok(line.length <= 130, line);
});
