// What a change of the manifest, or of one host, has changed, in a line or two.

import type { HostId, Network, NetworkEvent } from "../../core/mod.ts";

/** Names beyond these are counted. */
const MOST_NAMES = 8;

/** Names of hosts that came, changed and left, and whether the routes are others. */
export interface ChangedNames {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly routes: boolean;
}

/**
 * Tells what events that belong together change of what the network is to be, in a line, or nothing. What a manager begins with is
 * no change: hosts have not been started yet. Some of them wait until the hash of a password is computed.
 * @param isBegun Whether the first event is from the middle of a run.
 */
export function changeTeller(isBegun = false): (events: readonly NetworkEvent[], network: Network) => string[] {
  let isStarted = isBegun;
  let before: Network | undefined;
  /** Hosts that this run began with, starts by itself and has not started yet. */
  const waiting = new Set<HostId>();
  return (events, network) => {
    if (events.some(({ type }) => type === "network.opened")) isStarted = false;
    const told = events.filter((event) => event.type !== "host.changed" || !waiting.has(event.host));
    const text = isStarted ? changeText(changeOf(told, before)) : undefined;
    if (!isStarted) for (const { id, lazy, service } of network.hosts.values()) if (!lazy && !service) waiting.add(id);
    isStarted ||= events.some(({ type }) => type === "link.starting");
    for (const event of events) if (event.type === "link.starting") waiting.delete(event.host);
    before = network;
    return text === undefined ? [] : [`Network has changed: ${text}`];
  };
}

function changeOf(events: readonly NetworkEvent[], before: Network | undefined): ChangedNames {
  const named = (type: "host.admitted" | "host.changed") => events.flatMap((event) => (event.type === type ? [event.name] : []));
  const removed = events.flatMap((event) =>
    event.type === "host.left" ? [before?.hosts.get(event.host)?.name ?? `host ${event.host}`] : [],
  );
  const routes = events.some(({ type }) => type === "routes.set");
  return { added: named("host.admitted"), changed: named("host.changed"), removed, routes };
}

/** A change in words, such as `added db; changed web, cache; new routes`; undefined for none. */
export function changeText({ added, changed, removed, routes }: ChangedNames): string | undefined {
  const parts = [
    ...listed("added", added),
    ...listed("changed", changed),
    ...listed("removed", removed),
    ...(routes ? ["new routes"] : []),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length - MOST_NAMES;
  return [`${what} ${names.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`];
}
