// Which host of a service gets a new stream. Pure.

import type { HostId } from "../wire/frame.ts";
import type { Service } from "./service.ts";

/** A host that may get a stream. */
export interface Candidate {
  readonly host: HostId;
  /** Streams through services that it has. */
  readonly streams: number;
  /** When the service last gave it one, by a number that grows with each; 0: never. */
  readonly last: number;
  /** How far it is from serving. */
  readonly rank: Rank;
}

/** Whether a host serves: at once, soon, once it is started for it, or maybe, as its last start failed. */
export type Rank = "up" | "starting" | "idle" | "failed";

/** How two hosts are compared: below 0 when the first is to be taken. Of equal ones the first in the manifest's order is taken. */
type Compare = (a: Candidate, b: Candidate) => number;

const POLICIES: Readonly<Record<Service["policy"], Compare>> = {
  "round-robin": (a, b) => a.last - b.last,
  // Those that have equally few take turns: short streams come one after the other, and each finds all hosts without any.
  "least-streams": (a, b) => a.streams - b.streams || a.last - b.last,
  first: () => 0,
};

/**
 * The host that gets the next stream of a service; undefined without any.
 * @param candidates In the manifest's order.
 * @param client Whose stream it is; what belongs together has the same.
 */
export function pick(
  { policy, sticky, max = Number.POSITIVE_INFINITY }: Pick<Service, "policy" | "sticky" | "max">,
  candidates: readonly Candidate[],
  client: number,
): HostId | undefined {
  const of = (rank: Rank, isFree = true) => candidates.filter((one) => one.rank === rank && one.streams < max === isFree);
  const choose = (free: readonly Candidate[]) => (sticky ? highest(free, client) : best(free, POLICIES[policy]));
  const least = (full: readonly Candidate[]) => best(full, POLICIES["least-streams"]);
  const room = choose(of("up")) ?? choose(of("starting")) ?? choose(of("idle"));
  // More than 'max' is better than nothing.
  const full = (rank: Rank) => least(of(rank, false));
  return room ?? full("up") ?? choose(of("failed")) ?? full("starting") ?? full("idle") ?? full("failed");
}

function best(candidates: readonly Candidate[], compare: Compare): HostId | undefined {
  return candidates.reduce<Candidate | undefined>((one, next) => (one && compare(one, next) <= 0 ? one : next), undefined)?.host;
}

/** Rendezvous hashing: a host that goes takes its own clients with it and moves no others. */
function highest(candidates: readonly Candidate[], client: number): HostId | undefined {
  const weightOf = ({ host }: Candidate) => mixed(client ^ mixed(host));
  return best(candidates, (a, b) => weightOf(b) - weightOf(a));
}

/** One number for the client of an opener; without an address of its own all of the opener's are one. */
export function clientOf(opener: HostId, address: number | undefined): number {
  return mixed((address ?? 0) ^ mixed(opener));
}

/** Spreads 32 bits over 32 bits: the finalizer of MurmurHash3. */
function mixed(value: number): number {
  let hash = (value + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
