// What the engine keeps of a script that it has compiled: used as long as it fits, made anew else, and kept nowhere that others can
// write to.

import assert from "node:assert/strict";
import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { runToEnd } from "../tests/support/child.ts";
import { IS_NODE24 } from "../tests/support/cli.ts";
import { engineProgram, withoutEngine } from "../tests/support/engine/agent.ts";
import { tempDir } from "../tests/support/lifetime.ts";

const skip = IS_NODE24 ? await withoutEngine() : "the same on every runtime";

/** A script that is large enough to be kept, and says a word and its own address. */
const scriptOf = (word: string) => `const filling = "${"x".repeat(40_000)}";
console.log("${word}", import.meta.url, filling.length);\n`;

/** A folder with a script, and what is known of what is kept. */
function folder(mode = 0o700) {
  const dir = tempDir("compiled");
  chmodSync(dir.path, mode);
  const script = `${dir.path}/script.mjs`;
  const kept = `${script}.compiled`;
  writeFileSync(script, scriptOf("first"));
  const runs = async () => {
    const { code, stdout, stderr } = await runToEnd([await engineProgram(), script]);
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout;
  };
  return { script, kept, runs, inode: () => statSync(kept).ino, names: () => readdirSync(dir.path), remove: () => dir.remove() };
}

const said = (word: string, script: string) => `${word} file://${script} 40000\n`;

test("a script is compiled once", { skip }, async () => {
  const { script, runs, inode, names, remove } = folder();
  assert.equal(await runs(), said("first", script));
  const made = inode();
  assert.equal(await runs(), said("first", script));
  assert.equal(inode(), made);
  assert.deepEqual(names().sort(), ["script.mjs", "script.mjs.compiled"]);
  remove();
});

test("another script is not run as it was compiled before", { skip }, async () => {
  const { script, runs, inode, remove } = folder();
  await runs();
  const made = inode();
  writeFileSync(script, scriptOf("other"));
  assert.equal(await runs(), said("other", script));
  assert.notEqual(inode(), made);
  assert.equal(await runs(), said("other", script));
  remove();
});

test("what is kept and damaged is made anew", { skip }, async () => {
  const { script, kept, runs, inode, remove } = folder();
  await runs();
  const whole = readFileSync(kept);
  const damages: readonly (() => void)[] = [
    () => writeFileSync(kept, whole.subarray(0, whole.length - 1)),
    () => writeFileSync(kept, whole.subarray(0, 100)),
    () => writeFileSync(kept, ""),
    () => appendFileSync(kept, "x"),
    () => chmodSync(kept, 0o666),
    ...[0, 70, 100, 200, whole.length - 1].map((at) => () => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(kept, damaged);
    }),
  ];
  for (const [number, damage] of damages.entries()) {
    damage();
    const damaged = inode();
    assert.equal(await runs(), said("first", script), `damage ${number}`);
    assert.notEqual(inode(), damaged, `damage ${number}`);
    assert.deepEqual(readFileSync(kept), whole, `damage ${number}`);
  }
  remove();
});

test("nothing is kept where others can write, nor of a small script", { skip }, async () => {
  const open = folder(0o777);
  assert.equal(await open.runs(), said("first", open.script));
  assert.equal(existsSync(open.kept), false);
  open.remove();
  const own = folder();
  writeFileSync(own.script, "console.log(1);\n");
  assert.equal(await own.runs(), "1\n");
  assert.equal(existsSync(own.kept), false);
  own.remove();
});

test("what others have put there is not read", {
  skip: skip || (process.getuid?.() === 0 ? false : "this needs root"),
}, async () => {
  const { script, kept, runs, remove } = folder();
  await runs();
  const whole = readFileSync(kept);
  rmSync(kept);
  writeFileSync(kept, whole, { mode: 0o600 });
  await runToEnd(["chown", "1000", kept]);
  assert.equal(await runs(), said("first", script));
  assert.equal(statSync(kept).uid, 0, "it was made anew");
  remove();
});
