// Who looks on at a running network, and the one way in for whoever wants to know or change it. Types only.

import type { Detach } from "../bus.ts";
import type { ErrorCode } from "../errors.ts";
import type { NetworkEvent } from "../ledger/events.ts";
import type { Network } from "../ledger/network.ts";
import type { AllLimits } from "../limits.ts";
import type { AddedHost, Diagnostic } from "../manifest/types.ts";
import type { TrafficSince } from "../traffic/book.ts";
import type { Frame } from "../wire/frame.ts";

/** Where a host of the network comes from: the manifest, or {@link Control.add} while the network ran. */
export type HostLayer = "manifest" | "added";

/** What became of a change. */
export interface Change {
  /** What is new in the log; empty when nothing differs, or the change was refused. */
  readonly events: readonly NetworkEvent[];
  /** What was found wrong, warnings too. */
  readonly diagnostics: readonly Diagnostic[];
  /** Why nothing has changed; absent when the change was made. */
  readonly refused?: ErrorCode;
}

/** Where the manifest of a network comes from. */
export interface ManifestFile {
  /** For people: its path, from the root where that is known, or `standard input`. */
  readonly file: string;
  /** Whether it can be read again. */
  readonly canReload: boolean;
}

/** What an observer, a program's API and a command line may do with a running network. */
export interface Control {
  /** The folded state: a value that never changes, replaced by a new one. */
  readonly network: Network;
  /** Number of the last event in the state. */
  readonly seq: number;
  /** Number of the last event that a loss of power cannot take. */
  readonly flushed: number;
  /** When this manager was put together, in milliseconds since 1970. */
  readonly since: number;
  readonly limits: AllLimits;
  /** Undefined where the manifest came from a program. */
  readonly manifest: ManifestFile | undefined;
  /** Kept events with a number above `after`, in order; those of class `recent` may be missing. */
  read(after: number): Iterable<NetworkEvent>;
  /** Listens to each batch of events and the state after it. */
  subscribe(listen: (events: readonly NetworkEvent[], network: Network) => void): Detach;
  /** Looks on at every frame between hosts; copies what it keeps, as a frame's bytes may be lent. */
  tap(look: (frame: Frame) => void): Detach;
  /** Where a host comes from. */
  layerOf(name: string): HostLayer;
  /**
   * Makes the network what a manifest says, YAML or JSON, and the hosts that were added.
   * @throws NoRouterError `no-transport`, `no-rule`, `rule-failed`, `command-refused`, or what the store throws; nothing has
   *   changed then
   */
  apply(text: string | Uint8Array, by?: string): Promise<Change>;
  /**
   * Reads the manifest's file again and applies it.
   * @throws NoRouterError as {@link apply}, and `manifest-missing`
   */
  reload(by?: string): Promise<Change>;
  /**
   * Adds a host, or changes one that was added. It stays when the manifest is reloaded.
   * @throws NoRouterError as {@link apply}; `command-refused` for a host of the manifest, and for a guest whose name is taken
   */
  add(host: AddedHost, by?: string): Promise<Change>;
  /**
   * Removes a host that was added.
   * @throws NoRouterError as {@link apply}; `no-host`, or `command-refused` for a host of the manifest
   */
  remove(name: string, by?: string): Promise<Change>;
  /**
   * Starts a host that waits for its next start at once.
   * @throws NoRouterError `no-host`, or `command-refused` when it does not wait
   */
  retry(name: string): void;
  /**
   * Starts a host that is started on demand; it goes on until it is told to stop.
   * @throws NoRouterError `no-host`, or `command-refused` for a host that is not started on demand
   */
  startHost(name: string, by?: string): Promise<void>;
  /**
   * Stops a host that is started on demand, whoever uses it; the next connection starts it again.
   * @throws NoRouterError as {@link startHost}, and `command-refused` where nothing of it runs
   */
  stopHost(name: string, by?: string): Promise<void>;
  /**
   * How many bytes streams have carried, up to now.
   * @param since Milliseconds since 1970; undefined: since the network began
   */
  traffic(since: number | undefined): TrafficSince;
  /**
   * Gives a host no new connections of services; those that it has go on. With `undo` it gets some again.
   * @returns What is new in the log; none when nothing has changed.
   * @throws NoRouterError `no-host`, or `command-refused` for a service
   */
  drain(name: string, undo?: boolean, by?: string): Promise<readonly NetworkEvent[]>;
  /** Connections through services that a host serves. */
  serves(name: string): number;
  /**
   * Says where a destination, `NAME`, `NAME:PORT` or a URL, leads and why.
   * @param from Name of the host where a program asks; undefined for the manager's own.
   * @returns plain data, the form of `norouter explain --json`
   * @throws NoRouterError `usage`, or `command-refused` where nobody can tell
   */
  explain(destination: string, from: string | undefined): Promise<unknown>;
  /** Ends every link and the network; resolves when nothing is left, observers included. */
  stop(reason: string, by?: string): Promise<void>;
}

/** What is running on behalf of an observer. */
export interface Observation {
  /** Leaves nothing behind. Called once, when the network has ended; not waited for beyond the limit `stopMs`. */
  stop(): Promise<void>;
}

/** Looks on at a network from within its manager. What it throws harms nobody else. */
export interface Observer {
  /** Unique among observers. */
  readonly name: string;
  /** Begins, before the first manifest is applied. Must answer at once. */
  observe(control: Control): Observation;
}
