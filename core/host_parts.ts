// The host parts of plugins on one host: loads them, lets their front-ends act, gives streams to their egresses and ends
// them. Must not know the network.

import { messageOf, NoRouterError } from "./errors.ts";
import type { Stream } from "./mux/stream.ts";
import type { Egress } from "./plugin/egress.ts";
import type { FrontEnd } from "./plugin/front_end.ts";
import type { HostContext } from "./plugin/host_context.ts";
import { registerHostPart } from "./plugin/host_registry.ts";
import type { PluginOnHost } from "./plugin/plugin.ts";
import { Reconciler } from "./reconciler.ts";

/** What host parts need. */
export interface HostPartsOptions {
  /** In the order in which their egresses are asked. */
  readonly plugins: readonly PluginOnHost[];
  readonly context: HostContext;
  /** Lines for `--debug`. */
  readonly debug: (line: string) => void;
}

/** A part that runs. */
interface Running {
  readonly frontEnds: readonly { readonly frontEnd: FrontEnd; readonly reconciler: Reconciler }[];
  readonly egresses: readonly Egress[];
}

/** The host parts of one host. */
export class HostParts {
  readonly #options: HostPartsOptions;
  #running: readonly Running[] = [];
  /** Resolves when all parts are loaded. */
  readonly #loading: Promise<void>;
  #loaded = false;
  #stopped = false;

  /** Begins to load. */
  constructor(options: HostPartsOptions) {
    this.#options = options;
    this.#loading = this.#load();
  }

  /** The network changed; resolves when all front-ends have done what it wants. Never rejects. */
  async reconcile(): Promise<void> {
    await this.#loading;
    await Promise.all(this.#frontEnds().map(({ reconciler }) => reconciler.run()));
  }

  /** Gives a stream to the first egress that claims its target, or resets it. A stream that comes early waits for the parts. */
  serve(stream: Stream): void {
    if (this.#loaded) this.#serve(stream);
    else void this.#loading.then(() => stream.closed || this.#serve(stream));
  }

  /** Ends all parts, once what their front-ends do at the moment is done; then `ending` is called. */
  async stop(ending: () => void): Promise<void> {
    this.#stopped = true;
    await this.#loading;
    await Promise.all(this.#frontEnds().map(({ reconciler }) => reconciler.stop()));
    const stops = this.#running.flatMap(({ frontEnds, egresses }) => [
      ...frontEnds.map(({ frontEnd }) => frontEnd.stop()),
      ...egresses.map((egress) => egress.stop()),
    ]);
    ending();
    await Promise.all(stops);
  }

  #frontEnds() {
    return this.#running.flatMap(({ frontEnds }) => frontEnds);
  }

  #serve(stream: Stream): void {
    try {
      const egresses = this.#running.flatMap((part) => part.egresses);
      const egress = egresses.find((candidate) => candidate.claims(stream.identity.target));
      if (egress) egress.open(stream);
      else stream.reset("not-published");
    } catch (thrown) {
      this.#options.debug(`An egress failed: ${messageOf(thrown)}`);
      stream.reset("internal");
    }
  }

  async #load(): Promise<void> {
    const made = await Promise.all(this.#options.plugins.map((plugin) => this.#made(plugin)));
    this.#running = made.flatMap((part) => part ?? []);
    this.#loaded = true;
  }

  async #made({ name, host }: PluginOnHost): Promise<Running | undefined> {
    const { context, debug } = this.#options;
    try {
      const part = await host?.load();
      if (part === undefined || this.#stopped) return undefined;
      const { frontEnds, egresses } = registerHostPart(name, part);
      return {
        frontEnds: frontEnds.map((make) => {
          const frontEnd = make(context);
          return { frontEnd, reconciler: new Reconciler(() => frontEnd.reconcile(), debug) };
        }),
        egresses: egresses.map((make) => make(context)),
      };
    } catch (thrown) {
      debug(thrown instanceof NoRouterError ? thrown.message : `Host part of plugin "${name}" fails: ${messageOf(thrown)}`);
      return undefined;
    }
  }
}
