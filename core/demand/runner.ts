// What one host runs in, such as its container: started before its link, stopped after it, never both at once.

import { asNoRouterError, NoRouterError } from "../errors.ts";
import type { Hub } from "../hub.ts";
import type { Reason } from "../ledger/fact_parts.ts";
import type { HostState } from "../ledger/network.ts";
import type { HostSettings } from "../manifest/types.ts";
import type { Starter, StarterRequest } from "../plugin/starter.ts";
import { settlesWithin } from "../settle.ts";
import { firstCharacters, LONGEST_MESSAGE } from "../text.ts";
import type { HostId } from "../wire/frame.ts";

/** How a host is started. */
export interface StartedBy {
  readonly starter: Starter;
  readonly settings: HostSettings;
  /** What stands at the key that says when the host runs. */
  readonly demand: unknown;
}

/** What a host runs in. */
export class HostRunner {
  readonly #host: HostId;
  /** What the host is called, which the log does not know any more when it has left. */
  readonly #name: string;
  readonly #hub: Hub;
  /** As the manifest has it when it is asked; undefined where nothing but the agent is started. */
  readonly #by: () => StartedBy | undefined;
  /** What was asked last: a host that has left is in the manifest no more. */
  #last: StartedBy | undefined;
  /** It was started here, or by a manager before this one. */
  #isOurs: boolean;
  /** The call of a starter that is under way. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor({ id, name }: Pick<HostState, "id" | "name">, hub: Hub, isOurs: boolean, by: () => StartedBy | undefined) {
    this.#host = id;
    this.#name = name;
    this.#hub = hub;
    this.#isOurs = isOurs;
    this.#by = by;
  }

  /** Whether it has to be stopped: it was started here, or may have been when its start was given up. */
  get isOurs(): boolean {
    return this.#isOurs;
  }

  /** Name of the starter, as far as it was asked for. */
  get starter(): string | undefined {
    return this.#last?.starter.name;
  }

  /** Asks which starter the host has now; its name. @throws what starters throw at the question */
  ask(): string | undefined {
    return this.#asked()?.starter.name;
  }

  /** Waits for the call of a starter that is under way: one that was told to give up gets its time for that. */
  free(): Promise<boolean> {
    return settlesWithin(this.#busy, this.#hub.limits.hostStopMs);
  }

  /**
   * Has the host run before its link is tried.
   * @throws NoRouterError what the starter throws, `start-failed` where that has no code
   */
  async start(signal: AbortSignal): Promise<void> {
    const by = this.#asked();
    if (!by) return;
    await this.free();
    const began = performance.now();
    await this.#call(async () => {
      try {
        const outcome = await by.starter.start(this.#request(by, signal));
        this.#isOurs ||= outcome !== "running";
      } catch (thrown) {
        this.#isOurs ||= signal.aborted;
        throw thrown;
      }
    });
    const ms = Math.round(performance.now() - began);
    await this.#hub.record({ type: "started", host: this.#host, already: !this.#isOurs, ms });
  }

  /** Stops the host; gives why it could not be. */
  async stop(): Promise<Reason | undefined> {
    await this.free();
    const { hostStopMs, stopMs } = this.#hub.limits;
    const given = new AbortController();
    const timer = setTimeout(() => given.abort("Host takes too long to stop"), hostStopMs);
    try {
      const by = this.#asked();
      if (!by) return undefined;
      const stopped = this.#call(() => by.starter.stop(this.#request(by, given.signal)));
      if (!(await settlesWithin(stopped, hostStopMs + 4 * stopMs)))
        throw new NoRouterError("start-failed", `Starter "${by.starter.name}" does not stop the host`);
      await stopped;
      this.#isOurs = false;
      return undefined;
    } catch (thrown) {
      const { code, message } = asNoRouterError(thrown);
      return { code, message: firstCharacters(message, LONGEST_MESSAGE) };
    } finally {
      clearTimeout(timer);
    }
  }

  #asked(): StartedBy | undefined {
    this.#last = this.#by() ?? this.#last;
    return this.#last;
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    const called = (async () => call())();
    this.#busy = called.catch(() => undefined);
    try {
      return await called;
    } catch (thrown) {
      throw asNoRouterError(thrown, "start-failed");
    }
  }

  #request({ settings, demand }: StartedBy, signal: AbortSignal): StarterRequest {
    const { limits, progress, debug, identity } = this.#hub;
    const name = this.#name;
    const network = identity && { network: identity };
    return { name, ...network, settings, demand, limits, signal, debug, progress: (step) => progress(this.#host, step) };
  }
}
