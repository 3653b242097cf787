// How large the data frames of a link may be. A small request waits for a frame of a bulk transfer, so a larger frame than need be
// has to take two milliseconds at most, by what the link carried shortly before. What a carrier takes at once says little: systems and
// tools have buffers. Pure; time is given.

import { BASE_FRAME_BYTES } from "../wire/frame.ts";

/** What a frame may take of a link's time, but for the smallest. */
const FRAME_MS = 2;

/** How long a link is weighed. */
const WEIGH_MS = 50;

/** The size of one link's data frames. */
export class FrameSize {
  /** What the other end takes. */
  #most = BASE_FRAME_BYTES;
  #bytes = BASE_FRAME_BYTES;
  /** When the present weighing began, and what the link has carried since. */
  #since = Number.NEGATIVE_INFINITY;
  #carried = 0;

  /** Payload bytes that a data frame may have now: those of the smallest, or that doubled once or more. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The other end takes data frames with so many bytes of payload. */
  allow(most: number): void {
    this.#most = most;
  }

  /** The link carries so many bytes. @param now Milliseconds of a steady clock. */
  carries(bytes: number, now: number): void {
    const took = now - this.#since;
    if (took >= WEIGH_MS) {
      this.#bytes = this.#fitting((this.#carried / took) * FRAME_MS);
      this.#since = now;
      this.#carried = 0;
    }
    this.#carried += bytes;
  }

  #fitting(inTime: number): number {
    let bytes = BASE_FRAME_BYTES;
    while (bytes * 2 <= Math.min(this.#most, inTime)) bytes *= 2;
    return bytes;
  }
}
