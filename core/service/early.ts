// What an opener has sent before its stream was accepted: another host can be given it when the first one refuses.

import type { ErrorCode } from "../errors.ts";
import { Frame, type HostId, joined, KIND } from "../wire/frame.ts";

/** Frames that are kept of one stream; an honest opener sends its open, its first data and its end. */
const MOST_FRAMES = 128;

/** What says that nothing of the stream has reached a target. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(["refused", "unreachable", "timed-out", "name-not-found", "denied", "not-published"] as const),
  // Who has waited for one host to start has waited long enough.
  ...(["host-down", "start-failed"] as const),
  ...(["too-many-streams", "too-many-names", "too-many-files", "out-of-memory"] as const),
]);

/** The beginning of one stream. */
export class Early {
  readonly #most: number;
  /** Copies, as they came. */
  #frames: Frame[] | undefined = [];
  #bytes = 0;
  #isRepeating = false;
  readonly #tried = new Set<HostId>();

  /** @param most Bytes that are kept: the credit that every opener has. With more the stream stays where it is. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The opener has sent something. */
  sent(frame: Frame): void {
    if (!this.#frames || this.#isRepeating) return;
    this.#bytes += frame.kind === KIND.data ? frame.length : 0;
    if (this.#bytes > this.#most || this.#frames.length >= MOST_FRAMES) this.#frames = undefined;
    else this.#frames.push(copyOf(frame));
  }

  /** What is sent meanwhile was sent before. */
  repeats(send: () => void): void {
    const before = this.#isRepeating;
    this.#isRepeating = true;
    send();
    this.#isRepeating = before;
  }

  /** A host was given the stream. */
  given(host: HostId): void {
    this.#tried.add(host);
  }

  /** Hosts that were. */
  get tried(): ReadonlySet<HostId> {
    return this.#tried;
  }

  /**
   * What another host is to be given when a stream ends like this before it was accepted; undefined when none is. A target may have
   * seen what went over a link that is over.
   * @param code `unsent`: the host was sent nothing of it.
   */
  again(code: ErrorCode | "unsent"): Frame[] | undefined {
    const isOver = code === "link-lost" || code === "host-left";
    const isSafe = code === "unsent" || REFUSALS.has(code) || (isOver && this.#bytes === 0);
    return isSafe ? this.#frames?.map(copyOf) : undefined;
  }
}

function copyOf({ kind, source, destination, flags, stream, length, raw, bytes }: Frame): Frame {
  return new Frame(kind, source, destination, flags, stream, length, [joined(raw, bytes)]);
}
