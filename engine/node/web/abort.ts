// AbortController and AbortSignal (DOM Standard section 3).

import { coded, invalidArgType, outOfRange } from "../errors.ts";
import { DOMException } from "./dom_exception.ts";
import { Event } from "./event.ts";
import { EventTarget, type Listener } from "./event_target.ts";

/** Only this file makes signals. */
const OWN = Symbol("own");
const LONGEST_DELAY_MS = 2 ** 32 - 1;
const FEW_FOLLOWERS = 16;

let abortSignal: (signal: AbortSignal, reason: unknown) => void;

/** Tells whether, and why, something shall end early. */
export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown;
  #onabort: Listener | null = null;
  /** Signals that this one follows; empty when it is its own, or is aborted. */
  #sources: readonly AbortSignal[] = [];
  /** What its sources have of it. */
  #self: WeakRef<AbortSignal> | undefined;
  /** Signals that follow this one; the value keeps one to which somebody listens. */
  #followers: Map<WeakRef<AbortSignal>, AbortSignal | undefined> | undefined;
  /** With so many followers those that are gone are taken out. */
  #sweepAt = FEW_FOLLOWERS;

  static {
    abortSignal = (signal, reason) => signal.#abort(reason);
  }

  constructor(own?: symbol) {
    if (own !== OWN) throw coded("ERR_ILLEGAL_CONSTRUCTOR", "Illegal constructor", TypeError);
    super();
  }

  /** A signal that is aborted already. */
  static abort(reason: unknown = aborted()): AbortSignal {
    const signal = new AbortSignal(OWN);
    signal.#aborted = true;
    signal.#reason = reason;
    return signal;
  }

  /** A signal that is aborted after so many milliseconds; the process does not stay for it. */
  static timeout(ms: number): AbortSignal {
    if (typeof ms !== "number") throw invalidArgType("delay", "of type number", ms);
    if (!(ms >= 0 && ms <= LONGEST_DELAY_MS)) throw outOfRange("delay", `>= 0 && <= ${LONGEST_DELAY_MS}`, ms);
    const signal = new AbortSignal(OWN);
    const reason = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    setTimeout(() => signal.#abort(reason()), ms).unref();
    return signal;
  }

  /** A signal that is aborted with the first of others. */
  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const list = [...signals];
    const wrong = list.findIndex((one) => !(one instanceof AbortSignal));
    if (wrong >= 0) throw coded("ERR_INVALID_ARG_TYPE", `signals[${wrong}] is not of type AbortSignal.`, TypeError);
    const first = list.find((one) => one.aborted);
    if (first !== undefined) return AbortSignal.abort(first.reason);
    const signal = new AbortSignal(OWN);
    signal.#sources = [...new Set(list.flatMap((one) => (one.#sources.length > 0 ? one.#sources : [one])))];
    for (const source of signal.#sources) source.#sweep();
    signal.#follow();
    return signal;
  }

  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    super.addEventListener(...args);
    this.#follow();
  }

  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
    super.removeEventListener(...args);
    this.#follow();
  }

  /** Has its sources tell this one when they are aborted, and keep it for as long as somebody listens to it. */
  #follow(): void {
    if (this.#sources.length === 0) return;
    this.#self ??= new WeakRef(this);
    const kept = this._listens("abort") ? this : undefined;
    for (const source of this.#sources) {
      source.#followers ??= new Map();
      source.#followers.set(this.#self, kept);
    }
  }

  #sweep(): void {
    const followers = this.#followers;
    if (followers === undefined || followers.size < this.#sweepAt) return;
    for (const follower of followers.keys()) if (follower.deref() === undefined) followers.delete(follower);
    this.#sweepAt = Math.max(FEW_FOLLOWERS, 2 * followers.size);
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  get onabort(): Listener | null {
    return this.#onabort;
  }

  set onabort(listener: Listener | null) {
    if (this.#onabort !== null) this.removeEventListener("abort", this.#onabort);
    this.#onabort = typeof listener === "function" ? listener : null;
    this.addEventListener("abort", this.#onabort);
  }

  #abort(reason: unknown): void {
    if (this.#aborted) return;
    const followers = [...(this.#followers?.keys() ?? [])].map((follower) => follower.deref());
    const all = [this, ...followers].filter((one) => one !== undefined);
    for (const one of all) one.#settle(reason);
    for (const one of all) one.dispatchEvent(new Event("abort"));
  }

  #settle(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    for (const source of this.#sources) if (this.#self !== undefined) source.#followers?.delete(this.#self);
    this.#sources = [];
  }

  override get [Symbol.toStringTag](): string {
    return "AbortSignal";
  }
}

/** Aborts its signal. */
export class AbortController {
  readonly #signal = new AbortSignal(OWN);

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason: unknown = aborted()): void {
    abortSignal(this.#signal, reason);
  }

  get [Symbol.toStringTag](): string {
    return "AbortController";
  }
}

function aborted(): DOMException {
  return new DOMException("This operation was aborted", "AbortError");
}
