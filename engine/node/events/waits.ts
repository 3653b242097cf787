// Waits for events: `once` as a promise, `on` as an async iterator.

import { abortErrorOf, checkSignal } from "../errors.ts";
import type { EventEmitter, EventName, Listener } from "./emitter.ts";

/** What can be listened to. */
type Source = EventEmitter | EventTarget;

/** How to stop waiting. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Names of events that end an iteration beside. */
export interface IterateOptions extends WaitOptions {
  readonly close?: readonly EventName[];
}

/**
 * Resolves with the arguments of an event when it comes.
 * @throws the error of an `error` event that comes before, or AbortError
 */
export async function once(source: Source, name: EventName, options: WaitOptions = {}): Promise<unknown[]> {
  const { signal } = options;
  checkSignal(signal);
  if (signal?.aborted) throw abortErrorOf(signal);
  return new Promise((resolve, reject) => {
    const stop = () => {
      remove(source, name, came);
      if (name !== "error") remove(source, "error", failed);
      signal?.removeEventListener("abort", aborted);
    };
    const came = (...args: unknown[]) => {
      stop();
      resolve(args);
    };
    const failed = (error: unknown) => {
      stop();
      reject(error);
    };
    const aborted = () => failed(signal && abortErrorOf(signal));
    add(source, name, came);
    if (name !== "error" && !("addEventListener" in source)) source.on("error", failed);
    signal?.addEventListener("abort", aborted);
  });
}

/** Arguments of each event, in order, until the loop is left, an event of `close` comes, or the signal is aborted. */
export function on(source: Source, name: EventName, options: IterateOptions = {}): AsyncIterableIterator<unknown[]> {
  checkSignal(options.signal);
  if (options.signal?.aborted) throw abortErrorOf(options.signal);
  return new Events(source, name, options);
}

type Result = IteratorResult<unknown[], undefined>;

class Events implements AsyncIterableIterator<unknown[]> {
  readonly #source: Source;
  readonly #name: EventName;
  readonly #options: IterateOptions;
  readonly #came: unknown[][] = [];
  readonly #waiting: { resolve(result: Result): void; reject(error: unknown): void }[] = [];
  #error: { readonly thrown: unknown } | undefined;
  #done = false;

  constructor(source: Source, name: EventName, options: IterateOptions) {
    this.#source = source;
    this.#name = name;
    this.#options = options;
    add(source, name, this.#take);
    if (name !== "error" && !("addEventListener" in source)) source.on("error", this.#fail);
    for (const one of options.close ?? []) add(source, one, this.#finish);
    options.signal?.addEventListener("abort", this.#abort);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    const value = this.#came.shift();
    if (value) return Promise.resolve({ value, done: false });
    if (this.#error) {
      const { thrown } = this.#error;
      this.#error = undefined;
      return Promise.reject(thrown);
    }
    if (this.#done) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<Result> {
    this.#finish();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(thrown: unknown): Promise<Result> {
    this.#fail(thrown);
    return Promise.resolve({ value: undefined, done: true });
  }

  readonly #take = (...args: unknown[]): void => {
    const first = this.#waiting.shift();
    if (first) first.resolve({ value: args, done: false });
    else this.#came.push(args);
  };

  readonly #fail = (thrown: unknown): void => {
    const first = this.#waiting.shift();
    if (first) first.reject(thrown);
    else this.#error = { thrown };
    this.#finish();
  };

  readonly #abort = (): void => {
    const { signal } = this.#options;
    this.#fail(signal && abortErrorOf(signal));
  };

  readonly #finish = (): void => {
    this.#done = true;
    remove(this.#source, this.#name, this.#take);
    remove(this.#source, "error", this.#fail);
    for (const one of this.#options.close ?? []) remove(this.#source, one, this.#finish);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  };
}

function add(source: Source, name: EventName, listener: Listener): void {
  if ("addEventListener" in source) source.addEventListener(String(name), listener as never);
  else source.on(name, listener);
}

function remove(source: Source, name: EventName, listener: Listener): void {
  if ("addEventListener" in source) source.removeEventListener(String(name), listener as never);
  else source.off(name, listener);
}
