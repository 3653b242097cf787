// What an output does with a reader that is slow, or gone, and with a disk that is full.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { boundedOutput, type WriteSome } from "./output.ts";

const MIB = 1024 * 1024;

/** An output whose writes end when a test says so. */
function held() {
  const writes: { readonly text: string; readonly done: Parameters<WriteSome>[1] }[] = [];
  const failures: string[] = [];
  let gone = 0;
  const output = boundedOutput((bytes, done) => void writes.push({ text: new TextDecoder().decode(bytes), done }), {
    leftOut: (count) => `${count} left out\n`,
    failed: (message) => void failures.push(message),
    gone: () => {
      gone += 1;
    },
  });
  /** Ends the write that is under way; by default all of it is written. */
  const end = (code?: string, written?: number) => {
    const { text, done } = writes.at(-1) ?? assert.fail("nothing is written");
    done(code === undefined ? null : { code, message: `it is ${code}` }, written ?? (code === undefined ? text.length : 0));
  };
  return { output, writes: () => writes.map(({ text }) => text), end, failures, gone: () => gone };
}

test("what comes during a write is written together behind it, and the rest of a short write first", async () => {
  const { output, writes, end } = held();
  for (const line of ["a\n", "b\n", "c\n"]) output.write(line);
  assert.deepEqual(writes(), ["a\n"]);
  end();
  assert.deepEqual(writes(), ["a\n", "b\nc\n"]);
  const flushed = output.flushed();
  end(undefined, 1);
  assert.deepEqual(writes(), ["a\n", "b\nc\n", "\nc\n"]);
  end();
  assert.equal(await flushed, true);
});

test("what is too much is left out until all that waited is written, and the output says how much it was", () => {
  const { output, writes, end } = held();
  const long = "x".repeat(MIB - 1);
  for (const text of ["a", long, "bb", "c"]) output.write(text);
  end();
  output.write("d");
  end();
  assert.deepEqual(writes(), ["a", long, "3 left out\n"]);
  output.write("e");
  end();
  assert.deepEqual(writes().slice(3), ["e"]);
});

test("a text that is too long by itself is left out, and what follows is not", () => {
  const { output, writes, end } = held();
  output.write("x".repeat(MIB + 1));
  assert.deepEqual(writes(), ["1 left out\n"]);
  output.write("a");
  end();
  assert.deepEqual(writes(), ["1 left out\n", "a"]);
});

test("a disk that is full is told of once until it works again, and tried again", async (t: TestContext) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { output, writes, end, failures } = held();
  output.write("a");
  for (const code of ["EAGAIN", "ENOSPC", "EAGAIN", "ENOSPC"]) {
    end(code);
    t.mock.timers.tick(100);
  }
  assert.deepEqual([writes(), failures], [["a", "a", "a", "a", "a"], ["it is ENOSPC"]]);
  end();
  output.write("b");
  end("ENOSPC");
  t.mock.timers.reset(); // Deno does not by itself
  assert.equal(failures.length, 2);
});

test("nothing is written for a reader that is gone, and nobody waits for it", async () => {
  const { output, writes, end, gone } = held();
  output.write("a");
  output.write("b");
  const flushed = output.flushed();
  end("EPIPE");
  output.write("c");
  assert.deepEqual([await flushed, await output.flushed(), writes(), gone()], [true, true, ["a"], 1]);
});

test("a reader that stands still at the end is waited for so long and no longer", async (t: TestContext) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { output } = held();
  output.write("a");
  const flushed = output.flushed();
  t.mock.timers.tick(1000);
  t.mock.timers.reset(); // Deno does not by itself
  assert.equal(await flushed, false);
});
