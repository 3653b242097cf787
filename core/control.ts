// The one way in to a running network: its state, its events, and every change. A change is made of two layers, the manifest and
// the hosts that were added while the network ran.

import { asNoRouterError, type ErrorCode, messageOf, NoRouterError } from "./errors.ts";
import type { NetworkEvent } from "./ledger/events.ts";
import type { HostState, Network } from "./ledger/network.ts";
import type { Manager } from "./manager.ts";
import type { AddedHost, Manifest, ManifestResult } from "./manifest/types.ts";
import type { Change, Control, HostLayer, ManifestFile, Observation, Observer } from "./plugin/observer.ts";
import { isPromise, settlesWithin } from "./settle.ts";
import type { TrafficSince } from "./traffic/book.ts";

/** The text of a manifest, and hosts that are added to it. */
export interface ManifestSource {
  readonly text: string | Uint8Array;
  /** Name for messages. */
  readonly file: string;
  readonly added: readonly AddedHost[];
}

/** A question of {@link Control.explain}. */
export interface ExplainQuestion {
  readonly destination: string;
  readonly from: string | undefined;
  readonly network: Network;
  /** The line of each entry of the manifest's `routes`, from 1. */
  readonly routeLines: readonly number[];
}

/** What a control is made of. */
export interface ControlOptions {
  readonly manager: Manager;
  /** Checks a manifest with the keys that the manager's plugins bring. */
  readonly read: (source: ManifestSource) => ManifestResult;
  /** Where the manifest comes from, and its name for messages; `load` is absent where it can be read once only. */
  readonly manifest?: { readonly file: string; readonly path?: string; readonly load?: () => Promise<Uint8Array> } | undefined;
  readonly explain?: ((question: ExplainQuestion) => unknown) | undefined;
  /** Hears what became of each manifest that was applied after the first, whoever asked for it. */
  readonly told?: ((outcome: Change | NoRouterError) => void) | undefined;
  readonly debug?: ((line: string) => void) | undefined;
}

/** A control, and what only the program that made it does with it. */
export interface OwnControl extends Control {
  /** Applies a manifest that is read and checked already. */
  begin(text: string | Uint8Array, checked: ManifestResult & { readonly manifest: Manifest }): Promise<readonly NetworkEvent[]>;
}

/** Puts a control together and starts the observers of the manager's plugins. */
export function createControl(options: ControlOptions): OwnControl {
  const control = new ManagerControl(options);
  for (const observer of options.manager.observers) observe(observer, control, options);
  return control;
}

class ManagerControl implements OwnControl {
  readonly since = Date.now();
  readonly #options: ControlOptions;
  #text: string | Uint8Array = "";
  #added: ReadonlyMap<string, AddedHost> = new Map();
  #routeLines: readonly number[] = [];
  /** The change that is under way; the next one waits for it. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: ControlOptions) {
    this.#options = options;
    options.manager.subscribe((events) => this.#seeGuestsOut(events));
  }

  get network(): Network {
    return this.#options.manager.network;
  }

  get seq(): number {
    return this.#options.manager.ledger.seq;
  }

  get flushed(): number {
    return this.#options.manager.ledger.store.flushed;
  }

  get limits(): Manager["limits"] {
    return this.#options.manager.limits;
  }

  get manifest(): ManifestFile | undefined {
    const { manifest } = this.#options;
    return manifest && { file: manifest.path ?? manifest.file, canReload: manifest.load !== undefined };
  }

  read(after: number): Iterable<NetworkEvent> {
    return this.#options.manager.ledger.store.read(after);
  }

  subscribe(listen: Parameters<Control["subscribe"]>[0]): () => void {
    return this.#options.manager.subscribe(listen);
  }

  tap(look: Parameters<Control["tap"]>[0]): () => void {
    return this.#options.manager.bus.tap(look);
  }

  layerOf(name: string): HostLayer {
    return this.#added.has(name) ? "added" : "manifest";
  }

  begin(text: string | Uint8Array, checked: ManifestResult & { readonly manifest: Manifest }): Promise<readonly NetworkEvent[]> {
    return this.#inTurn(() => this.#commit(text, new Map(), checked, "user"));
  }

  apply(text: string | Uint8Array, by = "user"): Promise<Change> {
    return this.#told(this.#inTurn(() => this.#change(text, this.#added, by)));
  }

  reload(by = "user"): Promise<Change> {
    const change = this.#inTurn(async () => {
      const load = this.#options.manifest?.load;
      if (!load) return refuse("command-refused", "The manifest has no file that could be read again");
      const text = await load().catch((thrown: unknown) => {
        throw asNoRouterError(thrown, "manifest-missing");
      });
      return this.#change(text, this.#added, by);
    });
    return this.#told(change);
  }

  add(host: AddedHost, by = "user"): Promise<Change> {
    return this.#inTurn(() => {
      if (this.#host(host.name) && !this.#added.has(host.name))
        refuse("command-refused", `Host "${host.name}" is in the manifest; change it there and reload`);
      if (host.guest && this.#host(host.name)) refuse("command-refused", `There is a host "${host.name}" already`);
      return this.#change(this.#text, new Map([...this.#added, [host.name, host]]), by);
    });
  }

  remove(name: string, by = "user"): Promise<Change> {
    return this.#inTurn(() => {
      if (!this.#host(name)) refuse("no-host", `There is no host "${name}"`);
      if (!this.#added.has(name)) refuse("command-refused", `Host "${name}" is in the manifest; take it out there and reload`);
      return this.#change(this.#text, new Map([...this.#added].filter(([other]) => other !== name)), by);
    });
  }

  #seeGuestsOut(events: readonly NetworkEvent[]): void {
    for (const event of events) {
      const host = event.type === "link.closed" && this.network.hosts.get(event.host);
      if (!host || !this.#added.get(host.name)?.guest) continue;
      // The network is ending, or somebody was quicker.
      this.remove(host.name, "manager").catch(() => undefined);
    }
  }

  retry(name: string): void {
    const host = this.#host(name) ?? refuse("no-host", `There is no host "${name}"`);
    if (this.#options.manager.retry(host.id)) return;
    refuse("command-refused", `Host "${name}" is ${host.phase} and does not wait for its next start`);
  }

  async startHost(name: string, by = "user"): Promise<void> {
    const host = this.#onDemand(name);
    await this.#options.manager.demand.start(host.id, by);
  }

  async stopHost(name: string, by = "user"): Promise<void> {
    const host = this.#onDemand(name);
    if (!host.demand?.wanted) refuse("command-refused", `Nothing of host "${name}" runs; it is ${host.phase}`);
    await this.#options.manager.demand.stop(host.id, by);
  }

  #onDemand(name: string): HostState {
    const host = this.#host(name) ?? refuse("no-host", `There is no host "${name}"`);
    return host.demand ? host : refuse("command-refused", `Host "${name}" is started with the network, not on demand`);
  }

  traffic(since: number | undefined): TrafficSince {
    return this.#options.manager.traffic.since(since);
  }

  async drain(name: string, undo = false, by = "user"): Promise<readonly NetworkEvent[]> {
    const host = this.#host(name) ?? refuse("no-host", `There is no host "${name}"`);
    return this.#options.manager.ledger.execute({ type: "drain", host: host.id, undo }, by);
  }

  serves(name: string): number {
    const host = this.#host(name);
    return host ? this.#options.manager.router.serves(host.id) : 0;
  }

  async explain(destination: string, from: string | undefined): Promise<unknown> {
    const { explain } = this.#options;
    if (!explain) return refuse("command-refused", "This program does not explain destinations");
    return explain({ destination, from, network: this.network, routeLines: this.#routeLines });
  }

  stop(reason: string, by = "user"): Promise<void> {
    return this.#options.manager.stop(reason, by);
  }

  #host(name: string): HostState | undefined {
    return [...this.network.hosts.values()].find((host) => host.name === name);
  }

  async #told(change: Promise<Change>): Promise<Change> {
    const { told } = this.#options;
    try {
      const outcome = await change;
      told?.(outcome);
      return outcome;
    } catch (thrown) {
      const error = asNoRouterError(thrown);
      told?.(error);
      throw error;
    }
  }

  /** Each change begins with what the one before has left. */
  #inTurn<T>(change: () => T | Promise<T>): Promise<T> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => undefined);
    return done;
  }

  async #change(text: string | Uint8Array, added: ReadonlyMap<string, AddedHost>, by: string): Promise<Change> {
    const { read, manifest } = this.#options;
    const checked = read({ text, file: manifest?.file ?? "the manifest", added: [...added.values()] });
    const { diagnostics } = checked;
    if (!checked.manifest) {
      const refused = diagnostics.find(({ severity }) => severity === "error")?.code ?? "manifest-invalid";
      return { events: [], diagnostics, refused };
    }
    const events = await this.#commit(text, added, { ...checked, manifest: checked.manifest }, by);
    return { events, diagnostics };
  }

  async #commit(
    text: string | Uint8Array,
    added: ReadonlyMap<string, AddedHost>,
    { manifest, routeLines = [], added: taken = [] }: ManifestResult & { readonly manifest: Manifest },
    by: string,
  ): Promise<readonly NetworkEvent[]> {
    const events = await this.#options.manager.apply(manifest, by);
    this.#text = text;
    // A host that the manifest has by now is the manifest's.
    this.#added = new Map([...added].filter(([name]) => taken.includes(name)));
    this.#routeLines = routeLines;
    return events;
  }
}

/** Starts one observer. What it throws is a line for developers. */
function observe(observer: Observer, control: Control, { manager, debug = () => undefined }: ControlOptions): void {
  const failed = (thrown: unknown) => debug(`Observer "${observer.name}" failed: ${messageOf(thrown)}`);
  try {
    const observation: unknown = observer.observe(control);
    if (isPromise(observation) || typeof (observation as Partial<Observation> | undefined)?.stop !== "function")
      throw new TypeError("'observe' did not give an object with 'stop' at once");
    manager.beforeClose(async () => {
      const stopped = (async () => (observation as Observation).stop())().catch(failed);
      if (!(await settlesWithin(stopped, manager.limits.stopMs)))
        failed(new Error(`it did not stop in ${manager.limits.stopMs} ms`));
    });
  } catch (thrown) {
    failed(thrown);
  }
}

function refuse(code: ErrorCode, message: string): never {
  throw new NoRouterError(code, message);
}
