// node:dns: names of this machine, addresses, and errors as Node words them.

import assert from "node:assert/strict";
import * as dns from "node:dns";
import { lookup } from "node:dns/promises";
import { test } from "node:test";

test("addresses are themselves, whatever family is wanted", async () => {
  assert.deepEqual(await lookup("127.0.0.1"), { address: "127.0.0.1", family: 4 });
  assert.deepEqual(await lookup("::1", { all: true }), [{ address: "::1", family: 6 }]);
  assert.deepEqual(await lookup("127.0.0.1", { family: 6 }), { address: "127.0.0.1", family: 4 });
  assert.deepEqual(await lookup("", { all: true }), []);
});

test("a name of /etc/hosts", async () => {
  const all = await lookup("localhost", { all: true });
  assert.ok(all.some(({ address, family }) => address === "127.0.0.1" && family === 4));
  assert.equal(new Set(all.map(({ address }) => address)).size, all.length, "none twice");
  assert.deepEqual(await lookup("localhost", 4), { address: "127.0.0.1", family: 4 });
  assert.deepEqual(await lookup("LocalHost", 4), { address: "127.0.0.1", family: 4 }, "case is nothing (RFC 4343)");
  assert.deepEqual(await lookup("ｌocalhost", { family: 4 }), { address: "127.0.0.1", family: 4 });
  const [first] = await lookup("localhost", { all: true, order: "ipv4first" });
  assert.equal(first?.family, 4);
});

test("a name that nobody has", async () => {
  const wanted = {
    message: "getaddrinfo ENOTFOUND nobody.invalid",
    code: "ENOTFOUND",
    errno: -3008,
    syscall: "getaddrinfo",
    hostname: "nobody.invalid",
  };
  await assert.rejects(lookup("nobody.invalid"), wanted);
  const thrown = await new Promise((resolve) => dns.lookup("nobody.invalid", (error) => resolve(error)));
  assert.ok(thrown instanceof Error && thrown.message === wanted.message);
  await assert.rejects(lookup("-x"), { code: "ENOTFOUND", hostname: "-x" });
});

test("lookup calls back", async () => {
  const one = await new Promise((resolve) => dns.lookup("localhost", 4, (...args) => resolve(args)));
  assert.deepEqual(one, [null, "127.0.0.1", 4]);
  const all = await new Promise((resolve) => dns.lookup("127.0.0.1", { all: true }, (...args) => resolve(args)));
  assert.deepEqual(all, [null, [{ address: "127.0.0.1", family: 4 }]]);
});

test("wrong arguments throw at once", () => {
  assert.throws(() => void lookup(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => void lookup("a\0b"), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => void lookup("a", { family: 5 as never }), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => void lookup("a", { hints: 1 << 20 }), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => dns.lookup("a", undefined as never), { code: "ERR_INVALID_ARG_TYPE" });
});
