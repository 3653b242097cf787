// What is read from ELF files: of the runtime itself, and of bytes that are none.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { runtimeArgv } from "../tests/support/cli.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { elfNeeds } from "./elf.ts";
import { glibcOf } from "./libraries.ts";

const [RUNTIME = ""] = runtimeArgv();
const dir = tempDir("elf");
after(() => dir.remove());
const onLinux = { skip: process.platform === "linux" ? false : "not Linux" };

test("the runtime wants a loader and libc", onLinux, async () => {
  const needs = await elfNeeds(RUNTIME);
  assert.match(needs?.loader ?? "", /\/ld-/);
  assert.ok(needs?.libraries.some((name) => name.startsWith("libc.")));
  const files = await glibcOf(RUNTIME);
  assert.equal(files[0]?.name, "loader");
  assert.ok(files.some(({ name }) => name === "libc.so.6"));
});

test("what is no whole ELF file wants nothing", onLinux, async () => {
  const path = `${dir.path}/file`;
  const real = readFileSync(RUNTIME).subarray(0, 4096);
  const strange = Buffer.from(real);
  strange.writeBigUInt64LE(0xffff_ffff_ffffn, 32);
  for (const bytes of [Buffer.from("#!/bin/sh\n"), Buffer.alloc(0), Buffer.alloc(200), real.subarray(0, 100), strange]) {
    writeFileSync(path, bytes);
    assert.equal(await elfNeeds(path), undefined);
  }
  await assert.rejects(glibcOf(path), /not made for glibc/);
});
