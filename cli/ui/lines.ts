// A network as plain log lines, for files, pipes and services.

import {
  type AgentInfo,
  ERRORS,
  type HostId,
  type LinkFailure,
  type Network,
  type NetworkEvent,
  printable,
} from "../../core/mod.ts";
import type { View } from "./view.ts";
import {
  droppedText,
  entrancesOf,
  failureLines,
  isOrderly,
  missingHere,
  progressText,
  publishedBy,
  retryText,
  settled,
  startOver,
  streamFailures,
  whyNoneHere,
} from "./view.ts";

/** Writes a line for everything that a person would want to find in a log. */
export function linesView(io: { stdout: (text: string) => void; stderr: (text: string) => void }, tips: readonly string[]): View {
  let told = false;
  let latest: Network | undefined;
  const failedStream = streamFailures();
  const failuresToTell = repeatedFailures();
  /** By host: what is going on, and the last quarter of it that was told. */
  const quarters = new Map<HostId, string>();
  const write = (line: string) => io.stdout(timed(line));
  return {
    show(events, network) {
      latest = network;
      for (const event of events) {
        quarters.delete(startOver(event) ?? 0);
        const lines = failuresToTell(event, linesOf(event, network));
        for (const line of [...lines, ...failedStream(event, network)]) write(line);
      }
      if (told || !settled(network)) return;
      told = true;
      for (const line of [...summary(network), ...tips]) write(line);
    },
    progress(host, step) {
      if (step.total < LEAST_BYTES) return;
      const quarter = `${step.what} ${Math.floor((4 * step.done) / step.total)}`;
      const name = latest?.hosts.get(host)?.name;
      if (name === undefined || quarters.get(host) === quarter) return;
      quarters.set(host, quarter);
      write(`${name}: ${progressText(step)}`);
    },
    note: (line) => io.stderr(timed(line)),
    close: () => write("Network is stopped"),
  };
}

/** What is sent in a moment is not worth a line. */
const LEAST_BYTES = 1_000_000;
/** A host that stays down says so this often. */
const REPEAT_MS = 60_000;

function timed(line: string): string {
  return `${new Date().toTimeString().slice(0, 8)} ${printable(line)}\n`;
}

/** The lines of one event; most events have none. */
export function linesOf(event: NetworkEvent, network: Network): string[] {
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
      if (isOrderly(event.failure)) return [`${host?.name}: left`];
      return host ? [`${host.name}: failed: ${event.failure.message}`, ...failureLines(host).map((line) => `  ${line}`)] : [];
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
  return `norouter ${agent?.version}${other}, ${agent?.runtime}`;
}

function summary(network: Network): string[] {
  const ready = [...network.hosts.values()].filter(({ phase }) => phase === "ready");
  const missing = missingHere(network);
  const none = whyNoneHere(network);
  const count = `${ready.length} of ${network.hosts.size} hosts`;
  return [
    ready.length === network.hosts.size ? `Network is ready: ${count}` : `Network is up: ${count} are ready`,
    ...(none === undefined ? [] : [`  ${none}`]),
    ...ready.flatMap((host) => publishedBy(host, missing).map((line) => `  ${line} on ${host.name}`)),
    ...ready.flatMap(entrancesOf).map((line) => `  ${line}`),
  ];
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
