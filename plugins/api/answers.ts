// The state of a network as its API shows it: plain data without secrets. What passwords are checked against is left out, too.

import {
  type Change,
  type Control,
  type Diagnostic,
  ERRORS,
  type ErrorCode,
  type HostId,
  type HostState,
  LONGEST_SHOWN_LINE,
  lackOf,
  type Network,
  type NetworkEvent,
  type Service,
  type SettingsByKey,
  shortened,
  showPlace,
} from "../../core/mod.ts";
import type { StreamCounts, StreamList } from "./streams.ts";

/** What answers are made of. */
export interface Shown {
  /** What the network is called. */
  readonly called: string;
  readonly control: Control;
  readonly streams: StreamList;
}

/** Plain data. */
export type Plain = { readonly [key: string]: unknown };

/** The network as a whole. */
export function shownNetwork({ called, control, streams }: Shown): Plain {
  const { network, manifest } = control;
  const counts = streams.counts();
  return {
    name: called,
    id: network.id,
    version: network.version,
    pid: process.pid,
    manifest: manifest?.file ?? null,
    canReload: manifest?.canReload ?? false,
    seq: control.seq,
    flushed: control.flushed,
    since: control.since,
    stopped: network.stopped,
    plugins: network.plugins.map(({ name }) => name),
    hosts: [...network.hosts.values()].map((host) => shownSummary(host, control, counts)),
    streams: streams.list().length,
    streamsCertain: streams.uncertain.size === 0,
  };
}

/** A host in a few words. */
function shownSummary(host: HostState, control: Control, counts: ReadonlyMap<HostId, StreamCounts>): Plain {
  const { name, id, vip, phase, ports, listeners, agent, failure, retry, demand, lazy } = host;
  return {
    name,
    id,
    vip,
    phase,
    layer: control.layerOf(name),
    ports: ports.map(({ listen, protocol, target }) => ({
      listen,
      protocol,
      ...(target && { target: showPlace(target) }),
    })),
    unserved: [...listeners.values()].filter((listener) => listener.failure).length,
    streams: counts.get(id) ?? { opened: 0, serves: 0 },
    ...(agent?.chosen === undefined ? {} : { chosen: agent.chosen }),
    ...(failure ? { failure: { code: failure.code, message: failure.message } } : {}),
    ...(retry ? { retry } : {}),
    ...(demand && lazy ? { demand: { ...demand, runs: demand.runs ?? null, ...lazy } } : {}),
    ...(host.drained ? { drained: true } : {}),
    ...(host.service ? { service: shownService(host, host.service, control) } : {}),
  };
}

/** A service and how its hosts fare. */
function shownService({ id }: HostState, { policy, hosts, health }: Service, control: Control): Plain {
  const members = hosts.flatMap((member) => control.network.hosts.get(member) ?? []);
  return {
    policy,
    hosts: members.map((member) => {
      const found = member.health.get(id);
      return {
        name: member.name,
        state: lackOf(member, id, health !== undefined) ?? "ready",
        connections: control.serves(member.name),
        ...(found ? { health: found.message } : {}),
      };
    }),
  };
}

/** All hosts, whole. */
export function shownHosts(shown: Shown): Plain {
  const counts = shown.streams.counts();
  return { hosts: [...shown.control.network.hosts.values()].map((host) => shownHost(host, shown.control, counts)) };
}

/** Everything that is known of a host. */
export function shownHost(host: HostState, control: Control, counts: ReadonlyMap<HostId, StreamCounts>): Plain {
  const { aliases, local, session, agent, failure, listeners } = host;
  return {
    ...shownSummary(host, control, counts),
    aliases,
    local,
    keys: Object.keys(host.settings),
    transport: host.private?.transport ?? null,
    via: host.private?.via ?? null,
    session,
    ...(agent ? { agent } : {}),
    ...(failure ? { failure } : {}),
    listeners: [...listeners.values()].map(({ frontend, address, serves, failure: why }) => ({
      frontend,
      address,
      serves,
      ...(why ? { failure: why } : {}),
    })),
  };
}

/** The open streams, of one host or of all. */
export function shownStreams({ control, streams }: Shown, host?: HostState): Plain {
  const nameOf = namesOf(control.network);
  return {
    streams: streams.list(host?.id).map(({ from, to, ...stream }) => ({ from: nameOf(from), to: nameOf(to), ...stream })),
    uncertain: [...streams.uncertain].map(nameOf),
  };
}

/** The routes, in order; the last that fits wins. */
export function shownRoutes({ network }: Control): Plain {
  const nameOf = namesOf(network);
  return {
    routes: network.routes.map(({ to, notTo, via, rule, through }) => ({
      to,
      notTo,
      via: via === undefined ? null : nameOf(via),
      ...(rule === undefined ? {} : { rule }),
      ...(through === undefined ? {} : { through }),
    })),
  };
}

/** What a change has done, with the state that it was made in. */
export function shownChange({ events, diagnostics }: Change, before: Network, control: Control): Plain {
  const named = (type: NetworkEvent["type"]) =>
    events.flatMap((event) => (event.type === type && "name" in event ? [event.name] : []));
  const left = events.flatMap((event) =>
    event.type === "host.left" ? [before.hosts.get(event.host)?.name ?? `${event.host}`] : [],
  );
  return {
    seq: control.seq,
    added: named("host.admitted"),
    changed: named("host.changed"),
    removed: left,
    routes: events.some(({ type }) => type === "routes.set"),
    diagnostics: diagnostics.map(shownFinding),
  };
}

/** A finding about a manifest; the line that it shows is cut. */
export function shownFinding(diagnostic: Diagnostic): Plain {
  const { hint, text, ...rest } = diagnostic;
  return { ...rest, text: shortened(text, LONGEST_SHOWN_LINE), ...(hint === undefined ? {} : { hint }) };
}

/** An error. */
export function shownError(code: ErrorCode, message: string, diagnostics?: readonly Diagnostic[]): Plain {
  const found = diagnostics ? { diagnostics: diagnostics.map(shownFinding) } : {};
  return { error: { code, message, advice: ERRORS[code].advice, ...found } };
}

/** An event. Of plugins' keys it shows what all hosts may know: the rest may be what a password is checked against. */
export function shownEvent(event: NetworkEvent): Plain {
  if (event.type === "routes.set") return { ...event, routes: event.routes.map(shownSettings) };
  return event.type === "host.admitted" || event.type === "host.changed" ? shownSettings(event) : { ...event };
}

function shownSettings(subject: { readonly settings?: SettingsByKey }): Plain {
  const { settings, ...rest } = subject;
  if (!settings) return rest;
  const shared = Object.entries(settings).map(([key, { all }]) => [key, all === undefined ? {} : { all }]);
  return { ...rest, settings: Object.fromEntries(shared) };
}

function namesOf({ hosts }: Network): (host: HostId) => string {
  return (host) => hosts.get(host)?.name ?? `${host}`;
}
