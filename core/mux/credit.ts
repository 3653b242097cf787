// Flow control of one stream and the budget all streams of a host share. Pure: no clock, no frames.
// Credit is returned when the consumer takes bytes, never when they arrive.

import { LIMIT_ROWS } from "../limits.ts";

/**
 * What a data frame costs its sender: the payload, but never less than this. It bounds the frames on the way, and
 * so what a relay may have to queue, however small the writes are. SPEC.md section 5.
 */
export const MIN_FRAME_COST = 256;

/** Most credit that a sender counts at a time, in bytes; more counts as this. No window is larger. SPEC.md section 5. */
export const MAX_CREDIT: number = LIMIT_ROWS.maxWindowBytes.max;

/** Credit that a data frame of `length` payload bytes uses up. */
export function costOf(length: number): number {
  return Math.max(length, MIN_FRAME_COST);
}

/**
 * Credit is returned at the latest when this much is owed, however wide the window: the sender reads on while the
 * link still carries what it sent before.
 */
const GRANT_BYTES = 128 * 1024;

/** What all windows of one host may add up to beyond the smallest window that every stream has. */
export class Budget {
  /** The budget as a whole. */
  readonly bytes: number;
  #reserved = 0;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  /** Bytes that are not promised to anyone. */
  get free(): number {
    return this.bytes - this.#reserved;
  }

  /** Takes `bytes` out of the budget; false, and nothing taken, when they are not free. */
  reserve(bytes: number): boolean {
    if (bytes > this.free) return false;
    this.#reserved += bytes;
    return true;
  }

  /** Gives `bytes` back. */
  release(bytes: number): void {
    this.#reserved -= bytes;
  }
}

/** Sizes that a window moves between, in bytes. */
export interface WindowBounds {
  readonly minWindowBytes: number;
  readonly startWindowBytes: number;
  readonly maxWindowBytes: number;
}

/**
 * The receiving side of one stream. Begins with the smallest window, which both ends assume before a word
 * was exchanged, and doubles while the consumer empties half of it in under two round trips.
 */
export class ReceiveWindow {
  readonly #bounds: WindowBounds;
  readonly #budget: Budget;
  #size: number;
  /** Credit the sender has left. */
  #outstanding: number;
  /** Bytes taken by the consumer whose credit was not returned yet. */
  #owed = 0;
  /** The time and the bytes since the window was last weighed. */
  #epochStart = 0;
  #epochBytes = 0;

  /** {@link close} gives back what the window took of the budget. */
  constructor(bounds: WindowBounds, budget: Budget) {
    this.#bounds = bounds;
    this.#budget = budget;
    this.#size = bounds.minWindowBytes;
    this.#outstanding = bounds.minWindowBytes;
  }

  /** Bytes the sender may have on the way. */
  get size(): number {
    return this.#size;
  }

  /**
   * Widens to the start size, unless half of the budget is promised already: the other half is for streams that
   * prove they need it. Returns the credit to grant with it.
   */
  start(now: number): number {
    this.#epochStart = now;
    return this.#budget.free * 2 > this.#budget.bytes ? this.#widen(this.#bounds.startWindowBytes) : 0;
  }

  /** A frame of `length` bytes arrived; false when the sender had no credit for it. */
  received(length: number): boolean {
    const cost = costOf(length);
    if (cost > this.#outstanding) return false;
    this.#outstanding -= cost;
    // Waiting bytes are packed, so a small frame is only dear on its way; here it gives back the difference at once.
    this.#owed += cost - length;
    return true;
  }

  /**
   * The consumer took bytes.
   * @param now Milliseconds of any steady clock.
   * @param roundTrip Milliseconds to the sender and back; 0 when not known.
   * @returns Credit to grant now; 0 until half a window is owed.
   */
  consumed(bytes: number, now: number, roundTrip: number): number {
    this.#owed += bytes;
    if (this.#owed < Math.min(this.#size / 2, GRANT_BYTES)) return 0;
    const grant = this.#owed;
    this.#owed = 0;
    this.#outstanding += grant;
    this.#epochBytes += grant;
    return grant + (this.#epochBytes < this.#size / 2 ? 0 : this.#endEpoch(now, roundTrip));
  }

  /** Gives the window back to the budget. */
  close(): void {
    if (this.#size > 0) this.#budget.release(this.#size - this.#bounds.minWindowBytes);
    this.#size = 0;
    this.#outstanding = 0;
  }

  /** Half a window went by; doubles it when that took less than two round trips. Returns the credit gained. */
  #endEpoch(now: number, roundTrip: number): number {
    const quick = now - this.#epochStart < 4 * roundTrip * (this.#epochBytes / this.#size);
    this.#epochStart = now;
    this.#epochBytes = 0;
    return quick ? this.#widen(Math.min(this.#size * 2, this.#bounds.maxWindowBytes)) : 0;
  }

  #widen(size: number): number {
    const more = size - this.#size;
    if (more <= 0 || !this.#budget.reserve(more)) return 0;
    this.#size = size;
    this.#outstanding += more;
    return more;
  }
}
