// Rows of counted bytes, and how many of them are added up and kept few. Pure.

import type { HostId } from "../wire/frame.ts";

/** Bytes of streams from one host to another, at one port, in some time. */
export interface TrafficRow {
  /** The id of the host that opened the streams; absent, as `to` is, where further hosts are added up. */
  readonly from?: HostId;
  /** The id of the host that they go to. */
  readonly to?: HostId;
  /** The published port; of destinations that a route leads to, their port; absent where further ports are added up. */
  readonly port?: number;
  /** They are not for a published port, as in `stream.opened`. */
  readonly routed?: true;
  /** Bytes that the opener sent. */
  readonly bytesOut: number;
  /** Bytes that the opener received. */
  readonly bytesIn: number;
  /** Streams that were opened. */
  readonly streams: number;
}

/** Where a row belongs. */
export type TrafficPlace = Pick<TrafficRow, "from" | "to" | "port" | "routed">;

/** A sum that does not leave the range in which numbers are exact. */
export function plus(one: number, other: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, one + other);
}

/** One row for each place, in the order in which they first came, and at most `most`: the smallest are added up beyond that. */
export function summed(rows: Iterable<TrafficRow>, most: number = Number.POSITIVE_INFINITY): TrafficRow[] {
  const sums = merged(rows, ({ from, to, port, routed }) => ({ from, to, port, routed }));
  if (sums.length <= most) return sums;
  // Half of the room is for single ports, the rest for what is left of each pair of hosts.
  const bySize = [...sums].sort((a, b) => bytesOf(b) - bytesOf(a));
  const single = bySize.slice(0, most >> 1);
  const pairs = merged(bySize.slice(most >> 1), ({ from, to }) => ({ from, to }));
  const few = merged([...single, ...pairs], (row) => row);
  if (few.length <= most) return few;
  const large = pairs.sort((a, b) => bytesOf(b) - bytesOf(a));
  const room = most - single.length - 1;
  return merged([...single, ...large.slice(0, room), ...merged(large.slice(room), () => ({}))], (row) => row);
}

/** All rows in one, without a place. */
export function sumOf(rows: Iterable<TrafficRow>): TrafficRow {
  const [sum] = merged(rows, () => ({}));
  return sum ?? { bytesOut: 0, bytesIn: 0, streams: 0 };
}

/** Bytes both ways. */
export function bytesOf({ bytesOut, bytesIn }: Pick<TrafficRow, "bytesOut" | "bytesIn">): number {
  return plus(bytesOut, bytesIn);
}

function merged(
  rows: Iterable<TrafficRow>,
  placeOf: (row: TrafficRow) => { [Key in keyof TrafficPlace]: TrafficPlace[Key] | undefined },
): TrafficRow[] {
  const sums = new Map<string, TrafficRow>();
  for (const row of rows) {
    const { from, to, port, routed } = placeOf(row);
    const key = `${from} ${to} ${port} ${routed}`;
    const before = sums.get(key);
    sums.set(key, {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(port === undefined ? {} : { port }),
      ...(routed === undefined ? {} : { routed }),
      bytesOut: plus(before?.bytesOut ?? 0, row.bytesOut),
      bytesIn: plus(before?.bytesIn ?? 0, row.bytesIn),
      streams: plus(before?.streams ?? 0, row.streams),
    });
  }
  return [...sums.values()];
}
