// What there is in a network and what leads to what: hosts, services, tunnels. How hosts fare is another question.

import { bytesOf, type HostId, type HostState, plus, showPlace } from "../../core/mod.ts";
import type { Plain, Shown } from "./answers.ts";

/** All of it. */
export function shownList({ control, streams }: Shown): Plain {
  const hosts = [...control.network.hosts.values()];
  const carried = carriedBy(control);
  return {
    hosts: hosts.filter((host) => !host.service).map(shownHost),
    services: hosts.flatMap((host) => shownService(host, control.network.hosts)),
    links: hosts.flatMap((host) => shownLink(host, streams.linkSince(host.id), carried.get(host.id) ?? 0)),
    listeners: hosts.flatMap(shownListeners),
  };
}

function shownHost({ name, vip, aliases, phase, ports, local, private: way }: HostState): Plain {
  return {
    name,
    vip,
    aliases,
    phase,
    ports: ports.map(({ listen, protocol, target }) => ({ listen, protocol, ...(target && { target: showPlace(target) }) })),
    transport: local ? null : (way?.transport ?? null),
    via: local ? null : (way?.via ?? null),
  };
}

function shownService(host: HostState, all: ReadonlyMap<HostId, HostState>): Plain[] {
  const members = host.service?.hosts;
  if (!members) return [];
  const { name, vip, aliases, ports } = host;
  const hosts = members.map((id) => ({ name: all.get(id)?.name ?? `${id}`, phase: all.get(id)?.phase ?? "failed" }));
  return [{ name, vip, aliases, ports: ports.map(({ listen }) => listen), hosts }];
}

/** Hosts in the manager's process have none. */
function shownLink({ name, phase, local, agent, private: way }: HostState, since: number | undefined, bytes: number): Plain[] {
  if (local || !agent || (phase !== "joining" && phase !== "ready")) return [];
  const { version, runtime, pid } = agent;
  return [
    {
      host: name,
      transport: way?.transport ?? null,
      via: way?.via ?? null,
      agent: { version, runtime, pid },
      since: since ?? null,
      bytes,
    },
  ];
}

function shownListeners({ name, listeners }: HostState): Plain[] {
  return [...listeners.values()].flatMap(({ frontend, address, serves, failure }) =>
    failure ? [] : [{ frontend, address, on: name, leadsTo: serves }],
  );
}

/** Bytes both ways of each host's streams with others, since the network began. */
function carriedBy(control: Shown["control"]): ReadonlyMap<HostId, number> {
  const sums = new Map<HostId, number>();
  for (const row of control.traffic(undefined).rows) {
    if (row.from === row.to) continue;
    for (const host of [row.from, row.to]) if (host !== undefined) sums.set(host, plus(sums.get(host) ?? 0, bytesOf(row)));
  }
  return sums;
}
