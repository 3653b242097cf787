// What one shared secret gives: the key by which a manager is known, and the proof by which it knows who it talks to. Must not read
// files, and keeps nothing of the secret itself.

import { createHmac, hkdfSync, scrypt, timingSafeEqual } from "node:crypto";
import { type KeyPair, keyPairOf } from "./certificate.ts";

/** What both sides make of a secret. */
export interface Identity {
  /** Of the manager: it shows this key, and 'serve' knows it. */
  readonly manager: KeyPair;
  /** Under which 'serve' proves that it has the secret. */
  readonly proofKey: Buffer;
}

/** Each guess costs as much: about 0.1 s and 32 MiB (RFC 7914). The salt is no secret and the same everywhere. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const SALT = "norouter tls 1";
const SEED_BYTES = 48;
const PROOF_BYTES = 32;

/** Stretches a secret, then takes a key for each purpose from it (RFC 5869). */
export async function identityOf(secret: Uint8Array): Promise<Identity> {
  const stretched = await new Promise<Buffer>((resolve, reject) => {
    scrypt(secret, SALT, PROOF_BYTES, SCRYPT, (error, key) => (error ? reject(error) : resolve(key)));
  });
  const part = (info: string, bytes: number) => Buffer.from(hkdfSync("sha256", stretched, SALT, info, bytes));
  return { manager: keyPairOf(part("manager key", SEED_BYTES)), proofKey: part("serve proof", PROOF_BYTES) };
}

/**
 * What 'serve' says to a manager that has shown its key: only who has the secret can say it, and it holds for these two keys alone, so
 * nobody can pass it on from another connection.
 */
export function proofOf({ proofKey, manager }: Identity, serverKey: Uint8Array): Buffer {
  const lengths = Buffer.alloc(4);
  lengths.writeUInt32BE(serverKey.length);
  return createHmac("sha256", proofKey).update(lengths).update(serverKey).update(manager.publicKey).digest();
}

/** Whether two texts of bytes are the same, in a time that tells nothing. */
export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
