// Keys, certificates and proofs: what belongs to a secret is the same on both sides, and nothing else is.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { certified, freshKeyPair, keyPairOf, keyShown } from "./certificate.ts";
import { integer, objectId } from "./der.ts";
import { identityOf, isSame, proofOf } from "./identity.ts";

const SECRET = Buffer.from("0123456789abcdefghij");

test("a certificate is one that its own key signed, and shows that key", () => {
  const pair = freshKeyPair();
  const { cert } = certified(pair);
  const read = new X509Certificate(cert);
  assert.ok(read.verify(read.publicKey));
  assert.deepEqual(keyShown(read.raw), pair.publicKey);
  assert.equal(read.validTo, "Dec 31 23:59:59 9999 GMT");
  assert.doesNotMatch(read.subject, /norouter/i, "what everybody sees does not name the program");
});

test("numbers and names are written as DER wants them", () => {
  assert.equal(integer(Buffer.of(0, 0)).toString("hex"), "020100");
  assert.equal(integer(Buffer.of(0x80)).toString("hex"), "02020080");
  assert.equal(objectId("1.2.840.10045.2.1").toString("hex"), "06072a8648ce3d0201");
  assert.equal(keyShown(Buffer.from("no certificate")), undefined);
});

test("every seed gives a key, the largest and the smallest too", () => {
  for (const byte of [0, 1, 0xff]) assert.equal(keyPairOf(Buffer.alloc(48, byte)).publicKey.length, 91);
});

test("a secret gives one key and one proof; another secret gives others", async () => {
  const [one, same, other] = await Promise.all([SECRET, SECRET, Buffer.from("0123456789abcdefghik")].map(identityOf));
  assert.ok(one && same && other);
  assert.deepEqual(one.manager.publicKey, same.manager.publicKey);
  assert.notDeepEqual(one.manager.publicKey, other.manager.publicKey);
  const [shown, another] = [freshKeyPair().publicKey, freshKeyPair().publicKey];
  assert.ok(isSame(proofOf(one, shown), proofOf(same, shown)));
  assert.ok(!isSame(proofOf(one, shown), proofOf(one, another)), "a proof holds for one key of the server");
  assert.ok(!isSame(proofOf(one, shown), proofOf(other, shown)));
  assert.ok(!isSame(Buffer.of(1), Buffer.of(1, 2)));
});
