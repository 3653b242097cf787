// Changes of a file, in every way that editors, people and Kubernetes make them, and those that are none.

import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { watchFile } from "./watch_file.ts";

interface Watched {
  readonly dir: string;
  readonly path: string;
  readonly told: string[];
  /** Waits until the last that was told is this. */
  readonly next: (text: string) => Promise<unknown>;
}

/** Watches `net.yaml`, which `make` makes in a folder, while `body` runs. */
async function watching(make: (dir: string, path: string) => void, body: (watched: Watched) => Promise<void>): Promise<void> {
  const dir = tempDir("watch");
  const path = join(dir.path, "net.yaml");
  make(dir.path, path);
  const told: string[] = [];
  const watch = watchFile(path, readFileSync(path), {
    changed: (bytes) => void told.push(Buffer.from(bytes).toString()),
    lost: (thrown) => void told.push(`lost ${(thrown as { code?: unknown }).code}`),
  });
  const next = (text: string) => waitFor(() => told.at(-1) === text, { what: `"${text}", got ${JSON.stringify(told)}` });
  try {
    await body({ dir: dir.path, path, told, next });
  } finally {
    watch.close();
    dir.remove();
  }
}

const plainFile = (_: string, path: string) => writeFileSync(path, "one\n");

test("a file that is written in place, replaced by rename, or gone for a while is told once for each content", () =>
  watching(plainFile, async ({ dir, path, told, next }) => {
    writeFileSync(path, "two\n");
    await next("two\n");
    writeFileSync(join(dir, "new"), "three\n");
    renameSync(join(dir, "new"), path);
    await next("three\n");
    renameSync(path, `${path}~`);
    await next("lost ENOENT");
    renameSync(`${path}~`, path);
    writeFileSync(path, "four\n");
    await next("four\n");
    assert.deepEqual(told, ["two\n", "three\n", "lost ENOENT", "four\n"]);
  }));

test("the same content, written again, touched or after an interlude that nobody could see, is no change", () =>
  watching(plainFile, async ({ path, told, next }) => {
    writeFileSync(path, "one\n");
    utimesSync(path, 1, 1);
    writeFileSync(path, "other\n");
    writeFileSync(path, "one\n");
    appendFileSync(path, "two\n");
    await next("one\ntwo\n");
    utimesSync(path, 2, 2);
    writeFileSync(path, "three\n");
    await next("three\n");
    assert.deepEqual(told, ["one\ntwo\n", "three\n"]);
  }));

test("what is written little by little is told when it is whole", () =>
  watching(
    (_, path) => writeFileSync(path, "a: 1\nb: 2\nc: 3\n"),
    async ({ path, told, next }) => {
      const begun = performance.now();
      truncateSync(path, 0);
      let parts = 0;
      await waitFor(
        () => {
          appendFileSync(path, `part ${parts++}`);
          return performance.now() - begun > 1000;
        },
        { what: "a writer that takes a second", everyMs: 100 },
      );
      appendFileSync(path, "\n");
      await waitFor(() => told.length > 0, { what: "the whole" });
      assert.equal(told[0], readFileSync(path, "utf8"));
      // The beginning of what was there may be a file that is written anew: it is told later than others.
      const cutAt = performance.now();
      writeFileSync(path, "part 0");
      await next("part 0");
      assert.ok(performance.now() - cutAt > 1500);
      assert.equal(told.length, 2);
    },
  ));

test("a symlink that leads elsewhere, and a folder that is swapped as Kubernetes does it", () => {
  const version = (dir: string, name: string, text: string) => {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, "net.yaml"), text);
    symlinkSync(name, join(dir, "..next"));
    renameSync(join(dir, "..next"), join(dir, "..data"));
  };
  return watching(
    (dir, path) => {
      version(dir, "..1", "one\n");
      symlinkSync("..data/net.yaml", path);
    },
    async ({ dir, path, told, next }) => {
      version(dir, "..2", "two\n");
      rmSync(join(dir, "..1"), { recursive: true });
      await next("two\n");
      writeFileSync(join(dir, "own.yaml"), "three\n");
      symlinkSync("own.yaml", join(dir, "link"));
      renameSync(join(dir, "link"), path);
      await next("three\n");
      assert.deepEqual(told, ["two\n", "three\n"]);
    },
  );
});
