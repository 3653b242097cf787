// The state of a stream as bits of two numbers: most of it is asked for with every chunk, and several bits at once.

// Of both halves, in `_wState`.

/** `destroy` was called. */
export const DESTROYED = 0x1;
/** What `_destroy` had to do is done. */
export const CLOSED = 0x2;
/** `close` was emitted, or would have been. */
export const CLOSE_EMITTED = 0x4;
/** There was an error; `_sError` has it. */
export const ERRORED = 0x8;
/** `error` was emitted. */
export const ERROR_EMITTED = 0x10;
/** The stream is destroyed by an error, and once both halves are over. */
export const AUTO_DESTROY = 0x20;
/** `close` is emitted. */
export const EMITS_CLOSE = 0x40;
/** `_construct` has not called back yet. */
export const CONSTRUCTING = 0x80;
/** The class has a readable half. */
export const HAS_READABLE = 0x100;
/** The class has a writable half. */
export const HAS_WRITABLE = 0x200;

// Of the writable half, in `_wState` too.

/** Chunks are objects, and count one each. */
export const W_OBJECTS = 0x400;
/** `end` was called. */
export const W_ENDED = 0x800;
/** `finish` was emitted. */
export const W_FINISHED = 0x1000;
/** `prefinish` was emitted. */
export const W_PREFINISHED = 0x2000;
/** `_final` was called. */
export const W_FINAL_CALLED = 0x4000;
/** `_write` has not called back yet. */
export const W_WRITING = 0x8000;
/** `_write` is running. */
export const W_SYNC = 0x10000;
/** A writer was asked for a pause, and waits for `drain`. */
export const W_NEEDS_DRAIN = 0x20000;
/** What waited is being written. */
export const W_FLUSHING = 0x40000;
/** The half was never there: `writable: false`. */
export const W_OFF = 0x80000;
/** `_write` takes text as it is. */
export const W_TEXT = 0x100000;
/** A tick that calls back to writers is on its way. */
export const W_TICK = 0x200000;
/** `_write` takes any Uint8Array, not only a Buffer. */
export const W_BYTES = 0x400000;
/** A tick that finishes is on its way. */
export const W_FINISHING = 0x800000;

// Of the readable half, in `_rState`.

/** Chunks are objects, and count one each. */
export const R_OBJECTS = 0x1;
/** Chunks are emitted as they come. Neither this nor R_STOPPED: nobody has said yet. */
export const R_FLOWING = 0x2;
/** Chunks wait to be read. */
export const R_STOPPED = 0x4;
/** The last chunk has come, and may wait to be read. */
export const R_ENDED = 0x8;
/** `end` was emitted. */
export const R_END_EMITTED = 0x10;
/** `_read` was called, and nothing has come since. */
export const R_READING = 0x20;
/** `_read` is running, or nothing was read yet. */
export const R_SYNC = 0x40;
/** `readable` is to be emitted when something comes. */
export const R_NEEDS = 0x80;
/** `readable` was emitted, or is about to be, and nothing was read since. */
export const R_TOLD = 0x100;
/** Somebody listens to `readable`. */
export const R_LISTENED = 0x200;
/** A tick that lets chunks flow is on its way. */
export const R_RESUMING = 0x400;
/** A tick that reads ahead is on its way. */
export const R_MORE = 0x800;
/** The half was never there: `readable: false`. */
export const R_OFF = 0x1000;
/** Something was given out. */
export const R_USED = 0x2000;
/** `pause` was called after `resume`. */
export const R_PAUSED = 0x4000;
