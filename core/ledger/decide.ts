// Commands to facts, given the state. Pure: no clock, no randomness, no I/O. What does not fit is refused;
// what changes nothing gives no fact.

import { NoRouterError } from "../errors.ts";
import { LIMIT_ROWS } from "../limits.ts";
import type { CountedHours } from "../traffic/history.ts";
import type { TrafficRow } from "../traffic/rows.ts";
import type { FoundPort } from "../wire/control.ts";
import type { HostId } from "../wire/frame.ts";
import { applied, republished, type WantedNetwork } from "./apply.ts";
import type { AgentInfo, Fact, HealthFact, HostFact, LinkFailure, Retry } from "./events.ts";
import type { Reason } from "./fact_parts.ts";
import type { HostState, Network } from "./network.ts";

/** What may be asked of the ledger. */
export type Command =
  | { readonly type: "open-network"; readonly network: string; readonly version: string }
  | { readonly type: "stop-network"; readonly reason: string }
  | { readonly type: "apply"; readonly wanted: WantedNetwork }
  | { readonly type: "count-traffic"; readonly since: number; readonly rows: readonly TrafficRow[] }
  | ({ readonly type: "roll-traffic" } & CountedHours)
  | { readonly type: "start-link"; readonly host: HostId }
  | { readonly type: "open-link"; readonly host: HostId; readonly agent: AgentInfo; readonly banner?: string }
  | { readonly type: "close-link"; readonly host: HostId; readonly failure: LinkFailure; readonly retry?: Retry }
  | { readonly type: "want"; readonly host: HostId; readonly from?: HostId; readonly port?: number; readonly kept?: true }
  | { readonly type: "started"; readonly host: HostId; readonly already: boolean; readonly ms: number }
  | { readonly type: "release"; readonly host: HostId; readonly reason: "idle" | "failed" | "asked" | "stopped" }
  | { readonly type: "rest"; readonly host: HostId; readonly failure?: Reason }
  | { readonly type: "refuse"; readonly host: HostId; readonly code: LinkFailure["code"]; readonly message: string }
  | { readonly type: "drain"; readonly host: HostId; readonly undo: boolean }
  | { readonly type: "drop-facts"; readonly host: HostId; readonly count: number }
  | { readonly type: "publish"; readonly host: HostId; readonly ports: readonly FoundPort[] }
  | { readonly type: "report"; readonly host: HostId; readonly facts: readonly HostFact[] };

/**
 * The facts that follow from a command.
 * @throws NoRouterError `command-refused`
 */
export function decide(network: Network, command: Command): Fact[] {
  switch (command.type) {
    case "open-network":
      return opened(network, command);
    case "stop-network":
      return !isOpen(network) ? [] : [{ type: "network.stopped", reason: command.reason }];
    case "apply":
      return applied(network, command.wanted);
    case "count-traffic":
      return isOpen(network) && command.rows.length > 0
        ? [{ type: "traffic.counted", since: command.since, rows: command.rows }]
        : [];
    case "roll-traffic":
      return isOpen(network) && command.upTo > network.traffic.upTo
        ? [{ type: "traffic.rolled", upTo: command.upTo, hours: command.hours }]
        : [];
    case "report":
      return report(network, known(network, command.host), command.facts);
    case "publish":
      return publish(known(network, command.host), command.ports);
    case "refuse":
      return [{ type: "policy.refused", host: known(network, command.host).id, code: command.code, message: command.message }];
    case "want":
    case "started":
    case "release":
    case "rest":
      return decideDemand(known(network, command.host), command);
    case "drain":
      return drain(known(network, command.host), command.undo);
    case "drop-facts":
      return [{ type: "facts.dropped", host: known(network, command.host).id, count: command.count }];
    default:
      return decideLink(known(network, command.host), command);
  }
}

/** The log keeps its name, whichever manager takes it up; what hosts found in an earlier run may be gone. */
function opened({ id, hosts }: Network, { network, version }: Command & { type: "open-network" }): Fact[] {
  const emptied = [...hosts.values()].flatMap((host) => republished(host, []));
  return [{ type: "network.opened", network: id || network, version }, ...emptied];
}

function decideDemand(host: HostState, command: Command & { type: "want" | "started" | "release" | "rest" }): Fact[] {
  const { id, name, demand, phase } = host;
  if (!demand)
    return command.type === "started" || command.type === "rest" ? [] : refuse(`Host "${name}" is not started on demand`);
  switch (command.type) {
    case "want": {
      const { from, port, kept } = command;
      if (demand.wanted && (!kept || demand.kept)) return [];
      const by = { ...(from === undefined ? {} : { from }), ...(port === undefined ? {} : { port }), ...(kept ? { kept } : {}) };
      return [{ type: "host.wanted", host: id, ...by }];
    }
    case "started":
      if (phase !== "starting") refuse(`Host "${name}" is ${phase}; it was not expected to start`);
      return [{ type: "host.started", host: id, ...(command.already ? { already: true } : {}), ms: command.ms }];
    case "release":
      // A person may have started it just before.
      if (demand.kept && (command.reason === "idle" || command.reason === "failed")) return [];
      return demand.wanted ? [{ type: "host.released", host: id, reason: command.reason }] : [];
    case "rest":
      if (phase !== "stopping") return [];
      return [{ type: "host.rested", host: id, ...(command.failure ? { failure: command.failure } : {}) }];
  }
}

function decideLink(host: HostState, command: Command & { type: "start-link" | "open-link" | "close-link" }): Fact[] {
  const idle = host.phase === "admitted" || host.phase === "failed" || host.phase === "idle";
  if (command.type === "start-link") {
    if (!idle) refuse(`Host "${host.name}" is ${host.phase}; its link cannot be started again`);
    if (host.demand?.wanted === false) refuse(`Host "${host.name}" is started on demand, and nobody wants it`);
    return [{ type: "link.starting", host: host.id }];
  }
  if (command.type === "open-link") {
    if (host.phase !== "starting") refuse(`Host "${host.name}" is ${host.phase}; its link was not expected to open`);
    const banner = command.banner ? { banner: command.banner } : {};
    return [{ type: "link.opened", host: host.id, session: host.session + 1, agent: command.agent, ...banner }];
  }
  if (idle) return [];
  const { failure, retry } = command;
  const closed: Fact = { type: "link.closed", host: host.id, failure };
  const retrying: Fact[] = retry ? [{ type: "link.retrying", host: host.id, code: failure.code, ...retry }] : [];
  // What was found there may be gone, and is found again.
  return [closed, ...retrying, ...republished(host, [])];
}

function isOpen({ id, stopped }: Network): boolean {
  return id !== "" && !stopped;
}

/** A service is drained by its hosts. */
function drain({ id, name, drained, service }: HostState, undo: boolean): Fact[] {
  if (service) refuse(`"${name}" is a service; drain its hosts, or take it out of the manifest`);
  if (drained !== undo) return [];
  return [{ type: undo ? "host.undrained" : "host.drained", host: id }];
}

/** A host publishes what it found while its link is up, if it may. */
function publish(host: HostState, found: readonly FoundPort[]): Fact[] {
  const isUp = host.phase === "joining" || host.phase === "ready";
  if (!isUp || !host.publishes) return [];
  const unique = new Map(found.map((port) => [port.listen, port]));
  const ports = [...unique.values()].sort((one, other) => one.listen - other.listen);
  return republished(
    host,
    ports.map((port) => ({ ...port, protocol: "tcp", found: true })),
  );
}

/** The host may have gone from the service while it checked. */
function isNews({ hosts }: Network, { id, health }: HostState, { service, healthy }: HealthFact): boolean {
  return (hosts.get(service)?.service?.hosts.includes(id) ?? false) && health.get(service)?.healthy !== healthy;
}

/** A host speaks for itself only, and only while its link is up. */
function report(network: Network, host: HostState, facts: readonly HostFact[]): Fact[] {
  // An agent that is being stopped has last things to say.
  if (host.phase !== "joining" && host.phase !== "ready" && host.phase !== "stopping") return [];
  const full = host.listeners.size + facts.length > LIMIT_ROWS.listeners.value;
  const ready = host.phase === "joining" ? facts.findIndex(({ type }) => type === "host.ready") : -1;
  const wanted = facts.filter((fact, index) => {
    if (fact.type === "host.ready") return index === ready;
    if (fact.type === "health.changed") return isNews(network, host, fact);
    return !full || fact.type === "frontend.closed" || !fact.type.startsWith("frontend.");
  });
  return wanted.map((fact) => ({ ...fact, host: host.id }));
}

function known(network: Network, id: HostId): HostState {
  return network.hosts.get(id) ?? refuse(`There is no host with id ${id}`);
}

function refuse(message: string): never {
  throw new NoRouterError("command-refused", message);
}
