// Code of others as this runtime runs it: from its text alone, with the toolkit, and kept for the next time.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import type { HostCode } from "../core/mod.ts";
import { hostToolkit } from "../plugins/support/toolkit.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { codeLoader } from "./code_loader.ts";

const dir = tempDir("code-loader");
after(() => dir.remove());
let folders = 0;

function folder(): string {
  folders += 1;
  mkdirSync(`${dir.path}/${folders}`);
  return `${dir.path}/${folders}`;
}

function codeOf(text: string): HostCode {
  const bytes = new TextEncoder().encode(text);
  return { hash: createHash("sha256").update(bytes).digest("hex"), bytes };
}

test("a module of any text is imported, and a function gets the toolkit", async () => {
  const loader = codeLoader();
  assert.deepEqual(await loader.load(codeOf('export default { name: "é\u{1f600}`#%" };')), { name: "é\u{1f600}`#%" });
  const made = await loader.load(
    codeOf('import { isIP } from "node:net"; export default (toolkit) => ({ toolkit, ip: isIP("::1") });'),
  );
  assert.deepEqual(made, { toolkit: hostToolkit, ip: 6 });
});

test("what cannot be imported, or exports nothing, says so in a line", async () => {
  const loader = codeLoader();
  await assert.rejects(loader.load(codeOf("export default {")), {
    code: "plugin-invalid",
    message: /^Host module cannot be imported: \S/,
  });
  await assert.rejects(loader.load(codeOf("throw new Error('first\\nsecond')")), { message: /cannot be imported: first$/ });
  await assert.rejects(loader.load(codeOf("export const x = 1;")), { code: "plugin-invalid", message: /no default export/ });
});

test("kept code is the owner's alone, and the oldest goes when there is too much", async () => {
  const place = folder();
  const loader = codeLoader(place);
  const all = Array.from({ length: 18 }, (_, at) => codeOf(`export default ${at};`));
  for (const [at, code] of all.entries()) {
    await loader.keep?.(code);
    utimesSync(`${place}/${code.hash}.part`, at, at);
  }
  const [oldest, next, newest] = [all[0], all[2], all[17]] as [HostCode, HostCode, HostCode];
  assert.equal(await loader.kept?.(oldest.hash), undefined);
  assert.deepEqual([...((await loader.kept?.(next.hash)) ?? [])], [...next.bytes]);
  assert.deepEqual([...((await loader.kept?.(newest.hash)) ?? [])], [...newest.bytes]);
  assert.equal(readdirSync(place).length, 16);
  assert.equal(statSync(`${place}/${newest.hash}.part`).mode & 0o777, 0o600);
  assert.equal(readFileSync(`${place}/${newest.hash}.part`, "utf8"), "export default 17;");
});

test("a folder that cannot be written to is no failure, and nothing is kept without one", async () => {
  const code = codeOf("export default 1;");
  const loader = codeLoader(`${dir.path}/not-there`);
  await loader.keep?.(code);
  assert.equal(await loader.kept?.(code.hash), undefined);
  assert.equal(codeLoader().keep, undefined);
  writeFileSync(`${dir.path}/file`, "");
  await codeLoader(`${dir.path}/file`).keep?.(code);
});

test("what is no file is not read, and what a process left half written goes after a while", { timeout: 20_000 }, async () => {
  const place = folder();
  const loader = codeLoader(place);
  const [pipe, link, code] = [codeOf("pipe"), codeOf("link"), codeOf("export default 2;")];
  assert.equal(spawnSync("mkfifo", [`${place}/${pipe.hash}.part`]).status, 0);
  symlinkSync("/dev/zero", `${place}/${link.hash}.part`);
  for (const { hash } of [pipe, link]) assert.equal(await loader.kept?.(hash), undefined);
  const [old, fresh] = [`${place}/${pipe.hash}.part.1`, `${place}/${pipe.hash}.part.2`];
  for (const half of [old, fresh]) writeFileSync(half, "half");
  utimesSync(old, 1, 1);
  const inTheWay = `${place}/${pipe.hash}.part.3`;
  mkdirSync(inTheWay);
  utimesSync(inTheWay, 1, 1);
  for (const { hash } of Array.from({ length: 20 }, (_, at) => codeOf(`${at};`))) writeFileSync(`${place}/${hash}.part`, "");
  await loader.keep?.(code);
  assert.deepEqual([existsSync(old), existsSync(fresh), existsSync(inTheWay)], [false, true, true]);
  assert.equal(readdirSync(place).filter((name) => name.endsWith(".part")).length, 16);
  // Both give way to what is kept.
  await loader.keep?.(link);
  assert.deepEqual([...((await loader.kept?.(link.hash)) ?? [])], [...link.bytes]);
});
