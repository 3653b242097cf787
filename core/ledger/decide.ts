// Commands to facts, given the state. Pure: no clock, no randomness, no I/O. What does not fit is refused;
// what changes nothing gives no fact.

import { NoRouterError } from "../errors.ts";
import { LIMIT_ROWS } from "../limits.ts";
import type { HostId } from "../wire/frame.ts";
import { applied, type WantedNetwork } from "./apply.ts";
import type { AgentInfo, Fact, HostFact, LinkFailure, Retry } from "./events.ts";
import type { HostState, Network } from "./network.ts";

/** What may be asked of the ledger. */
export type Command =
  | { readonly type: "open-network"; readonly network: string; readonly version: string }
  | { readonly type: "stop-network"; readonly reason: string }
  | { readonly type: "apply"; readonly wanted: WantedNetwork }
  | { readonly type: "start-link"; readonly host: HostId }
  | { readonly type: "open-link"; readonly host: HostId; readonly agent: AgentInfo; readonly banner?: string }
  | { readonly type: "close-link"; readonly host: HostId; readonly failure: LinkFailure; readonly retry?: Retry }
  | { readonly type: "refuse"; readonly host: HostId; readonly code: LinkFailure["code"]; readonly message: string }
  | { readonly type: "drop-facts"; readonly host: HostId; readonly count: number }
  | { readonly type: "report"; readonly host: HostId; readonly facts: readonly HostFact[] };

/**
 * The facts that follow from a command.
 * @throws NoRouterError `command-refused`
 */
export function decide(network: Network, command: Command): Fact[] {
  switch (command.type) {
    case "open-network":
      // The log keeps its name, whichever manager takes it up.
      return [{ type: "network.opened", network: network.id || command.network, version: command.version }];
    case "stop-network":
      return network.stopped || network.id === "" ? [] : [{ type: "network.stopped", reason: command.reason }];
    case "apply":
      return applied(network, command.wanted);
    case "report":
      return report(known(network, command.host), command.facts);
    case "refuse":
      return [{ type: "policy.refused", host: known(network, command.host).id, code: command.code, message: command.message }];
    case "drop-facts":
      return [{ type: "facts.dropped", host: known(network, command.host).id, count: command.count }];
    default:
      return decideLink(known(network, command.host), command);
  }
}

function decideLink(host: HostState, command: Command & { type: "start-link" | "open-link" | "close-link" }): Fact[] {
  const idle = host.phase === "admitted" || host.phase === "failed";
  if (command.type === "start-link") {
    if (!idle) refuse(`Host "${host.name}" is ${host.phase}; its link cannot be started again`);
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
  return retry ? [closed, { type: "link.retrying", host: host.id, code: failure.code, ...retry }] : [closed];
}

/** A host speaks for itself only, and only while its link is up. */
function report(host: HostState, facts: readonly HostFact[]): Fact[] {
  if (host.phase !== "joining" && host.phase !== "ready") return [];
  const full = host.listeners.size + facts.length > LIMIT_ROWS.listeners.value;
  const ready = host.phase === "joining" ? facts.findIndex(({ type }) => type === "host.ready") : -1;
  const wanted = facts.filter((fact, index) =>
    fact.type === "host.ready" ? index === ready : !full || fact.type === "frontend.closed" || !fact.type.startsWith("frontend."),
  );
  return wanted.map((fact) => ({ ...fact, host: host.id }));
}

function known(network: Network, id: HostId): HostState {
  return network.hosts.get(id) ?? refuse(`There is no host with id ${id}`);
}

function refuse(message: string): never {
  throw new NoRouterError("command-refused", message);
}
