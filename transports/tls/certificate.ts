// A self-signed certificate (RFC 5280) of a P-256 key, and who shows which key. Nobody trusts such a certificate for what it says:
// its key alone counts.

import { createECDH, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { bits, der, explicit, integer, objectId, pem, TAG } from "./der.ts";

/** A certificate and its private key, in PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** A key pair. */
export interface KeyPair {
  readonly privatePem: string;
  /** SubjectPublicKeyInfo in DER: who shows it is known by it. */
  readonly publicKey: Buffer;
}

const EC_KEY = objectId("1.2.840.10045.2.1");
const P256 = objectId("1.2.840.10045.3.1.7");
const ECDSA_SHA256 = objectId("1.2.840.10045.4.3.2");
const COMMON_NAME = objectId("2.5.4.3");
/** Order of the curve (SEC 2, section 2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const KEY_BYTES = 32;
/** Says nothing of the program or the machine: everybody who connects gets to see it. */
const NAME = "localhost";
/** No clock decides here. The last second there is means that it does not end (RFC 5280 section 4.1.2.5). */
const [BEGIN, END] = ["200101000000Z", "99991231235959Z"];

/** The key pair that belongs to 48 bytes, by FIPS 186-5 appendix A.2.1. */
export function keyPairOf(seed: Uint8Array): KeyPair {
  const number = (BigInt(`0x${Buffer.from(seed).toString("hex")}`) % (ORDER - 1n)) + 1n;
  const scalar = Buffer.from(number.toString(16).padStart(2 * KEY_BYTES, "0"), "hex");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(scalar);
  const point = bits(curve.getPublicKey());
  const algorithm = der(TAG.sequence, EC_KEY, P256);
  const own = der(TAG.sequence, integer(Buffer.of(1)), der(TAG.octets, scalar), explicit(1, point));
  const privateKey = der(TAG.sequence, integer(Buffer.of(0)), algorithm, der(TAG.octets, own));
  return { privatePem: pem("PRIVATE KEY", privateKey), publicKey: der(TAG.sequence, algorithm, point) };
}

/** A key pair that nobody else has. */
export function freshKeyPair(): KeyPair {
  return keyPairOf(randomBytes(KEY_BYTES + KEY_BYTES / 2));
}

/** Signs a certificate of a key with that key. */
export function certified({ privatePem, publicKey }: KeyPair): Certified {
  const algorithm = der(TAG.sequence, ECDSA_SHA256);
  const name = der(TAG.sequence, der(TAG.set, der(TAG.sequence, COMMON_NAME, der(TAG.utf8, Buffer.from(NAME)))));
  const validity = der(TAG.sequence, der(TAG.utcTime, Buffer.from(BEGIN)), der(TAG.generalTime, Buffer.from(END)));
  const version3 = explicit(0, integer(Buffer.of(2)));
  const body = der(TAG.sequence, version3, integer(randomBytes(16)), algorithm, name, validity, name, publicKey);
  const key: KeyObject = createPrivateKey(privatePem);
  return { cert: pem("CERTIFICATE", der(TAG.sequence, body, algorithm, bits(sign("sha256", body, key)))), key: privatePem };
}

/** The key of a certificate in DER or PEM, as SubjectPublicKeyInfo; undefined for what is none. */
export function keyShown(certificate: Uint8Array | undefined): Buffer | undefined {
  return certificate && infoOf(() => new X509Certificate(certificate).publicKey);
}

/** The public half of a private key in PEM, as SubjectPublicKeyInfo; undefined for what is none. */
export function publicKeyOf(privatePem: string): Buffer | undefined {
  return infoOf(() => createPublicKey(createPrivateKey(privatePem)));
}

function infoOf(read: () => KeyObject): Buffer | undefined {
  try {
    return read().export({ type: "spki", format: "der" });
  } catch {
    return undefined;
  }
}
