// What is kept of a password: enough to tell the right one, and nothing of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { plainHost } from "../conformance/host_spec.ts";
import { accessMaker, admissionOf } from "./admission.ts";
import { accessOf, mayEnter } from "./entrances.ts";
import type { HostSpec } from "./manifest/types.ts";

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

const auth = (password: string) => ({ listen: "127.0.0.1:1", outside: "direct" as const, auth: { user: "me", password } });
const spec = (change: Partial<HostSpec>) => plainHost("a", "127.0.0.2", change);

test("hosts that share a name and a password share what is kept of them, which takes long to make", async () => {
  const accessFor = accessMaker();
  const [a, b, c] = await Promise.all([
    accessFor(spec({ http: auth("secret"), socks: auth("secret") })),
    accessFor(spec({ http: auth("secret") })),
    accessFor(spec({ socks: auth("other") })),
  ]);
  assert.ok(a?.http && c?.socks);
  assert.equal(a.http, a.socks);
  assert.equal(a.http, b?.http);
  assert.notEqual(a.http.salt, c.socks.salt);
  assert.equal(c.http, undefined);
  assert.equal(await accessFor(spec({ http: { listen: "127.0.0.1:1", outside: "refuse" } })), undefined);
  assert.equal(await mayEnter(c.socks, "me", "other"), true);
});

test("a host is admitted with what it serves, and without any password", () => {
  const full = spec({
    http: auth("secret"),
    socks: { listen: "unix:~/x", outside: "refuse" },
    dns: { listen: "127.0.0.1:53", disable: false },
    stateDir: { pathOnAgent: "~/x", disable: false },
    writeEtcHosts: true,
    settings: { docker: "web" },
  });
  const admitted = admissionOf(full);
  assert.deepEqual([admitted.local, admitted.loopback], [false, false]);
  assert.deepEqual(admitted.entrances, {
    http: { listen: "127.0.0.1:1", outside: "direct", auth: true },
    socks: { listen: "unix:~/x", outside: "refuse", auth: false },
    dns: { listen: "127.0.0.1:53" },
    stateDir: "~/x",
    writeEtcHosts: true,
  });
  assert.doesNotMatch(JSON.stringify(admitted), /secret/);
  assert.deepEqual(admissionOf(spec({})).entrances, { writeEtcHosts: false });
});
