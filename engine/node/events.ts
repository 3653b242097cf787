// node:events.

import { callable } from "./callable.ts";
import { checkSignal, unsupported } from "./errors.ts";
import {
  captureRejectionSymbol,
  EventEmitter as Emitter,
  type EventName,
  errorMonitor,
  type Listener,
} from "./events/emitter.ts";
import { on, once } from "./events/waits.ts";

export type { EventName, Listener };

/** An emitter needs nothing to be set up. */
const EventEmitter = callable(Emitter, () => undefined);
type EventEmitter = Emitter;

export { captureRejectionSymbol, EventEmitter, errorMonitor, on, once };

/** How many listeners an event of an emitter has. */
export function listenerCount(source: EventEmitter, name: EventName): number {
  return source.listenerCount(name);
}

/** The listeners of an emitter's event. */
export function getEventListeners(source: EventEmitter, name: EventName): Listener[] {
  if (!("listeners" in source)) throw unsupported("getEventListeners of an EventTarget");
  return source.listeners(name);
}

/** The number that {@link setMaxListeners} has set. */
export function getMaxListeners(source: EventEmitter): number {
  return source.getMaxListeners();
}

/** Sets how many listeners an event may have, of emitters, or of all to come. Nothing follows: the engine warns of no leak. */
export function setMaxListeners(
  count: number = EventEmitter.defaultMaxListeners,
  ...sources: (EventEmitter | EventTarget)[]
): void {
  if (sources.length === 0) EventEmitter.defaultMaxListeners = count;
  for (const source of sources) if ("setMaxListeners" in source) source.setMaxListeners(count);
}

/** Listens for the abortion of a signal, which may have been already; disposing of the result stops that. */
export function addAbortListener(signal: AbortSignal, listener: (event: unknown) => void): { [Symbol.dispose](): void } {
  checkSignal(signal, "signal");
  if (signal.aborted) queueMicrotask(() => listener(undefined));
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}

/** False: see {@link captureRejectionSymbol}. */
export const captureRejections = false;

/** What `require("events")` gives: the class, with all the others as its members. */
const module = Object.assign(EventEmitter, {
  EventEmitter,
  addAbortListener,
  captureRejectionSymbol,
  captureRejections,
  errorMonitor,
  getEventListeners,
  getMaxListeners,
  listenerCount,
  on,
  once,
  setMaxListeners,
});

export default module;
