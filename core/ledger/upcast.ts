// Old events read as if they were written today. One step per type and version; an event is never rewritten
// where it is kept.

import { NoRouterError } from "../errors.ts";
import { EVENT_VERSION, type FactType, type NetworkEvent } from "./events.ts";

/** Turns an event of one version into the next. */
export type Upcaster = (event: NetworkEvent) => NetworkEvent;

/** By type, then by the version it reads. Empty while every type is in its first version. */
export type UpcasterTable = Partial<Record<FactType, Readonly<Record<number, Upcaster>>>>;

const UPCASTERS: UpcasterTable = {};

/** Turns the JSON of a snapshot of one version into that of the next, but for its `v`. */
export type SnapshotUpcaster = (snapshot: object) => object;

/** By the version that it reads. Empty while snapshots are in their first version. */
const SNAPSHOT_UPCASTERS: Readonly<Record<number, SnapshotUpcaster>> = {};

/**
 * The event in today's version.
 * @throws NoRouterError `protocol-mismatch` for one of a later version
 */
export function upcast(event: NetworkEvent, table: UpcasterTable = UPCASTERS): NetworkEvent {
  if (event.v > EVENT_VERSION)
    throw new NoRouterError(
      "protocol-mismatch",
      `Event "${event.type}" has version ${event.v}; at most ${EVENT_VERSION} was wanted`,
    );
  let current = event;
  while (current.v < EVENT_VERSION) {
    const step = table[current.type]?.[current.v];
    current = { ...(step ? step(current) : current), v: current.v + 1 };
  }
  return current;
}

/**
 * The JSON of a snapshot in today's version.
 * @throws NoRouterError `protocol-mismatch` for one of a later version
 */
export function upcastSnapshot(
  snapshot: { readonly v: number },
  table: Readonly<Record<number, SnapshotUpcaster>> = SNAPSHOT_UPCASTERS,
): { readonly v: number } {
  if (snapshot.v > EVENT_VERSION) {
    const message = `Snapshot has version ${snapshot.v}; at most ${EVENT_VERSION} was wanted`;
    throw new NoRouterError("protocol-mismatch", message);
  }
  let current = snapshot;
  while (current.v < EVENT_VERSION) current = { ...(table[current.v]?.(current) ?? current), v: current.v + 1 };
  return current;
}
