// A doorway without a program behind it: a test plays the program and its system.

import type { Socket } from "node:net";
import type { FoundPort } from "../../core/mod.ts";
import type { Doorway, HeldConnection, HeldRefusal } from "../../plugins/inside/doorway.ts";
import type { Ends } from "../../plugins/inside/held.ts";

/** What the program's system is told of a connection, in order. */
export type Decisions = readonly ("go" | "wait" | HeldRefusal)[];

/** A connection that waits, and what was decided about it. */
export interface FakeConnection extends HeldConnection {
  readonly decisions: Decisions;
}

/** A doorway, and what was done to it. */
export interface FakeDoorway extends Doorway {
  /** What each call of `vips` gave. */
  readonly told: readonly (readonly string[])[];
  /** How often the program might begin. */
  readonly readied: () => number;
  /** Where each call of `connect` led. */
  readonly connected: readonly string[];
  /** What programs listen on now. */
  ports: readonly FoundPort[];
  /** The program begins a connection; the same ends once more are its system's next try. */
  begin(ends: Ends): FakeConnection;
}

/** What differs from a doorway that holds connections, has no listeners and leads nowhere. */
export interface FakeDoorwayOptions {
  readonly diverted?: readonly number[];
  /** Whether connections are held. */
  readonly holds?: boolean;
  readonly connect?: (address: string, port: number) => Promise<Socket>;
}

/** A connection of the program's own address to a host of the network. */
export const ENDS: Ends = { from: "127.0.42.1", fromPort: 40_000, to: "127.0.42.2", toPort: 8080 };

/** A connection that notes what is decided about it; `go` is called when it is let go. */
export function fakeConnection(ends: Ends = ENDS, go: () => void = () => undefined): FakeConnection {
  const decisions: ("go" | "wait" | HeldRefusal)[] = [];
  return {
    ...ends,
    decisions,
    go() {
      decisions.push("go");
      go();
    },
    refuse: (why) => void decisions.push(why),
    wait: () => void decisions.push("wait"),
  };
}

/** Makes a doorway. */
export function fakeDoorway({ diverted = [], holds = true, connect }: FakeDoorwayOptions = {}): FakeDoorway {
  const told: (readonly string[])[] = [];
  const connected: string[] = [];
  let readied = 0;
  let hears: ((connection: HeldConnection) => void) | undefined;
  const doorway: FakeDoorway = {
    ...{ told, connected, diverted, readied: () => readied, ports: [] },
    held: holds
      ? (begun) => {
          hears = begun;
        }
      : undefined,
    vips: (addresses) => void told.push([...addresses]),
    async connect(address, port) {
      connected.push(`${address} ${port}`);
      if (!connect) throw new Error("Nothing is connected");
      return connect(address, port);
    },
    listening: () => [...doorway.ports],
    ready() {
      readied += 1;
    },
    begin(ends) {
      const connection = fakeConnection(ends);
      hears?.(connection);
      return connection;
    },
  };
  return doorway;
}
