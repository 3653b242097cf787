// A network's events as lines for people, with what was said before in mind.

import {
  type AgentInfo,
  ERRORS,
  type HostId,
  type HostState,
  type LinkFailure,
  type Network,
  type NetworkEvent,
  showDuration,
} from "../../core/mod.ts";
import { changeTeller } from "./changes.ts";
import { demandLines } from "./demand_lines.ts";
import {
  droppedText,
  entranceLines,
  failureLines,
  hostsOf,
  isOrderly,
  missingHere,
  publishedBy,
  retryText,
  settled,
  streamFailures,
  whyNoneHere,
} from "./view.ts";

/** A host that stays down says so this often. */
const REPEAT_MS = 60_000;

/** Gives the lines for events that belong together and the state after them. */
export type EventTeller = (events: readonly NetworkEvent[], network: Network) => string[];

/**
 * Tells the events of a network, in order.
 * @param tips Lines to add once the network is ready.
 * @param isBegun Whether the first event is from the middle of a run, whose begin is not told any more.
 */
export function eventTeller(tips: readonly string[], isBegun = false): EventTeller {
  let isReady = isBegun;
  const changes = changeTeller(isBegun);
  const failedStream = streamFailures();
  const failuresToTell = repeatedFailures();
  const advisedOnce = repeatedAdvice();
  /** Hosts that came later, or had failed when the network was up, until they are ready. */
  const late = new Set<HostId>();
  const readyText = readyTexts();
  return (events, network) => {
    const lines = changes(events, network);
    for (const event of events) {
      if (event.type === "network.opened") isReady = false;
      if (isReady && event.type === "host.admitted") late.add(event.host);
      const told = advisedOnce(event, readyText(event, linesOf(event, network)));
      lines.push(...failuresToTell(event, told), ...failedStream(event, network));
      if (event.type === "host.ready" && late.delete(event.host)) lines.push(...addressesOf(network, event.host));
    }
    if (isReady || !settled(network)) return lines;
    isReady = true;
    for (const [id, { phase }] of network.hosts) if (phase !== "ready" && phase !== "idle") late.add(id);
    return [...lines, ...summary(network), ...tips];
  };
}

/** The lines of one event; most events have none. */
function linesOf(event: NetworkEvent, network: Network): string[] {
  const host = "host" in event ? network.hosts.get(event.host) : undefined;
  switch (event.type) {
    case "link.starting":
      return host?.local || host?.retry ? [] : [`${host?.name}: starting (${host?.private?.via})`];
    case "link.opened":
      if (host?.local) return [];
      return [`${host?.name}: agent answered (${agentText(event, network)})`, ...bannerLines(event)];
    case "host.ready":
      return [`${host?.name}: ready`];
    case "link.closed":
      if (isOrderly(event.failure)) return host?.demand && !host.demand.wanted ? [] : [`${host?.name}: left`];
      return host ? [`${host.name}: failed: ${event.failure.message}`, ...failureLines(host).map((line) => `  ${line}`)] : [];
    case "host.wanted":
    case "host.started":
    case "host.released":
    case "host.rested":
      return host ? demandLines(event, host, network) : [];
    case "host.drained":
      return [`${host?.name}: gets no new connections of services`];
    case "host.undrained":
      return [`${host?.name}: gets new connections of services again`];
    case "health.changed": {
      const service = network.hosts.get(event.service)?.name;
      return [`${host?.name}: ${event.healthy ? "healthy" : "unhealthy"} for ${service}: ${event.message}`];
    }
    case "link.retrying":
      return [`${host?.name}: ${retryText(event, event.code)}`];
    case "frontend.failed":
    case "plugin.failed":
      return [`${host?.name}: ${event.message}`, `  ${ERRORS[event.code].advice}`];
    case "host.crowded": {
      const from = network.hosts.get(event.from)?.name;
      if (host === undefined || from === undefined) return [];
      const what = event.code === "too-many-names" ? "names looked up" : "connections open";
      return [`${host.name}: refuses some of "${from}", which has ${event.open} ${what} there`, `  ${ERRORS[event.code].advice}`];
    }
    case "policy.refused":
      return [`${host?.name}: refused: ${event.message}`, `  ${ERRORS[event.code].advice}`];
    case "facts.dropped":
      return [`${host?.name}: ${droppedText(event)}`];
    default:
      return [];
  }
}

function agentText({ agent }: { readonly agent?: AgentInfo }, { version }: Network): string {
  const other = agent?.version === version ? "" : `, where the manager is ${version}`;
  return `norouter ${agent?.version}${other}, ${agent?.chosen ?? agent?.runtime}`;
}

function summary(network: Network): string[] {
  const ready = [...network.hosts.values()].filter(({ phase }) => phase === "ready");
  const idle = [...network.hosts.values()].filter(({ phase }) => phase === "idle");
  const missing = missingHere(network);
  const none = whyNoneHere(network);
  const hosts = hostsOf(network);
  const up = hosts.filter(({ phase }) => phase === "ready").length;
  const count = `${up} of ${hosts.length} hosts`;
  return [
    up + idle.length === hosts.length
      ? `Network is ready: ${count}${idle.length > 0 ? `, ${idle.length} idle until somebody connects` : ""}`
      : `Network is up: ${count} are ready`,
    ...(none === undefined ? [] : [`  ${none}`]),
    ...[...ready, ...idle].flatMap((host) => publishedLines(host, missing)),
    ...ready.flatMap(entranceLines).map((line) => `  ${line}`),
  ];
}

function publishedLines(host: HostState, missing: ReadonlySet<string>): string[] {
  const owner = host.service ? `, as service ${host.name}` : ` on ${host.name}`;
  return publishedBy(host, missing).map((line) => `  ${line}${owner}`);
}

function addressesOf(network: Network, id: HostId): string[] {
  const host = network.hosts.get(id);
  return host ? publishedLines(host, missingHere(network)) : [];
}

/** Says how long a host took that somebody waited for. */
function readyTexts(): (event: NetworkEvent, lines: string[]) => string[] {
  const wantedAt = new Map<HostId, number>();
  return (event, lines) => {
    if (event.type === "host.wanted") wantedAt.set(event.host, event.at);
    if (event.type !== "host.ready") return lines;
    const began = wantedAt.get(event.host);
    wantedAt.delete(event.host);
    return began === undefined ? lines : lines.map((line) => `${line} in ${showDuration(event.at - began)}`);
  };
}

/** Leaves out advice that was given for the address before: a host that shares another's network has none of its addresses. */
function repeatedAdvice(): (event: NetworkEvent, lines: string[]) => string[] {
  const last = new Map<HostId, string>();
  return (event, lines) => {
    if (event.type === "link.starting") last.delete(event.host);
    if (event.type !== "frontend.failed") return lines;
    const isSame = last.get(event.host) === event.code;
    last.set(event.host, event.code);
    return isSame ? lines.slice(0, 1) : lines;
  };
}

/** What a host's last failure was, and when it was told. */
interface ToldFailure {
  readonly key: string;
  /** Milliseconds since 1970; -Infinity when the next one is to be told, whatever it is. */
  readonly at: number;
  /** Whether it was told the last time it happened; if so, the wait that follows is told, too. */
  readonly told: boolean;
}

/** Leaves out what was said a moment ago: a failure like the last one, and the next start after it. */
function repeatedFailures(): (event: NetworkEvent, lines: string[]) => string[] {
  const last = new Map<HostId, ToldFailure>();
  return (event, lines) => {
    if (event.type === "host.ready") last.delete(event.host);
    const before = "host" in event ? last.get(event.host) : undefined;
    if (event.type === "link.opened" && before) last.set(event.host, { ...before, at: -Infinity });
    if (event.type === "link.retrying") return before?.told === false ? [] : lines;
    if (event.type !== "link.closed") return lines;
    const key = keyOf(event.failure);
    const same = before?.key === key;
    const told = !same || event.at - before.at >= REPEAT_MS;
    last.set(event.host, { key, at: told ? event.at : before.at, told });
    return told ? lines.slice(0, same ? 1 : undefined) : [];
  };
}

function keyOf({ code, message }: LinkFailure): string {
  return `${code} ${message}`;
}

function bannerLines({ banner = "" }: { readonly banner?: string }): string[] {
  return banner.split(/\r?\n/).flatMap((line) => (line.trim() === "" ? [] : [`  | ${line}`]));
}
