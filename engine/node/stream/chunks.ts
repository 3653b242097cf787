// Chunks that wait to be read: bytes, text or objects.

import { Buffer } from "../buffer/bytes.ts";
import { concat } from "../buffer/make.ts";

/** Bytes, characters or objects of a chunk. */
export function sizeOf(chunk: unknown, isObject: boolean): number {
  return isObject ? 1 : (chunk as { readonly length: number }).length;
}

/** A queue of chunks. */
export class Chunks {
  #list: unknown[] = [];
  #head = 0;

  get count(): number {
    return this.#list.length - this.#head;
  }

  get first(): unknown {
    return this.#list[this.#head];
  }

  add(chunk: unknown): void {
    this.#list.push(chunk);
  }

  /** Puts a chunk before all others. */
  addFirst(chunk: unknown): void {
    if (this.#head > 0) {
      this.#head -= 1;
      this.#list[this.#head] = chunk;
    } else this.#list.unshift(chunk);
  }

  take(): unknown {
    const chunk = this.#list[this.#head];
    this.#list[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#list.length) this.clear();
    else if (this.#head > 1024) {
      this.#list = this.#list.slice(this.#head);
      this.#head = 0;
    }
    return chunk;
  }

  /** All that waits as one chunk. */
  takeAll(isText: boolean): unknown {
    if (this.count === 1 && !isText) return this.take();
    const all = this.list();
    this.clear();
    return isText ? all.join("") : concat(all as Uint8Array[]);
  }

  /** So many bytes or characters from the start, which are there. */
  takeSome(size: number, isText: boolean): unknown {
    const parts: unknown[] = [];
    let left = size;
    while (left > 0) {
      const chunk = this.take() as string | Uint8Array;
      if (chunk.length <= left) {
        parts.push(chunk);
        left -= chunk.length;
        continue;
      }
      const isString = typeof chunk === "string";
      parts.push(isString ? chunk.slice(0, left) : chunk.subarray(0, left));
      this.addFirst(isString ? chunk.slice(left) : chunk.subarray(left));
      left = 0;
    }
    if (parts.length === 1) return parts[0];
    return isText ? parts.join("") : concat(parts as Uint8Array[]);
  }

  clear(): void {
    this.#list = [];
    this.#head = 0;
  }

  list(): unknown[] {
    return this.#list.slice(this.#head);
  }
}

/** A chunk of bytes as a Buffer. */
export function asBuffer(chunk: Uint8Array): Buffer {
  return chunk instanceof Buffer ? chunk : new Buffer(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length);
}
