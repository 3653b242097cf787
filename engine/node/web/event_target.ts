// EventTarget (DOM Standard section 2.7), without a tree of targets.

import { checkSignal, coded, invalidArgType } from "../errors.ts";
import { dispatchOf, Event } from "./event.ts";

/** A listener: a function, or an object with `handleEvent`. */
export type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown };

/** An `AbortSignal`, which is built on this file. */
type Signal = EventTarget & { readonly aborted: boolean };

/** How a listener is called, and how long. */
export interface ListenerOptions {
  capture?: boolean | undefined;
  once?: boolean | undefined;
  passive?: boolean | undefined;
  signal?: Signal | undefined;
}

interface Entry {
  readonly listener: Listener;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  removed: boolean;
}

/** Something that has events. */
export class EventTarget {
  /** Made when the first listener comes: signals without any are many. */
  #entries: Map<string, Entry[]> | undefined;

  addEventListener(type: string, listener: Listener | null | undefined, options?: boolean | ListenerOptions | null): void {
    const { capture = false, once = false, passive = false, signal } = optionsOf(options);
    if (!isListener(listener)) return;
    checkSignal(signal);
    if (signal?.aborted) return;
    const entries = this.#entriesOf(`${type}`);
    if (entries.some((one) => one.listener === listener && one.capture === Boolean(capture))) return;
    entries.push({ listener, capture: Boolean(capture), once: Boolean(once), passive: Boolean(passive), removed: false });
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener, { capture }), { once: true });
  }

  removeEventListener(type: string, listener: Listener | null | undefined, options?: boolean | ListenerOptions | null): void {
    const { capture = false } = optionsOf(options);
    const entries = this.#entries?.get(`${type}`);
    const at = entries?.findIndex((one) => one.listener === listener && one.capture === Boolean(capture)) ?? -1;
    if (entries === undefined || at < 0) return;
    for (const entry of entries.splice(at, 1)) entry.removed = true;
    if (entries.length === 0) this.#entries?.delete(`${type}`);
  }

  /**
   * Calls the listeners. What one throws is an uncaught exception, and the others are called all the same.
   * @returns whether nobody has prevented the default
   */
  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw invalidArgType("event", "an instance of Event", event);
    const dispatch = dispatchOf(event);
    if (dispatch.running) throw coded("ERR_EVENT_RECURSION", `The event "${event.type}" is already being dispatched`);
    dispatch.target = this;
    dispatch.running = true;
    // A list of its own: listeners that are added meanwhile are not called.
    for (const entry of [...(this.#entries?.get(event.type) ?? [])]) {
      if (dispatch.stopped) break;
      if (entry.removed) continue;
      if (entry.once) this.removeEventListener(event.type, entry.listener, entry);
      dispatch.passive = entry.passive;
      call(this, entry.listener, event);
    }
    dispatch.passive = false;
    dispatch.stopped = false;
    dispatch.running = false;
    return !event.defaultPrevented;
  }

  _listens(type: string): boolean {
    return this.#entries?.has(type) ?? false;
  }

  #entriesOf(type: string): Entry[] {
    this.#entries ??= new Map();
    const known = this.#entries.get(type);
    if (known !== undefined) return known;
    const made: Entry[] = [];
    this.#entries.set(type, made);
    return made;
  }

  get [Symbol.toStringTag](): string {
    return "EventTarget";
  }
}

function optionsOf(options: boolean | ListenerOptions | null | undefined): ListenerOptions {
  return typeof options === "object" ? (options ?? {}) : { capture: Boolean(options) };
}

function isListener(listener: unknown): listener is Listener {
  if (typeof listener === "function" || (typeof listener === "object" && listener !== null)) return true;
  if (listener === undefined || listener === null) return false;
  throw invalidArgType("listener", "an instance of EventListener", listener);
}

function call(target: EventTarget, listener: Listener, event: Event): void {
  try {
    if (typeof listener === "function") listener.call(target, event);
    else listener.handleEvent(event);
  } catch (thrown) {
    process.nextTick(() => {
      throw thrown;
    });
  }
}
