// node:crypto and the global `crypto`: hashes by their published examples, random values by their form.

import assert from "node:assert/strict";
import nodeCrypto, {
  createHash,
  createHmac,
  randomBytes,
  randomFillSync,
  randomInt,
  randomUUID,
  timingSafeEqual,
} from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";

/** FIPS 180-4's own examples. */
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test("SHA-256 of examples, in one and in parts", async () => {
  assert.equal(createHash("sha256").update("abc").digest("hex"), ABC);
  assert.equal(createHash("SHA256").digest("hex"), EMPTY);
  const million = createHash("sha256");
  for (let part = 0; part < 1000; part += 1) million.update("a".repeat(1000));
  assert.equal(million.digest("hex"), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  assert.equal(Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from("abc"))).toString("hex"), ABC);
  assert.equal(Buffer.from(await crypto.subtle.digest({ name: "sha-256" }, new ArrayBuffer(0))).toString("hex"), EMPTY);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
      const parts = createHash("sha256").update(bytes.subarray(0, cut)).update(bytes.subarray(cut));
      assert.deepEqual(parts.digest(), createHash("sha256").update(bytes).digest());
    }),
  );
});

test("a hash is read once, and others are not there", () => {
  const hash = createHash("sha256");
  hash.digest();
  assert.throws(() => hash.digest(), { code: "ERR_CRYPTO_HASH_FINALIZED" });
  assert.throws(() => hash.update("x"), { code: "ERR_CRYPTO_HASH_FINALIZED" });
  assert.throws(() => createHash("nonsense"), { message: "Digest method not supported" });
  assert.throws(() => createHmac("nonsense", "key"), { code: "ERR_CRYPTO_INVALID_DIGEST" });
  assert.throws(() => createHash(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("HMAC with SHA-256 of RFC 4231's examples", () => {
  const hmac = (key: Buffer, data: string) => createHmac("sha256", key).update(data).digest("hex");
  assert.equal(hmac(Buffer.alloc(20, 0x0b), "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  assert.equal(
    hmac(Buffer.alloc(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  );
  assert.equal(createHmac("sha256", "k").update("a").digest("base64").length, 44);
});

test("PBKDF2 of RFC 7914's example, and what it refuses", async () => {
  const key = await crypto.subtle.importKey("raw", Buffer.from("passwd"), "PBKDF2", false, ["deriveBits"]);
  assert.deepEqual([key.type, key.extractable, key.algorithm.name, [...key.usages]], ["secret", false, "PBKDF2", ["deriveBits"]]);
  const settings = { name: "PBKDF2", hash: "SHA-256", salt: Buffer.from("salt"), iterations: 1 };
  const bits = Buffer.from(await crypto.subtle.deriveBits(settings, key, 512));
  assert.equal(bits.subarray(0, 32).toString("hex"), "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  assert.equal(bits.subarray(32).toString("hex"), "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
  await assert.rejects(crypto.subtle.digest("MD5", new Uint8Array()), { name: "NotSupportedError" });
  await assert.rejects(crypto.subtle.importKey("raw", new Uint8Array(1), "nonsense" as never, false, ["deriveBits"]), {
    name: "NotSupportedError",
  });
  const derived = await new Promise((resolve, reject) =>
    nodeCrypto.pbkdf2("passwd", "salt", 1, 32, "sha256", (error, made) =>
      error ? reject(error) : resolve(made.toString("hex")),
    ),
  );
  assert.equal(derived, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
});

test("random values have the form that is asked for", () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  assert.match(randomUUID(), uuid);
  assert.match(crypto.randomUUID(), uuid);
  assert.notEqual(randomUUID(), randomUUID());
  const words = new Uint16Array(20);
  assert.equal(crypto.getRandomValues(words), words);
  assert.ok(words.some((word) => word > 255));
  assert.throws(() => crypto.getRandomValues(new Float32Array(1) as never), { name: "TypeMismatchError" });
  assert.throws(() => crypto.getRandomValues(new Uint8Array(65_537)), { name: "QuotaExceededError" });
  assert.deepEqual([randomBytes(0).length, randomBytes(33).length], [0, 33]);
  const part = randomFillSync(Buffer.alloc(64), 32);
  assert.ok(part.subarray(0, 32).every((byte) => byte === 0) && part.subarray(32).some((byte) => byte !== 0));
  const drawn = Array.from({ length: 200 }, () => randomInt(3, 6));
  assert.deepEqual([...new Set(drawn)].sort(), [3, 4, 5]);
  assert.throws(() => randomBytes(-1), { code: "ERR_OUT_OF_RANGE" });
});

test("byte sequences are compared in constant time", () => {
  assert.deepEqual(
    [timingSafeEqual(Buffer.from("ab"), Buffer.from("ab")), timingSafeEqual(Buffer.from("ab"), Buffer.from("ac"))],
    [true, false],
  );
  assert.throws(() => timingSafeEqual(Buffer.alloc(1), Buffer.alloc(2)), { code: "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH" });
});
