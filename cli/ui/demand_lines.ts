// What people are told of hosts that start on demand.

import { ERRORS, type HostState, type Network, type NetworkEvent, showDuration } from "../../core/mod.ts";

type DemandEvent = NetworkEvent & { type: "host.wanted" | "host.started" | "host.released" | "host.rested" };

/** The lines of one event. */
export function demandLines(event: DemandEvent, host: HostState, network: Network): string[] {
  const { name, lazy } = host;
  switch (event.type) {
    case "host.wanted":
      return [`${name}: ${wantedText(event, network)}`];
    case "host.started":
      return [`${name}: ${event.already ? "ran already" : `started in ${showDuration(event.ms)}`}`];
    case "host.released":
      return [`${name}: stopping, ${releasedText(event.reason, lazy?.idleMs)}`];
    case "host.rested":
      if (!event.failure) return [`${name}: idle`];
      return [`${name}: could not be stopped: ${event.failure.message}`, `  ${ERRORS[event.failure.code].advice}`];
  }
}

function wantedText({ from, port, kept, by }: DemandEvent & { type: "host.wanted" }, network: Network): string {
  if (kept) return `is to be started, ${by === "user" ? "as you say" : `as ${by} says`}`;
  const opener = from === undefined ? undefined : network.hosts.get(from)?.name;
  return `wanted${opener === undefined ? "" : ` by ${opener}`}${port === undefined ? "" : ` for port ${port}`}`;
}

function releasedText(reason: (DemandEvent & { type: "host.released" })["reason"], idleMs: number | undefined): string {
  if (reason === "idle") return idleMs === undefined ? "as nobody uses it" : `as nobody has used it for ${showDuration(idleMs)}`;
  if (reason === "asked") return "as you say";
  return reason === "failed" ? "as nobody waits for it any more" : "as the network stops";
}

/** How a host fares that starts on demand, for `status`; undefined where there is nothing to say. */
export function demandText(phase: string, demand: { readonly kept: boolean; readonly runs: string | null }): string | undefined {
  if (phase !== "ready") return undefined;
  if (demand.kept) return "started by hand: goes on until it is told to stop";
  return demand.runs === "theirs" ? "ran before: not stopped for want of use" : undefined;
}
