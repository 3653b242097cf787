// One host part on its host: loaded, made, asked and ended. Whatever it does wrong is a fact that names it, and disturbs
// nothing else.

import { asNoRouterError, NoRouterError } from "./errors.ts";
import type { HostFact, LoadedPlugin } from "./ledger/events.ts";
import { listenerKey } from "./ledger/network.ts";
import type { Stream } from "./mux/stream.ts";
import type { Egress } from "./plugin/egress.ts";
import type { FrontEnd } from "./plugin/front_end.ts";
import type { HostContext } from "./plugin/host_context.ts";
import { registerHostPart } from "./plugin/host_registry.ts";
import { Reconciler } from "./reconciler.ts";

/** What a part needs. */
export interface HostPartOptions {
  readonly plugin: LoadedPlugin;
  /** Gives the part; undefined where there is none of this name. */
  readonly load: (plugin: LoadedPlugin) => Promise<unknown>;
  /** Resolves when the parts that this one takes the place of have ended. */
  readonly free: Promise<unknown>;
  readonly context: Omit<HostContext, "report">;
  readonly report: (fact: HostFact) => void;
  /** Lines for `--debug`. */
  readonly debug: (line: string) => void;
}

/** An address that a part has, or wants. */
interface OwnAddress {
  readonly frontend: string;
  readonly address: string;
  readonly isServed: boolean;
}

/** A part that a host needs, or has needed. */
export class RunningPart {
  readonly #options: HostPartOptions;
  #frontEnds: readonly { readonly frontEnd: FrontEnd; readonly reconciler: Reconciler }[] = [];
  #egresses: readonly Egress[] = [];
  /** Addresses that it reported and that are still its own, by {@link listenerKey}. */
  readonly #addresses = new Map<string, OwnAddress>();
  #isMade = false;
  #told = "";
  #settled = false;
  #stopped = false;
  readonly #waited = Promise.withResolvers<void>();
  readonly #making: Promise<void>;
  readonly #timer: ReturnType<typeof setTimeout>;

  /** Begins to load. */
  constructor(options: HostPartOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => {
      this.#overdue("Host part", "was not loaded", "without it");
      this.#settle();
    }, this.#patienceMs);
    this.#making = this.#make().finally(() => this.#settle());
  }

  /** Resolves when it is made, has failed, takes longer than `partMs`, or is to end. */
  get made(): Promise<void> {
    return this.#waited.promise;
  }

  /** Whether {@link made} has resolved. */
  get settled(): boolean {
    return this.#settled;
  }

  /** The network changed; resolves when its front-ends have done what it wants. Never rejects. */
  async reconcile(): Promise<void> {
    await this.made;
    await Promise.all(this.#frontEnds.map(({ reconciler }) => reconciler.run()));
  }

  /** Whether its front-ends say that the host is ready; resolves when they say so, or one has failed. Never rejects. */
  async ready(signal: AbortSignal): Promise<boolean> {
    await this.made;
    const asked = this.#frontEnds.map(async ({ frontEnd }) => {
      try {
        await frontEnd.ready?.(signal);
        return true;
      } catch (thrown) {
        if (!signal.aborted) this.#fail(thrown);
        return false;
      }
    });
    return (await Promise.all(asked)).every((isReady) => isReady);
  }

  /** Takes the stream if one of its egresses claims it. */
  serve(stream: Stream): boolean {
    const egress = this.#egresses.find((candidate) => this.#claims(candidate, stream));
    try {
      egress?.open(stream);
    } catch (thrown) {
      this.#fail(thrown);
      stream.reset("internal");
    }
    return egress !== undefined;
  }

  #claims(egress: Egress, { identity }: Stream): boolean {
    try {
      return egress.claims(identity.target);
    } catch (thrown) {
      this.#fail(thrown);
      return false;
    }
  }

  /**
   * The host has no settings for it any more: its front-ends give back what they hold, and what goes through it goes on.
   * @returns False when it has to be ended: it was never made, has no front-end to tell, is not done in time, or still serves addresses.
   */
  async rest(): Promise<boolean> {
    if (!this.#isMade || this.#frontEnds.length === 0) return false;
    await this.reconcile();
    if (!this.#frontEnds.every(({ reconciler }) => reconciler.isIdle)) return false;
    return ![...this.#addresses.values()].some(({ isServed }) => isServed);
  }

  /** Ends it, once what its front-ends do at the moment is done; then `ending` is called. */
  async stop(ending: () => void = () => undefined): Promise<void> {
    const making = this.#settled ? undefined : this.#making;
    this.#stopped = true;
    this.#settle();
    await making;
    await Promise.all(this.#frontEnds.map(({ reconciler }) => reconciler.stop()));
    const stops = [...this.#frontEnds.map(({ frontEnd }) => frontEnd), ...this.#egresses].map((one) =>
      this.#attempt(() => one.stop()),
    );
    ending();
    await Promise.all(stops);
  }

  /** Says of the addresses of a part that has ended that they are left. */
  leave(): void {
    for (const { frontend, address } of this.#addresses.values())
      this.#options.report({ type: "frontend.closed", frontend, address });
    this.#addresses.clear();
  }

  get #patienceMs(): number {
    return this.#options.context.limits.partMs;
  }

  /** Nobody waits for it any more. */
  #settle(): void {
    clearTimeout(this.#timer);
    this.#settled = true;
    this.#waited.resolve();
  }

  async #make(): Promise<void> {
    const { plugin, load, free, debug } = this.#options;
    try {
      const [part] = await Promise.all([load(plugin), free]);
      if (part === undefined || this.#stopped) return;
      const { frontEnds, egresses } = registerHostPart(plugin.name, part);
      const context = { ...this.#options.context, report: (fact: HostFact) => this.#report(fact) };
      this.#egresses = egresses.map((make) => make(context));
      this.#frontEnds = frontEnds.map((make) => {
        const frontEnd = make(context);
        const overdue = () => this.#overdue(`Front-end "${frontEnd.name}"`, "did not settle", "without waiting for it");
        const effect = () => this.#attempt(() => frontEnd.reconcile());
        return { frontEnd, reconciler: new Reconciler(effect, debug, { ms: this.#patienceMs, overdue }) };
      });
      this.#isMade = true;
      // It comes late: the host waits for it no longer.
      if (this.#settled) void this.reconcile();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #report(fact: HostFact): void {
    if (fact.type === "frontend.closed") this.#addresses.delete(listenerKey(fact));
    else if (fact.type === "frontend.listening" || fact.type === "frontend.failed") {
      const { type, frontend, address } = fact;
      this.#addresses.set(listenerKey(fact), { frontend, address, isServed: type === "frontend.listening" });
    }
    this.#options.report(fact);
  }

  #overdue(who: string, what: string, how: string): void {
    const { name } = this.#options.plugin;
    const message = `${who} of plugin "${name}" ${what} within ${this.#patienceMs / 1000} s; the host goes on ${how}`;
    this.#fail(new NoRouterError("plugin-invalid", message));
  }

  /** One fact for what fails again and again in the same way. */
  #fail(thrown: unknown): void {
    const { plugin, report, debug } = this.#options;
    const { code, message } = asNoRouterError(thrown);
    const coded = thrown instanceof NoRouterError && code !== "internal";
    const told = coded ? message : `Plugin "${plugin.name}" fails: ${message}`;
    debug(told);
    if (told === this.#told) return;
    this.#told = told;
    report({ type: "plugin.failed", plugin: plugin.name, code: coded ? code : "plugin-invalid", message: told });
  }
}
