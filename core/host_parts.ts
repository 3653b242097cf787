// The host parts that one host needs, in the order of the log: they begin with the host's settings, rest or end without them, and a
// stream goes to the first that claims it.

import { type HostPartOptions, RunningPart } from "./host_part.ts";
import type { LoadedPlugin } from "./ledger/events.ts";
import type { HostState, Network } from "./ledger/network.ts";
import type { Stream } from "./mux/stream.ts";
import { settlesWithin } from "./settle.ts";

/** What host parts need. */
export interface HostPartsOptions extends Omit<HostPartOptions, "plugin" | "free"> {
  /** Longest wait for a part that leaves before another may take its place, in milliseconds. */
  readonly stopMs: number;
}

/** The host parts of one host. */
export class HostParts {
  readonly #options: HostPartsOptions;
  /** By {@link keyOf}, in the order of the log. */
  #parts: ReadonlyMap<string, RunningPart> = new Map();
  /** Parts whose settings are gone, by {@link keyOf}: they hold nothing, and what goes through them goes on. */
  readonly #resting = new Map<string, RunningPart>();
  /** Parts that are ending while the host goes on. */
  readonly #leaving = new Set<Promise<unknown>>();
  #stopped = false;
  /** Aborted when the host's link is over. */
  readonly #ended = new AbortController();

  constructor(options: HostPartsOptions) {
    this.#options = options;
  }

  /** The network changed; resolves when all parts that the host needs are made and their front-ends have done what it wants. */
  async reconcile(network: Network, self: HostState): Promise<void> {
    if (this.#stopped) return;
    this.#follow(network.plugins, self);
    await Promise.all([...this.#leaving, ...[...this.#parts.values()].map((part) => part.reconcile())]);
  }

  /** Whether all parts say that the host is ready, once they do. */
  async ready(): Promise<boolean> {
    const all = await Promise.all([...this.#parts.values()].map((part) => part.ready(this.#ended.signal)));
    return !this.#stopped && all.every((isReady) => isReady);
  }

  /** Gives a stream to the first part that claims it, or resets it. One that comes early waits for the parts in question. */
  serve(stream: Stream): void {
    for (const part of this.#parts.values()) {
      if (!part.settled) return void part.made.then(() => stream.closed || this.serve(stream));
      if (part.serve(stream)) return;
    }
    stream.reset("not-published");
  }

  /** Ends all parts, once what their front-ends do at the moment is done; `ending` is called when streams may come no more. */
  async stop(ending: () => void): Promise<void> {
    this.#stopped = true;
    this.#ended.abort();
    const parts = [...this.#parts.values(), ...this.#resting.values()];
    await Promise.all([...this.#leaving, ...parts.map((part) => part.stop(ending))]);
    ending();
  }

  #follow(plugins: readonly LoadedPlugin[], self: HostState): void {
    const known = new Set(plugins.map(keyOf));
    const wanted = plugins.filter((plugin) => isNeeded(plugin, self));
    const keys = new Set(wanted.map(keyOf));
    const before = new Map([...this.#resting, ...this.#parts]);
    for (const [key, part] of before) {
      if (known.has(key) && !keys.has(key) && !this.#resting.has(key)) this.#rest(key, part);
      if (keys.has(key) || !known.has(key)) this.#resting.delete(key);
      if (!known.has(key)) this.#leave(() => this.#end(part));
    }
    const free = Promise.all(this.#leaving);
    this.#parts = new Map(
      wanted.map((plugin) => [keyOf(plugin), before.get(keyOf(plugin)) ?? new RunningPart({ ...this.#options, plugin, free })]),
    );
  }

  #rest(key: string, part: RunningPart): void {
    const { stopMs } = this.#options;
    this.#resting.set(key, part);
    this.#leave(async () => {
      let isAtRest = false;
      const resting = part.rest().then((rests) => {
        isAtRest = rests;
      });
      await settlesWithin(resting, stopMs);
      if (isAtRest || this.#stopped || this.#resting.get(key) !== part) return;
      this.#resting.delete(key);
      await this.#end(part);
    });
  }

  async #end(part: RunningPart): Promise<void> {
    await settlesWithin(part.stop(), this.#options.stopMs);
    part.leave();
  }

  #leave(leave: () => Promise<void>): void {
    const left = leave().finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }
}

/** Another hash is another part. */
function keyOf({ name, code }: LoadedPlugin): string {
  return code ? `${name} ${code.hash}` : name;
}

function isNeeded({ hostKeys }: LoadedPlugin, self: HostState): boolean {
  if (hostKeys === undefined) return false;
  return hostKeys.length === 0 || hostKeys.some((key) => Object.hasOwn(self.settings, key));
}
