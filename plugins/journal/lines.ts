// The lines of a journal: a header, a snapshot, then an event a line, each of them JSON. Pure.

import { type NetworkEvent, type Snapshot, snapshotToJson } from "../../core/mod.ts";

/** Version of the form of a journal; that of events and snapshots is their own `v`. */
export const FORMAT = 1;

/** What every journal begins with. */
export const BEGINNING = '{"type":"journal",';

/** What the line of a state begins with. */
export const STATE = '{"type":"snapshot",';

/** The first line. */
export interface HeaderLine {
  readonly type: "journal";
  readonly format: number;
  /** Name of the network. */
  readonly network: string;
}

/** The second line of a journal that does not begin with the first event. */
export interface SnapshotLine {
  readonly type: "snapshot";
  readonly v: number;
  /** The last event in the state. */
  readonly seq: number;
  /** The last event when the file was begun: up to it events of class recent are missing, after it none is. */
  readonly last: number;
  readonly network: unknown;
}

/** The first line of a network's journal. */
export function headerLine(network: string): string {
  const header: HeaderLine = { type: "journal", format: FORMAT, network };
  return `${JSON.stringify(header)}\n`;
}

/** The line of a state; `last` as in {@link SnapshotLine}. */
export function snapshotLine(snapshot: Snapshot, last: number): string {
  const { v, seq, network } = snapshotToJson(snapshot) as Pick<SnapshotLine, "v" | "seq" | "network">;
  const line: SnapshotLine = { type: "snapshot", v, seq, last, network };
  return `${JSON.stringify(line)}\n`;
}

/** The line of an event. */
export function eventLine(event: NetworkEvent): string {
  return `${JSON.stringify(event)}\n`;
}
