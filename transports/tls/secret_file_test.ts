// The secret's file: what is taken, what is refused, and that nothing of it gets into a message.

import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "../../tests/support/lifetime.ts";
import { makeSecret, pathOf, readSecret } from "./secret_file.ts";

test("a secret that is made is for its own user alone, is taken, and is never made twice", async () => {
  const folder = tempDir("secret");
  const file = join(folder.path, "key");
  assert.equal(await makeSecret(file), true);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, "utf8");
  assert.equal(await makeSecret(file), false);
  assert.equal(readFileSync(file, "utf8"), text);
  assert.equal((await readSecret(file)).toString("latin1"), text.trim());
  assert.equal(await makeSecret(join(folder.path, "missing", "key")), true);
  assert.equal(statSync(join(folder.path, "missing")).mode & 0o777, 0o700);
  await assert.rejects(makeSecret(join(file, "key")), { code: "file-failed", message: /cannot be made: E/ });
  folder.remove();
});

test("short, simple, open and missing secrets are refused, in words without them", async () => {
  const folder = tempDir("secret");
  const cases: readonly (readonly [content: string, mode: number, code: string, message: RegExp])[] = [
    ["  swordfish-1234 \n", 0o600, "settings-refused", /has 14 bytes; at least 16 were wanted; 'openssl rand/],
    ["ababababababababababab", 0o600, "settings-refused", /easy to guess/],
    ["0123456789abcdef-swordfish", 0o640, "access-denied", /is open to other users; 'chmod 600'/],
    ["0123456789abcdef-swordfish".repeat(200), 0o600, "settings-refused", /more than 4096 bytes/],
  ];
  for (const [at, [content, mode, code, message]] of cases.entries()) {
    const file = join(folder.path, String(at));
    writeFileSync(file, content);
    chmodSync(file, mode);
    await assert.rejects(readSecret(file), (thrown: Error & { code: string }) => {
      assert.equal(thrown.code, code);
      assert.match(thrown.message, message);
      assert.doesNotMatch(thrown.message, /swordfish|abab/);
      return true;
    });
  }
  await assert.rejects(readSecret(folder.path), { code: "settings-refused", message: /is a folder/ });
  await assert.rejects(readSecret(join(folder.path, "none")), { code: "settings-refused", message: /There is no secret file/ });
  folder.remove();
});

test("a path may begin with the user's home", () => {
  assert.equal(pathOf("~/a/key"), join(process.env.HOME ?? "", "a/key"));
  assert.equal(pathOf("/a/../key"), "/key");
});
