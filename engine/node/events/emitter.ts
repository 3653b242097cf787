// EventEmitter. Lists of listeners are replaced, never changed: whoever emits goes through the list as it was.

import { checkFunction, coded, outOfRange, unsupported } from "../errors.ts";

/** The name of an event. */
export type EventName = string | symbol;

/** Whatever may be called for an event. */
export type Listener = (...args: never[]) => unknown;

/** As it is stored: one that is called once knows the function that it stands for. */
type Stored = Listener & { listener?: Listener };

/** Gets every error before its listeners, and counts as none of them. */
export const errorMonitor: unique symbol = Symbol("events.errorMonitor");

/** Not supported; here for programs that name it. */
export const captureRejectionSymbol: unique symbol = Symbol.for("nodejs.rejection") as never;

let mostListeners = 10;

/** Emits events to listeners, in the order in which they were added. Warns of no leak: `setMaxListeners` only keeps its number. */
export class EventEmitter {
  static get defaultMaxListeners(): number {
    return mostListeners;
  }

  static set defaultMaxListeners(count: number) {
    mostListeners = count;
  }

  /** By name: one listener, or several. A name whose listeners are gone stays, with `undefined`. */
  declare _events: Record<EventName, Stored | readonly Stored[] | undefined> | undefined;
  declare _maxListeners: number | undefined;

  constructor(options?: { captureRejections?: boolean }) {
    if (options !== undefined) checkOptions(options);
  }

  on(name: EventName, listener: Listener): this {
    addListener(this, name, listener, false);
    return this;
  }

  addListener(name: EventName, listener: Listener): this {
    return this.on(name, listener);
  }

  once(name: EventName, listener: Listener): this {
    checkFunction(listener, "listener");
    return this.on(name, calledOnce(this, name, listener));
  }

  prependListener(name: EventName, listener: Listener): this {
    addListener(this, name, listener, true);
    return this;
  }

  prependOnceListener(name: EventName, listener: Listener): this {
    checkFunction(listener, "listener");
    return this.prependListener(name, calledOnce(this, name, listener));
  }

  off(name: EventName, listener: Listener): this {
    return this.removeListener(name, listener);
  }

  removeListener(name: EventName, listener: Listener): this {
    removeListener(this, name, listener);
    return this;
  }

  removeAllListeners(name?: EventName): this {
    removeAllListeners(this, name);
    return this;
  }

  /** Calls the listeners of an event; false if there is none. An `error` that nobody listens to is thrown. */
  emit(name: EventName, ...args: readonly unknown[]): boolean {
    const known = this._events?.[name];
    if (name === "error") {
      if (this._events?.[errorMonitor] !== undefined) this.emit(errorMonitor, ...args);
      if (known === undefined) throw unhandled(args[0]);
    } else if (known === undefined) return false;
    if (typeof known === "function") call(known, this, args);
    else for (let at = 0; at < known.length; at += 1) call(known[at] as Stored, this, args);
    return true;
  }

  listeners(name: EventName): Listener[] {
    return listOf(this._events?.[name]).map((one) => one.listener ?? one);
  }

  rawListeners(name: EventName): Listener[] {
    return [...listOf(this._events?.[name])];
  }

  listenerCount(name: EventName, listener?: Listener): number {
    const known = this._events?.[name];
    if (known === undefined) return 0;
    const all = listOf(known);
    return listener ? all.filter((one) => one === listener || one.listener === listener).length : all.length;
  }

  eventNames(): EventName[] {
    const events = this._events;
    return events ? Reflect.ownKeys(events).filter((name) => events[name] !== undefined) : [];
  }

  setMaxListeners(count: number): this {
    if (typeof count !== "number" || !(count >= 0)) throw outOfRange("setMaxListeners", "a non-negative number", count);
    this._maxListeners = count;
    return this;
  }

  getMaxListeners(): number {
    return this._maxListeners ?? mostListeners;
  }
}

// On the prototype, so that an emitter without listeners has no property of its own.
EventEmitter.prototype._events = undefined;
EventEmitter.prototype._maxListeners = undefined;

function checkOptions(options: { captureRejections?: boolean }): void {
  if (options.captureRejections) throw unsupported("captureRejections of an EventEmitter");
}

/** Without a list of arguments for the common numbers of them. */
function call(listener: Listener, self: EventEmitter, args: readonly unknown[]): void {
  const { length } = args;
  if (length === 1) listener.call(self, args[0] as never);
  else if (length === 0) listener.call(self);
  else if (length === 2) listener.call(self, args[0] as never, args[1] as never);
  else Reflect.apply(listener, self, args);
}

/** For classes whose own `on` does more: adds a listener behind the others, or before them. */
export function addListener(self: EventEmitter, name: EventName, listener: Listener, before: boolean): void {
  checkFunction(listener, "listener");
  self._events ??= Object.create(null) as NonNullable<EventEmitter["_events"]>;
  const events = self._events;
  if (events.newListener !== undefined) self.emit("newListener", name, (listener as Stored).listener ?? listener);
  const known = events[name];
  if (known === undefined) events[name] = listener;
  else if (before) events[name] = [listener, ...listOf(known)];
  else if (typeof known === "function") events[name] = [known, listener];
  else events[name] = [...known, listener];
}

/** For classes whose own `removeListener` does more: removes the listener that was added last. */
export function removeListener(self: EventEmitter, name: EventName, listener: Listener): void {
  checkFunction(listener, "listener");
  const events = self._events;
  const known = events?.[name];
  if (events === undefined || known === undefined) return;
  if (typeof known === "function") {
    if (known !== listener && known.listener !== listener) return;
    events[name] = undefined;
  } else {
    const at = known.findLastIndex((one) => one === listener || one.listener === listener);
    if (at < 0) return;
    events[name] = known.length === 2 ? known[1 - at] : known.toSpliced(at, 1);
  }
  if (events.removeListener !== undefined) self.emit("removeListener", name, listener);
}

/** For classes whose own `removeAllListeners` does more. */
export function removeAllListeners(self: EventEmitter, name?: EventName): void {
  const events = self._events;
  if (events === undefined) return;
  const told = events.removeListener !== undefined;
  if (name === undefined) {
    if (told) for (const one of self.eventNames()) if (one !== "removeListener") self.removeAllListeners(one);
    self._events = undefined;
  } else if (told) for (const one of listOf(events[name]).toReversed()) self.removeListener(name, one);
  else events[name] = undefined;
}

function listOf(known: Stored | readonly Stored[] | undefined): readonly Stored[] {
  if (known === undefined) return [];
  return typeof known === "function" ? [known] : known;
}

function calledOnce(self: EventEmitter, name: EventName, listener: Listener): Stored {
  let called = false;
  const wrapped: Stored = (...args: never[]) => {
    if (called) return undefined;
    called = true;
    self.removeListener(name, wrapped);
    return listener.apply(self, args);
  };
  wrapped.listener = listener;
  return wrapped;
}

function unhandled(thrown: unknown): unknown {
  if (thrown instanceof Error) return thrown;
  const error = coded("ERR_UNHANDLED_ERROR", `Unhandled error. (${typeof thrown === "string" ? `'${thrown}'` : String(thrown)})`);
  return Object.assign(error, { context: thrown });
}
