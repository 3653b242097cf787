// What is kept of a password: enough to tell the right one, and nothing of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accessOf, keptAccess, mayEnter } from "./access.ts";

/** Texts that are easily taken for one another. */
const LOOKALIKES = [
  "",
  "secret",
  "Secret",
  "secret ",
  " secret",
  "secre",
  "secrett",
  "s\u00e9cret",
  "se\u0301cret",
  "ſecret",
  "\0",
  "x".repeat(10_000),
];

test("the right name with the right password enters, and nothing else does", async () => {
  const access = await accessOf("me", "s\u00e9cret");
  assert.equal(await mayEnter(access, "me", "s\u00e9cret"), true);
  for (const password of LOOKALIKES)
    assert.equal(await mayEnter(access, "me", password), password === "s\u00e9cret", password.slice(0, 9));
  for (const user of ["", "Me", "me ", "you"]) assert.equal(await mayEnter(access, user, "s\u00e9cret"), false, user);
});

test("what is kept differs each time, holds 16 and 32 bytes, and not the password", async () => {
  const [first, second] = await Promise.all([accessOf("me", "secret"), accessOf("me", "secret")]);
  assert.notEqual(first.salt, second.salt);
  assert.notEqual(first.hash, second.hash);
  for (const { user, salt, hash } of [first, second]) {
    assert.equal(user, "me");
    assert.match(salt, /^[0-9a-f]{32}$/);
    assert.match(hash, /^[0-9a-f]{64}$/);
  }
  assert.doesNotMatch(JSON.stringify([first, second]), /secret/);
});

test("a hash of another length, as a hostile log might have it, lets nobody in", async () => {
  const access = await accessOf("me", "secret");
  for (const hash of ["", access.hash.slice(0, 10), "0".repeat(64)])
    assert.equal(await mayEnter({ ...access, hash }, "me", "secret"), false);
});

test("hosts that share a name and a password share what is kept of them, which takes long to make", async () => {
  const [a, b, c] = await Promise.all([
    keptAccess("me", "secret", undefined),
    keptAccess("me", "secret", undefined),
    keptAccess("me", "other", undefined),
  ]);
  assert.equal(a, b);
  assert.notEqual(a.salt, c.salt);
  assert.equal(await mayEnter(c, "me", "other"), true);
});

test("what is kept stays while name and password do", async () => {
  const before = await accessOf("me", "secret");
  assert.deepEqual(await keptAccess("me", "secret", before), before);
  for (const [user, password] of [
    ["me", "other"],
    ["you", "secret"],
  ] as const) {
    const after = await keptAccess(user, password, before);
    assert.notEqual(after.salt, before.salt);
    assert.equal(await mayEnter(after, user, password), true);
  }
});
