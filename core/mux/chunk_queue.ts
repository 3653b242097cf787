// Bytes that wait. A small slice of a large chunk is copied, so that a queue of n bytes holds about n bytes of memory and not n
// chunks.

import { copied, giveBack } from "../read_buffers.ts";

/** Slices below this are gathered into blocks of {@link BLOCK_BYTES}. */
const SMALL_BYTES = 4 * 1024;
/** Memory of a block; a queue wastes less than one. */
const BLOCK_BYTES = 16 * 1024;
const NO_ROOM = new Uint8Array();

/** A first-in-first-out queue of bytes. */
export class ChunkQueue {
  #chunks: Uint8Array[] = [];
  #head = 0;
  #length = 0;
  /** What is left of our last block. */
  #room: Uint8Array = NO_ROOM;
  /** The last chunk ends where the room begins. */
  #adjoins = false;

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  /** Adds a slice at the end; it is kept by reference only when it is most of its memory. */
  push(slice: Uint8Array): void {
    this.#length += slice.length;
    if (slice.length < SMALL_BYTES) this.#gather(slice);
    else {
      this.#chunks.push(slice.byteLength * 4 < slice.buffer.byteLength ? copied(slice) : slice);
      this.#adjoins = false;
    }
  }

  /** Takes the first slice out, at most `most` bytes of it; undefined when the queue is empty. */
  shift(most: number): Uint8Array | undefined {
    const first = this.#chunks[this.#head];
    if (!first) return undefined;
    if (this.#head === this.#chunks.length - 1) this.#room = NO_ROOM;
    const taken = first.length <= most ? first : first.subarray(0, most);
    this.#length -= taken.length;
    if (taken.length < first.length) this.#chunks[this.#head] = first.subarray(most);
    else this.#drop();
    return taken;
  }

  /** Forgets everything. */
  clear(): void {
    this.#chunks = [];
    this.#head = 0;
    this.#length = 0;
    this.#room = NO_ROOM;
  }

  #gather(slice: Uint8Array): void {
    if (this.#room.length < slice.length) {
      this.#room = new Uint8Array(BLOCK_BYTES);
      this.#adjoins = false;
    }
    this.#room.set(slice);
    giveBack(slice);
    const at = this.#chunks.length - 1;
    const last = this.#adjoins && this.#chunks[at];
    if (last) this.#chunks[at] = new Uint8Array(last.buffer, last.byteOffset, last.length + slice.length);
    else this.#chunks.push(this.#room.subarray(0, slice.length));
    this.#room = this.#room.subarray(slice.length);
    this.#adjoins = true;
  }

  #drop(): void {
    this.#chunks[this.#head] = undefined as unknown as Uint8Array;
    this.#head += 1;
    if (this.#head < 64 && this.#head < this.#chunks.length) return;
    this.#chunks.splice(0, this.#head);
    this.#head = 0;
  }
}
