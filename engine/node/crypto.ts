// node:crypto: SHA-256, HMAC with it, random bytes, and `webcrypto`.

import { fillRandom, type Sha256, sha256 } from "engine:host";
import { checkFunction, coded, invalidArgType, outOfRange, unsupported } from "./errors.ts";
import { randomUUID, webcrypto } from "./web/crypto.ts";

export { randomUUID, webcrypto };
export const { subtle } = webcrypto;
/** {@link webcrypto}'s. */
export const getRandomValues = webcrypto.getRandomValues.bind(webcrypto);

type Data = string | NodeJS.ArrayBufferView;

const BLOCK_BYTES = 64;

function bytesOf(data: Data, encoding?: BufferEncoding): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalidArgType("data", "of type string or an instance of Buffer, TypedArray, or DataView", data);
}

function check(algorithm: string): void {
  if (typeof algorithm !== "string") throw invalidArgType("algorithm", "of type string", algorithm);
  if (!/^(rsa-)?sha-?256$/i.test(algorithm))
    throw Object.assign(new Error("Digest method not supported"), { code: "ERR_OSSL_EVP_UNSUPPORTED" });
}

/** A hash that is fed in parts and read once. */
export class Hash {
  readonly #hash: Sha256 = sha256();
  #isDone = false;

  update(data: Data, encoding?: BufferEncoding): this {
    if (this.#isDone) throw coded("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#hash.update(bytesOf(data, encoding));
    return this;
  }

  digest(): Buffer;
  digest(encoding: BufferEncoding): string;
  digest(encoding?: BufferEncoding): Buffer | string {
    if (this.#isDone) throw coded("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#isDone = true;
    const bytes = Buffer.from(this.#hash.digest());
    return encoding === undefined || (encoding as string) === "buffer" ? bytes : bytes.toString(encoding);
  }
}

/** A keyed hash (RFC 2104). */
export class Hmac {
  readonly #inner = sha256();
  readonly #outerKey: Uint8Array;
  #isDone = false;

  constructor(key: Uint8Array) {
    const block = new Uint8Array(BLOCK_BYTES);
    block.set(key.length > BLOCK_BYTES ? hashOf(key) : key);
    this.#inner.update(block.map((byte) => byte ^ 0x36));
    this.#outerKey = block.map((byte) => byte ^ 0x5c);
  }

  update(data: Data, encoding?: BufferEncoding): this {
    if (this.#isDone) throw coded("ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#inner.update(bytesOf(data, encoding));
    return this;
  }

  /** Empty the second time, as in Node. */
  digest(): Buffer;
  digest(encoding: BufferEncoding): string;
  digest(encoding?: BufferEncoding): Buffer | string {
    const bytes = this.#isDone ? Buffer.alloc(0) : this.#finish();
    return encoding === undefined || (encoding as string) === "buffer" ? bytes : bytes.toString(encoding);
  }

  #finish(): Buffer {
    this.#isDone = true;
    const outer = sha256();
    outer.update(this.#outerKey);
    outer.update(new Uint8Array(this.#inner.digest()));
    return Buffer.from(outer.digest());
  }
}

function hashOf(bytes: Uint8Array): Uint8Array {
  const hash = sha256();
  hash.update(bytes);
  return new Uint8Array(hash.digest());
}

/** @throws Error `Digest method not supported` for others than SHA-256 */
export function createHash(algorithm: string): Hash {
  check(algorithm);
  return new Hash();
}

/** @throws Error `Invalid digest` for others than SHA-256 */
export function createHmac(algorithm: string, key: Data): Hmac {
  if (typeof algorithm !== "string") throw invalidArgType("hmac", "of type string", algorithm);
  if (!/^(rsa-)?sha-?256$/i.test(algorithm)) throw coded("ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${algorithm}`, TypeError);
  return new Hmac(bytesOf(key));
}

/** The digest of some data at once; hexadecimal by default. */
export function hash(algorithm: string, data: Data, encoding: BufferEncoding | "buffer" = "hex"): string | Buffer {
  return createHash(algorithm)
    .update(data)
    .digest(encoding as BufferEncoding);
}

/** Names of the hashes that there are. */
export function getHashes(): string[] {
  return ["sha256"];
}

/** Random bytes; with a callback, in the next turn. */
export function randomBytes(size: number, callback?: (error: Error | null, bytes: Buffer) => void): Buffer | undefined {
  if (typeof size !== "number") throw invalidArgType("size", "of type number", size);
  if (!(size >= 0 && size <= 2 ** 31 - 1)) throw outOfRange("size", `>= 0 && <= ${2 ** 31 - 1}`, size);
  const bytes = fillRandom(Buffer.alloc(size));
  if (callback === undefined) return bytes;
  checkFunction(callback, "callback");
  process.nextTick(callback, null, bytes);
  return undefined;
}

/** Fills a part of a buffer with random bytes, and returns the buffer. */
export function randomFillSync<T extends NodeJS.ArrayBufferView>(buffer: T, offset = 0, size = buffer.byteLength - offset): T {
  if (!(offset >= 0 && offset <= buffer.byteLength)) throw outOfRange("offset", `>= 0 && <= ${buffer.byteLength}`, offset);
  if (!(size >= 0 && size + offset <= buffer.byteLength))
    throw outOfRange("size + offset", `<= ${buffer.byteLength}`, size + offset);
  fillRandom(new Uint8Array(buffer.buffer, buffer.byteOffset + offset, size));
  return buffer;
}

/** A whole number from `low`, which may be left out and is 0 then, up to but without `high`. */
export function randomInt(low: number, high?: number): number {
  const [from, to] = high === undefined ? [0, low] : [low, high];
  const range = to - from;
  if (!(range > 0 && range < 2 ** 48))
    throw outOfRange(high === undefined ? "max" : "max", `greater than the value of "min" (${from})`, to);
  // Numbers at the end, which would make some results more likely than others, are drawn again.
  const limit = 2 ** 48 - (2 ** 48 % range);
  for (;;) {
    const drawn = Buffer.from(fillRandom(new Uint8Array(6)).buffer).readUIntBE(0, 6);
    if (drawn < limit) return from + (drawn % range);
  }
}

/** Whether two byte sequences of one length are equal, in a time that does not depend on where they differ. */
export function timingSafeEqual(one: Bytes, other: Bytes): boolean {
  const [a, b] = [viewOf(one, "buf1"), viewOf(other, "buf2")];
  if (a.length !== b.length) {
    throw coded("ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length", RangeError);
  }
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}

type Bytes = ArrayBuffer | NodeJS.ArrayBufferView;

function viewOf(bytes: Bytes, name: string): Uint8Array {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw invalidArgType(name, "an instance of ArrayBuffer, Buffer, TypedArray, or DataView", bytes);
}

/** PBKDF2 with SHA-256 (RFC 8018 section 5.2), in a thread. */
export function pbkdf2(
  password: Data,
  salt: Data,
  iterations: number,
  bytes: number,
  digest: string,
  callback: (error: Error | null, key?: Buffer) => void,
): void {
  checkFunction(callback, "callback");
  if (!/^sha-?256$/i.test(digest)) throw coded("ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${digest}`, TypeError);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations };
  webcrypto.subtle
    .importKey("raw", bytesOf(password), "PBKDF2", false, ["deriveBits"])
    .then((key) => webcrypto.subtle.deriveBits(algorithm, key, bytes * 8))
    .then(
      (derived) => process.nextTick(callback, null, Buffer.from(derived)),
      (thrown: Error) => process.nextTick(callback, thrown),
    );
}

/** Not here. @throws CodedError */
export function pbkdf2Sync(): never {
  throw unsupported("crypto.pbkdf2Sync, which would hold up everything; use crypto.pbkdf2");
}

export default {
  createHash,
  createHmac,
  getHashes,
  getRandomValues,
  hash,
  Hash,
  Hmac,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFillSync,
  randomInt,
  randomUUID,
  subtle,
  timingSafeEqual,
  webcrypto,
};
