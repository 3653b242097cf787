// Archives, as the real tar reads them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { needs } from "../../../tests/support/engines.ts";
import { tarOf } from "./tar.ts";

const FILES = [
  { path: "a", mode: 0o755 },
  { path: "a/empty", mode: 0o600, bytes: new Uint8Array() },
  { path: "a/block", mode: 0o644, bytes: new Uint8Array(512).fill(65) },
  { path: "a/more", mode: 0o755, bytes: new TextEncoder().encode("x".repeat(1000)) },
];

test("an archive is read by tar, with its owner, modes and bytes", { skip: needs("tar") }, () => {
  const input = tarOf(FILES);
  const list = spawnSync("tar", ["-tvf", "-", "--numeric-owner", "--utc"], { input, encoding: "utf8" });
  assert.equal(list.stderr, "");
  assert.deepEqual(
    list.stdout
      .trim()
      .split("\n")
      .map((line) => line.replaceAll(/ +/g, " ")),
    [
      "drwxr-xr-x 0/0 0 1970-01-01 00:00 a/",
      "-rw------- 0/0 0 1970-01-01 00:00 a/empty",
      "-rw-r--r-- 0/0 512 1970-01-01 00:00 a/block",
      "-rwxr-xr-x 0/0 1000 1970-01-01 00:00 a/more",
    ],
  );
  for (const { path, bytes } of FILES.filter((file) => file.bytes))
    assert.deepEqual(spawnSync("tar", ["-xOf", "-", path], { input }).stdout, Buffer.from(bytes ?? []));
});

test("the same entries give the same bytes, and a path that does not fit is refused", () => {
  assert.deepEqual(tarOf(FILES), tarOf(FILES));
  assert.equal(tarOf(FILES).length % 512, 0);
  assert.throws(() => tarOf([{ path: "x".repeat(101), mode: 0o644, bytes: new Uint8Array() }]), /is too long for an archive/);
});
