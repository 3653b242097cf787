// The Web Cryptography API, as far as the engine goes: random values, SHA-256 and PBKDF2 with it.

import { deriveKey, encodeHex, fillRandom, sha256 } from "engine:host";
import { invalidArgType } from "../errors.ts";
import { DOMException } from "./dom_exception.ts";

/** `getRandomValues` gives so many bytes at most (section 10.1.1). */
const MOST_RANDOM = 65_536;

/** An algorithm, or its name. */
export type Algorithm = string | { readonly name: string; readonly [parameter: string]: unknown };

/** Bytes, as the interfaces of the web take them. */
export type Bytes = ArrayBuffer | ArrayBufferView;

let keyBytes: (key: CryptoKey) => Uint8Array;

/** A password from which keys are derived. */
export class CryptoKey {
  readonly type = "secret";
  readonly extractable = false;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
  readonly #bytes: Uint8Array;

  static {
    keyBytes = (key) => key.#bytes;
  }

  constructor(bytes: Uint8Array, algorithm: { readonly name: string }, usages: readonly string[]) {
    this.#bytes = bytes;
    this.algorithm = algorithm;
    this.usages = usages;
  }
}

function unsupported(name: string): DOMException {
  return new DOMException(`Unrecognized algorithm name: ${name}`, "NotSupportedError");
}

function nameOf(algorithm: unknown): string {
  return typeof algorithm === "object" && algorithm !== null ? String((algorithm as { name?: unknown }).name) : String(algorithm);
}

function check(algorithm: unknown, wanted: string): void {
  if (nameOf(algorithm).toUpperCase() !== wanted) throw unsupported(nameOf(algorithm));
}

/** A copy: what is done later must not see what is changed meanwhile. */
function copyOf(bytes: unknown, name: string): Uint8Array {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes.slice(0));
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice();
  throw invalidArgType(name, "an instance of ArrayBuffer, Buffer, TypedArray, or DataView", bytes);
}

/** `crypto.subtle`. Other algorithms are refused with `NotSupportedError`. */
export class SubtleCrypto {
  async digest(algorithm: Algorithm, data: Bytes): Promise<ArrayBuffer> {
    check(algorithm, "SHA-256");
    const hash = sha256();
    hash.update(copyOf(data, "data"));
    return hash.digest();
  }

  async importKey(
    format: string,
    data: Bytes,
    algorithm: Algorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey> {
    check(algorithm, "PBKDF2");
    if (format !== "raw") throw new DOMException(`Unable to import PBKDF2 key with format ${format}`, "NotSupportedError");
    if (extractable) throw new DOMException("PBKDF2 keys are not extractable", "SyntaxError");
    if (usages.length === 0) throw new DOMException("Usages cannot be empty when importing a secret key.", "SyntaxError");
    if (usages.some((usage) => usage !== "deriveBits" && usage !== "deriveKey"))
      throw new DOMException("Unsupported key usage for a PBKDF2 key", "SyntaxError");
    return new CryptoKey(copyOf(data, "keyData"), { name: "PBKDF2" }, [...usages]);
  }

  /** Bits that are derived from a password (RFC 8018 section 5.2), in a thread. */
  async deriveBits(algorithm: Algorithm, key: CryptoKey, length: number): Promise<ArrayBuffer> {
    check(algorithm, "PBKDF2");
    const { hash, salt, iterations } = algorithm as { hash?: unknown; salt?: unknown; iterations?: unknown };
    check(hash, "SHA-256");
    if (!key.usages.includes("deriveBits"))
      throw new DOMException("baseKey does not have deriveBits usage", "InvalidAccessError");
    if (typeof iterations !== "number" || !(iterations >= 1))
      throw new DOMException("iterations cannot be zero", "OperationError");
    if (typeof length !== "number" || length % 8 !== 0)
      throw new DOMException("length must be a multiple of 8", "OperationError");
    if (length === 0) return new ArrayBuffer(0);
    const derived = await derive(keyBytes(key), copyOf(salt, "algorithm.salt"), iterations, length / 8);
    if (derived === undefined) throw new DOMException("There is no memory for it", "OperationError");
    return derived;
  }
}

function derive(password: Uint8Array, salt: Uint8Array, iterations: number, bytes: number): Promise<ArrayBuffer | undefined> {
  return new Promise((resolve) => deriveKey(password, salt, iterations, bytes, resolve));
}

/** The class of `crypto`. */
export class Crypto {
  readonly subtle: SubtleCrypto = new SubtleCrypto();

  /** Fills an array of whole numbers, of 65,536 bytes at most, and returns it. */
  getRandomValues<T extends ArrayBufferView>(array: T): T {
    const isWhole = ArrayBuffer.isView(array) && !(array instanceof DataView || isFloats(array));
    if (!isWhole) throw new DOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
    if (array.byteLength > MOST_RANDOM) {
      const message = `The requested length exceeds ${MOST_RANDOM} bytes`;
      throw new DOMException(message, "QuotaExceededError");
    }
    return fillRandom(array);
  }

  /** A UUID of random bits (RFC 9562 section 5.4). */
  randomUUID(): string {
    return randomUUID();
  }
}

function isFloats(array: ArrayBufferView): boolean {
  return array instanceof Float32Array || array instanceof Float64Array;
}

/** A UUID of random bits (RFC 9562 section 5.4). */
export function randomUUID(): string {
  const bytes = fillRandom(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const digits = encodeHex(bytes);
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
}

/** `crypto`. */
export const webcrypto: Crypto = new Crypto();
