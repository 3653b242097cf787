// What lies between an agent and the program of its host that is inside: sockets of the program's own network. Types only; what makes
// them is of the program that starts both.

import type { Socket } from "node:net";
import type { FoundPort } from "../../core/mod.ts";
import type { StandIns } from "../support/stand_ins.ts";

/** Why a connection is not made, as the program is told by its system. */
export type HeldRefusal = "reset" | "host" | "denied";

/** A connection that the program begins, and that waits to be decided about. */
export interface HeldConnection {
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
  /** Lets it be made: it arrives at a listener of {@link Doorway.diverted}. */
  go(): void;
  refuse(why: HeldRefusal): void;
  /** Leaves it undecided: the program's system asks again in a second. */
  wait(): void;
}

/** The program's network, as its agent reaches it. */
export interface Doorway {
  /** Descriptors of listeners where all connections arrive that are not to the program's own addresses; each has the true one as its own. */
  readonly diverted: readonly number[];
  /** Hears of connections before they are made; undefined where the system cannot hold them. */
  readonly held: ((begun: (connection: HeldConnection) => void) => void) | undefined;
  /** Says which addresses of 127.0.0.0/8 are the network's, but for the program's own. */
  vips(addresses: readonly string[]): void;
  /** A connection to an address of the program's own, such as 127.0.0.1: paused, half-open allowed. Rejects with the system's error. */
  connect(address: string, port: number): Promise<Socket>;
  /** The ports that programs listen on now, each with the address where it is reached. */
  listening(): readonly FoundPort[];
  /** The host is ready: the program may begin. Called once or more. */
  ready(): void;
}

/** What an agent of a program inside has, and no other. */
export interface InsideParts {
  readonly doorway: Doorway;
  readonly standIns: StandIns;
}
