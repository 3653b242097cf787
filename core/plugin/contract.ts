// What third parties implement: plugins and what they register. Types only; nothing here runs.

import type { NoRouterError } from "../errors.ts";
import type { ListenerFact } from "../ledger/events.ts";
import type { HostState, Network } from "../ledger/network.ts";
import type { Limits } from "../limits.ts";
import type { Stream } from "../mux/stream.ts";
import type { Target } from "../wire/payload.ts";

/** The version of this contract; a plugin states the one it was written for. */
export const PLUGIN_API = 1;

/** How a carrier ended. */
export interface CarrierEnd {
  /** Exit code of the command behind the carrier, if there is one and it ended by itself. */
  readonly exitCode?: number;
  /** Name of the signal that ended the command. */
  readonly signal?: string;
  /** Last lines that the command wrote to standard error. */
  readonly stderr: readonly string[];
  /** Why the carrier could not start or broke. */
  readonly error?: NoRouterError;
}

/** What the owner of a carrier wants to hear. */
export interface CarrierHandlers {
  /** Bytes from the other side; the chunk now belongs to the receiver. It may be lent, see `giveBack`. */
  data(chunk: Uint8Array): void;
  /** The carrier takes bytes again after {@link Carrier.write} said false. */
  drain(): void;
  /** Nothing will come or go any more; called once. */
  closed(end: CarrierEnd): void;
}

/** An ordered two-way byte channel to a host, before any frame. */
export interface Carrier {
  /** True when a write costs next to nothing, so that nothing is gained by gathering bulk for a larger one. */
  readonly cheapWrites?: boolean;
  /** Begins to read. Called once, before anything else. */
  start(handlers: CarrierHandlers): void;
  /** Takes bytes in order. False: write no more until `drain`. After the end bytes are dropped. */
  write(parts: readonly Uint8Array[]): boolean;
  /** Ends the channel, politely first and by force within `stopMs`; resolves when nothing is left of it. */
  close(): Promise<void>;
}

/** What a transport may know of a host when it opens a carrier. */
export interface TransportRequest {
  readonly host: HostState;
  /** The host's own settings from the manifest; they never leave the manager. */
  readonly settings: HostSettings;
  readonly limits: Limits;
  /** Serves the host inside the manager's process, over the other end of a carrier. */
  serveHere(carrier: Carrier): void;
  /** A line for `--debug`, such as what the host's command writes to standard error. */
  debug(line: string): void;
}

/** Private settings of a host, as the manifest gives them. */
export interface HostSettings {
  /** Words of the command that gives a shell; undefined for the manager's own host. */
  readonly cmd?: readonly string[];
}

/** A way to obtain a link to a host's agent. */
export interface Transport {
  readonly name: string;
  /** Whether this transport reaches a host with these settings; the first that says so is taken. */
  claims(settings: HostSettings): boolean;
  /** What to show of the way to the host, without secrets, such as a command line. */
  describe(settings: HostSettings): string;
  /**
   * Starts whatever carries bytes to the host's agent.
   * @throws NoRouterError when it cannot be started at all.
   */
  open(request: TransportRequest): Carrier | Promise<Carrier>;
}

/** What a front-end or an egress may do on its host. */
export interface HostContext {
  /** The host that this process serves. */
  self(): HostState;
  /** All that this host may know of the network. */
  network(): Network;
  /**
   * Opens a stream to a host of the network.
   * @throws NoRouterError `too-many-streams`
   */
  dial(host: HostState, target: Target): Stream;
  /** Records that an address is served, failed or was left. */
  report(fact: ListenerFact): void;
  readonly limits: Limits;
}

/** Where local programs enter the network. */
export interface FrontEnd {
  readonly name: string;
  /** Makes what it holds equal to what the network wants. Calls never overlap; a call may be repeated. */
  reconcile(): Promise<void>;
  /** Leaves nothing behind. */
  stop(): Promise<void>;
}

/** Where streams leave the network. */
export interface Egress {
  readonly name: string;
  /** Whether this egress serves the target; the first that says so is taken. */
  claims(target: Target): boolean;
  /** Dials, then accepts or resets the stream. Must not throw. */
  open(stream: Stream): void;
  /** Ends what is open. */
  stop(): Promise<void>;
}

/** What `setup` registers with. */
export interface PluginContext {
  /** Manager only: adds a transport. */
  transport(transport: Transport): void;
  /** Adds a front-end, made once for each host that this process serves. */
  frontEnd(make: (host: HostContext) => FrontEnd): void;
  /** Adds an egress, made once for each host that this process serves. */
  egress(make: (host: HostContext) => Egress): void;
}

/** A unit that can be put in or left out. */
export interface Plugin {
  /** Unique; lower case letters, digits and dashes. */
  readonly name: string;
  /** The {@link PLUGIN_API} it was written for. */
  readonly api: number;
  /** Names of plugins that must be set up before this one. */
  readonly after?: readonly string[];
  /** Registers; does nothing else. */
  setup(context: PluginContext): void;
}
