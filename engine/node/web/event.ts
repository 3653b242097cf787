// Event and CustomEvent (DOM Standard section 2.2).

import { now } from "engine:host";
import { coded } from "../errors.ts";

/** What events are dispatched to. */
export interface Target {
  dispatchEvent(event: Event): boolean;
}

/** What an event is made with. */
export interface EventInit {
  bubbles?: boolean | undefined;
  cancelable?: boolean | undefined;
  composed?: boolean | undefined;
}

/** What the dispatch of an event keeps and changes. Not for programs. */
export interface Dispatch {
  target: Target | null;
  running: boolean;
  stopped: boolean;
  /** The listener that runs must not prevent the default. */
  passive: boolean;
}

const dispatches = Symbol("dispatch");

/** The state of an event's dispatch. */
export function dispatchOf(event: Event): Dispatch {
  return event[dispatches];
}

/** Something that happened. */
export class Event {
  readonly type: string;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly timeStamp: number = now();
  cancelBubble = false;
  readonly [dispatches]: Dispatch = { target: null, running: false, stopped: false, passive: false };
  #prevented = false;

  constructor(type: string, options: EventInit = {}) {
    if (type === undefined) throw coded("ERR_MISSING_ARGS", 'The "type" argument must be specified', TypeError);
    this.type = `${type}`;
    this.bubbles = Boolean(options?.bubbles);
    this.cancelable = Boolean(options?.cancelable);
    this.composed = Boolean(options?.composed);
    Object.defineProperty(this, dispatches, { enumerable: false });
  }

  get target(): Target | null {
    return this[dispatches].target;
  }

  get srcElement(): Target | null {
    return this.target;
  }

  get currentTarget(): Target | null {
    return this[dispatches].running ? this.target : null;
  }

  /** 2 (at the target) while listeners are called, else 0. */
  get eventPhase(): number {
    return this[dispatches].running ? 2 : 0;
  }

  get isTrusted(): boolean {
    return false;
  }

  get defaultPrevented(): boolean {
    return this.#prevented;
  }

  get returnValue(): boolean {
    return !this.#prevented;
  }

  composedPath(): Target[] {
    return this.currentTarget === null ? [] : [this.currentTarget];
  }

  preventDefault(): void {
    if (this.cancelable && !this[dispatches].passive) this.#prevented = true;
  }

  stopPropagation(): void {
    this.cancelBubble = true;
  }

  stopImmediatePropagation(): void {
    this.cancelBubble = true;
    this[dispatches].stopped = true;
  }

  get [Symbol.toStringTag](): string {
    return "Event";
  }
}

/** An event that carries a value. */
export class CustomEvent extends Event {
  readonly detail: unknown;

  constructor(type: string, options: EventInit & { detail?: unknown } = {}) {
    super(type, options);
    this.detail = options?.detail ?? null;
  }

  override get [Symbol.toStringTag](): string {
    return "CustomEvent";
  }
}
