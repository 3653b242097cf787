// Memory for reads that is used again. A fresh buffer for every chunk costs bulk a third of its processor time: an allocation, a
// collection, and small reads.
//
// A chunk is *lent*: each of its bytes is owed until somebody who copied it, or wrote it to the system, gives it
// back. Only a buffer of which nothing is owed is read into again. Who keeps bytes, or drops them, says
// nothing: their buffer is then left to the collector. So a missing `giveBack` costs time, never data; one
// that comes too early or twice costs data. Whoever does not know of this gets bytes of his own: see `owned`.

/** Two frames of the largest kind. Half of it costs a tenth of the speed; twice would let one waiting frame hold too much. */
const LENT_BYTES = 256 * 1024;
/** Bytes of a read where a socket has no buffer of its own: as many as libuv asks for by itself. */
const SCRATCH_BYTES = 64 * 1024;
/** Smaller reads are copied; a socket that has them holds no buffer of its own. */
const BULK_BYTES = 8 * 1024;
/** Buffers that sockets may have ready at once; the next socket reads by way of the scratch buffer. */
let mostReady = 64;
/** Free buffers that are kept. */
let mostFree = 32;
/** The part of a small host's memory that buffers may take. */
const MEMORY_SHARE = 1 / 8;

interface Lent {
  readonly memory: Uint8Array;
  owed: number;
}

/** Shared by all sockets: what is read into it is copied before anything else happens. */
const scratch = new Uint8Array(SCRATCH_BYTES);
const lentBy = new WeakMap<ArrayBufferLike, Lent>();
const free: Lent[] = [];
let ready = 0;

/**
 * Keeps fewer buffers where there is little memory, those of the whole process.
 * @param room Bytes that the host has to spare.
 */
export function boundReadBuffers(room: number): void {
  const most = Math.max(2, Math.floor((room * MEMORY_SHARE) / LENT_BYTES));
  mostReady = Math.min(mostReady, most);
  mostFree = Math.min(mostFree, most);
}

/**
 * Says that these bytes are needed no more: they were copied, or the system has taken them. Bytes that were not
 * lent are no matter.
 */
export function giveBack(slice: Uint8Array): void {
  const lent = lentBy.get(slice.buffer);
  if (!lent || slice.length === 0) return;
  lent.owed -= slice.length;
  if (lent.owed === 0) keepFree(lent);
}

/** A copy of bytes that are needed no more themselves. */
export function copied(slice: Uint8Array): Uint8Array {
  const copy = slice.slice();
  giveBack(slice);
  return copy;
}

/** The bytes for somebody who may do with them what he likes: a copy of what is lent, everything else as it is. */
export function owned(slice: Uint8Array): Uint8Array {
  return lentBy.has(slice.buffer) ? copied(slice) : slice;
}

function keepFree(lent: Lent): void {
  if (free.length < mostFree) free.push(lent);
}

function takeFree(): Lent {
  const known = free.pop();
  if (known) return known;
  const made = { memory: new Uint8Array(LENT_BYTES), owed: 0 };
  lentBy.set(made.memory.buffer, made);
  return made;
}

/** The reading half of one socket, in the form of Node's `onread` option. */
export class LentReads {
  readonly #data: (chunk: Uint8Array) => void;
  /** The buffer that waits for the next read; the scratch buffer while undefined. */
  #next: Lent | undefined;
  #closed = false;

  /** @param data Gets each chunk that was read. */
  constructor(data: (chunk: Uint8Array) => void) {
    this.#data = data;
  }

  /** Where the next read goes. */
  readonly buffer = (): Uint8Array => this.#next?.memory ?? scratch;

  /** The buffer holds so many bytes more; always true: read on. */
  readonly callback = (bytes: number): boolean => {
    const chunk = this.#next && bytes >= BULK_BYTES ? this.#lend(this.#next, bytes) : this.buffer().slice(0, bytes);
    this.#prepare(bytes);
    try {
      this.#data(chunk);
    } catch (thrown) {
      // Node would not ask for the next buffer any more, and read into the one that is lent now.
      queueMicrotask(() => {
        throw thrown;
      });
    }
    return true;
  };

  /** The socket is closed: what waited for its next read is free. */
  close(): void {
    this.#closed = true;
    this.#prepare(0);
  }

  #lend(lent: Lent, bytes: number): Uint8Array {
    lent.owed = bytes;
    this.#next = undefined;
    ready -= 1;
    return lent.memory.subarray(0, bytes);
  }

  /** After a read that filled the scratch buffer or was lent: a buffer of its own; after a small one: none. */
  #prepare(bytes: number): void {
    const bulk = bytes >= BULK_BYTES && !this.#closed;
    if (bulk && !this.#next && ready < mostReady) {
      this.#next = takeFree();
      ready += 1;
    } else if (!bulk && this.#next) {
      keepFree(this.#next);
      this.#next = undefined;
      ready -= 1;
    }
  }
}

/** Records of TLS have up to so many bytes (RFC 8446 section 5.1): a buffer with less room is not read into. */
const RECORD_BYTES = 16 * 1024;
/** No more than this waits for the end of a turn. */
const MOST_GATHERED = LENT_BYTES / 2;

/** The same for a socket whose reads are small though there is much: what comes in one turn of the event loop is one chunk. */
class GatheredReads {
  readonly #data: (chunk: Uint8Array) => void;
  #lent: Lent = takeFree();
  /** What of the buffer has come and was not handed over. */
  #from = 0;
  #to = 0;
  #immediate: ReturnType<typeof setImmediate> | undefined;

  constructor(data: (chunk: Uint8Array) => void) {
    this.#data = data;
    this.#lent.owed = 1;
  }

  readonly buffer = (): Uint8Array => this.#lent.memory.subarray(this.#to);

  readonly callback = (bytes: number): boolean => {
    this.#to += bytes;
    const isFull = LENT_BYTES - this.#to < RECORD_BYTES;
    const waits = !isFull && bytes >= BULK_BYTES && this.#to - this.#from < MOST_GATHERED;
    if (waits) this.#immediate ??= setImmediate(this.flush);
    else this.flush();
    if (isFull) this.#change();
    return true;
  };

  /** Hands over what has come. */
  readonly flush = (): void => {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    if (this.#to === this.#from) return;
    const chunk = this.#lent.memory.subarray(this.#from, this.#to);
    this.#lent.owed += chunk.length;
    this.#from = this.#to;
    try {
      this.#data(chunk);
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      });
    }
  };

  /** One byte is owed for as long as the buffer is read into. */
  #change(): void {
    const { memory } = this.#lent;
    this.#lent = takeFree();
    this.#lent.owed = 1;
    this.#from = this.#to = 0;
    giveBack(memory.subarray(0, 1));
  }
}

/**
 * The runtime reads into memory that it is given, and at once: Windows reads ahead, so that memory could not be
 * shared meanwhile.
 */
export const LENDS_READS: boolean = (() => {
  if ("Bun" in globalThis || "Deno" in globalThis) return false;
  const { process } = globalThis as { process?: { platform?: string } };
  return process?.platform !== undefined && process.platform !== "win32";
})();

/** What is needed of a socket here. */
interface Reading {
  pause(): unknown;
  destroy(): unknown;
  emit(event: "data", chunk: Uint8Array): boolean;
  once(event: "close", closed: () => void): unknown;
  prependListener(event: "close" | "end" | "error", listener: () => void): unknown;
  readonly allowHalfOpen?: boolean;
}

/** Node's own handle of a socket, as `server.listen` takes it too. */
interface Handled {
  _handle?: object | null;
}

/**
 * Makes a socket whose `data` chunks are lent, where the runtime can do that; elsewhere an ordinary one. It is
 * paused either way: resume it once its data is listened to.
 * @param make Is given the options to add to those of the new socket.
 */
export function withLentReads<S extends Reading>(make: (options: { onread?: LentReads }) => S): S {
  const onread: LentReads = new LentReads((chunk) => void socket.emit("data", chunk));
  const socket = make(LENDS_READS ? { onread } : {});
  socket.pause();
  socket.once("close", () => onread.close());
  return socket;
}

/**
 * The same for a socket that somebody else made, such as one that was accepted: the connection moves to a new
 * socket, and the old one closes when the new one does. Nothing may have been read yet.
 */
export function lendingReads<S extends Reading>(old: S): S {
  const { _handle: handle } = old as Handled;
  if (!LENDS_READS || !handle) return old;
  const Socket = old.constructor as new (options: object) => S;
  const { allowHalfOpen } = old;
  const socket = withLentReads((lent) => new Socket({ handle, allowHalfOpen, ...lent }));
  (old as Handled)._handle = null;
  socket.once("close", () => old.destroy());
  return socket;
}

/** The same for a socket whose reads are small though there is much, as they are over TLS: its chunks are gathered. */
export function withGatheredReads<S extends Reading>(make: (options: { onread?: object }) => S): S {
  if (!LENDS_READS) return make({});
  const onread: GatheredReads = new GatheredReads((chunk) => void socket.emit("data", chunk));
  const socket = make({ onread });
  socket.pause();
  for (const event of ["end", "error", "close"] as const) socket.prependListener(event, onread.flush);
  return socket;
}
