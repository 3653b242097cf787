// Keeps what a front-end holds (listeners, sockets, files) equal to what is wanted: opens, changes and closes it, tells the log,
// and tries again what failed.

import { type HostContext, type NoRouterError, retryDelay } from "../../core/mod.ts";

/** One thing that is held, such as a listener. Calls never overlap. */
export interface Holding<Wanted> {
  /** Takes it, or changes what is held. Called again, until it succeeds, when it throws; may be called when nothing is left to do. */
  open(wanted: Wanted): Promise<void>;
  /** Gives it back, together with what a failed `open` left. Called again, until it succeeds, when it throws. */
  close(): void | Promise<void>;
}

/** What makes a keeper. */
export interface KeeperOptions<Wanted> {
  /** Name of the front-end in the log. */
  readonly frontend: string;
  readonly context: Pick<HostContext, "report" | "limits">;
  /** Names of the parts of each thing that can fail by themselves, such as `tcp` and `udp`; absent: it has one part. */
  readonly parts?: readonly string[];
  /** A part of the thing with this address, of which nothing is held yet. */
  hold(address: string, part: string): Holding<Wanted>;
  /**
   * True when nothing has to be done. `isHeld` is false for what failed: it is tried again in its time, and at once where this
   * is false.
   */
  same(before: Wanted, now: Wanted, isHeld: boolean): boolean;
  /** What the log says of it. */
  serves(address: string, wanted: Wanted): string;
  /** What the log says of a failure. */
  failure(address: string, thrown: unknown): NoRouterError;
}

/** Keeps things by their addresses. */
export interface Keeper<Wanted> {
  /**
   * Closes what is not wanted any more, then opens and changes the rest; resolves when each has succeeded or failed. A later
   * call takes over.
   */
  keep(wanted: ReadonlyMap<string, Wanted>): Promise<void>;
  /** Closes everything; nothing is told any more. */
  stop(): Promise<void>;
}

/** A keeper that holds nothing yet. Waits between tries as a host that failed waits: see {@link retryDelay}. */
export function keeper<Wanted>(options: KeeperOptions<Wanted>): Keeper<Wanted> {
  const kept = new Map<string, Kept<Wanted>>();
  let calls = 0;
  const made = (address: string) => {
    const one = kept.get(address) ?? new Kept(address, options, () => kept.delete(address));
    kept.set(address, one);
    return one;
  };
  return {
    async keep(wanted) {
      calls += 1;
      const call = calls;
      await Promise.all([...kept].map(([address, one]) => wanted.has(address) || one.want(undefined)));
      if (call === calls) await Promise.all([...wanted].map(([address, now]) => made(address).want(now)));
    },
    async stop() {
      calls += 1;
      await Promise.all([...kept.values()].map((one) => one.stop()));
    },
  };
}

interface Closable {
  close(): void | Promise<void>;
}

/** A holding of no more than a listener: it is opened once, and can ask for what is wanted of it now. */
export function listening<Wanted>(open: (wanted: () => Wanted) => Promise<Closable>): Holding<Wanted> {
  let listener: Closable | undefined;
  let now: Wanted;
  return {
    async open(wanted) {
      now = wanted;
      listener ??= await open(() => now);
    },
    async close() {
      await listener?.close();
      listener = undefined;
    },
  };
}

interface Part<Wanted> {
  readonly name: string;
  readonly holding: Holding<Wanted>;
  failure: { readonly thrown: unknown } | undefined;
}

class Kept<Wanted> {
  readonly #address: string;
  readonly #options: KeeperOptions<Wanted>;
  readonly #gone: () => void;
  readonly #parts: readonly Part<Wanted>[];
  #wanted: Wanted | undefined;
  #isHeld = false;
  /** What the log was told, by address. */
  #told: ReadonlyMap<string, string> = new Map();
  #attempt = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #acting: Promise<void> = Promise.resolve();
  /** Calls whose turn has not come. */
  #queued = 0;
  #stopped = false;

  /** @param gone It was not wanted any more, and nothing is held. */
  constructor(address: string, options: KeeperOptions<Wanted>, gone: () => void) {
    this.#address = address;
    this.#options = options;
    this.#gone = gone;
    const { parts = [""] } = options;
    this.#parts = parts.map((name) => ({ name, holding: options.hold(address, name), failure: undefined }));
  }

  /** Resolves when it is as wanted, or has failed to be. */
  want(now: Wanted | undefined): Promise<void> {
    const before = this.#wanted;
    this.#wanted = now;
    const isSame = now === undefined || before === undefined ? now === before : this.#options.same(before, now, this.#isHeld);
    return isSame ? this.#acting : this.#act();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#again);
    await this.#acting;
    // Nobody is left to be told of what fails now.
    await Promise.all(this.#parts.map(async ({ holding }) => holding.close())).catch(() => undefined);
  }

  #act(): Promise<void> {
    clearTimeout(this.#again);
    this.#queued += 1;
    this.#acting = this.#acting.then(() => this.#acted());
    return this.#acting;
  }

  async #acted(): Promise<void> {
    this.#queued -= 1;
    if (this.#stopped) return;
    const wanted = this.#wanted;
    await Promise.all(this.#parts.map((part) => attempt(part, wanted)));
    const failed = this.#parts.some(({ failure }) => failure);
    this.#isHeld = wanted !== undefined && !failed;
    if (this.#stopped) return;
    this.#tell(wanted);
    if (failed) this.#tryAgain();
    else this.#attempt = 0;
    // Another one of this address would get in the way of what is still to come.
    if (!failed && this.#wanted === undefined && this.#queued === 0) this.#gone();
  }

  #tryAgain(): void {
    this.#attempt += 1;
    clearTimeout(this.#again);
    const delay = retryDelay(this.#options.context.limits, false, this.#attempt, Math.random());
    this.#again = setTimeout(() => void this.#act(), delay);
  }

  /** Brings the log from what it was told to what is true now: one entry when all parts fare alike, else one for each. */
  #tell(wanted: Wanted | undefined): void {
    const { frontend, context, serves, failure: failureOf } = this.#options;
    const failing = this.#parts.filter(({ failure }) => failure);
    const shown = wanted === undefined ? failing : this.#parts;
    const alike = failing.length === 0 || failing.length === shown.length;
    const entries = alike
      ? shown.slice(0, 1).map((part) => [this.#address, part] as const)
      : shown.map((part) => [`${this.#address}/${part.name}`, part] as const);
    const told = new Map<string, string>();
    for (const address of this.#told.keys()) {
      if (!entries.some(([at]) => at === address)) context.report({ type: "frontend.closed", frontend, address });
    }
    for (const [address, { failure }] of entries) {
      const error = failure && failureOf(address, failure.thrown);
      const text = error?.message ?? (wanted === undefined ? "" : serves(this.#address, wanted));
      told.set(address, `${error?.code} ${text}`);
      if (told.get(address) === this.#told.get(address)) continue;
      if (error) context.report({ type: "frontend.failed", frontend, address, code: error.code, message: text });
      else context.report({ type: "frontend.listening", frontend, address, serves: text });
    }
    this.#told = told;
  }
}

async function attempt<Wanted>(part: Part<Wanted>, wanted: Wanted | undefined): Promise<void> {
  try {
    if (wanted === undefined) await part.holding.close();
    else await part.holding.open(wanted);
    part.failure = undefined;
  } catch (thrown) {
    part.failure = { thrown };
  }
}
