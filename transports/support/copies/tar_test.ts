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
  for (const path of ["x".repeat(101), "ä".repeat(51), `${"x".repeat(156)}/a`, `a/${"x".repeat(101)}`])
    assert.throws(() => tarOf([{ path, mode: 0o644, bytes: new Uint8Array() }]), {
      code: "no-place",
      message: /is too long to be copied/,
    });
});

test("a path that is not ASCII, or longer than a name may be, is read by tar", { skip: needs("tar") }, () => {
  const bytes = new TextEncoder().encode("text");
  const long = `${"ä/".repeat(40)}${"ö".repeat(40)}`;
  const files = ["größe/日本/engine", "x".repeat(100), `${"d".repeat(100)}/e`, `${"x".repeat(155)}/${"y".repeat(100)}`, long];
  for (const path of files) {
    const input = tarOf([{ path, mode: 0o644, bytes }]);
    const list = spawnSync("tar", ["--quoting-style=literal", "-tf", "-"], { input, encoding: "utf8" });
    assert.deepEqual([list.stdout, list.stderr], [`${path}\n`, ""]);
    assert.equal(spawnSync("tar", ["-xOf", "-", path], { input, encoding: "utf8" }).stdout, "text");
  }
  const folder = `${"x".repeat(99)}/${"y".repeat(99)}`;
  assert.equal(
    spawnSync("tar", ["-tf", "-"], { input: tarOf([{ path: folder, mode: 0o755 }]), encoding: "utf8" }).stdout,
    `${folder}/\n`,
  );
});
