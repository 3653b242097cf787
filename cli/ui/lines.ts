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
  failureLines,
  isOrderly,
  missingHere,
  namesOf,
  progressText,
  publishedBy,
  retryText,
  settled,
  startOver,
  streamFailures,
} from "./view.ts";

/** Writes a line for everything that a person would want to find in a log. */
export function linesView(io: { stdout: (text: string) => void; stderr: (text: string) => void }, tips: readonly string[]): View {
  let told = false;
  let latest: Network | undefined;
  const failedStream = streamFailures();
  const failedBefore = sameFailures();
  /** By host: what is going on, and the last quarter of it that was told. */
  const quarters = new Map<HostId, string>();
  const write = (line: string) => io.stdout(`${new Date().toTimeString().slice(0, 8)} ${printable(line)}\n`);
  return {
    show(events, network) {
      latest = network;
      for (const event of events) {
        quarters.delete(startOver(event) ?? 0);
        const lines = linesOf(event, network);
        for (const line of [...(failedBefore(event) ? lines.slice(0, 1) : lines), ...failedStream(event, network)]) write(line);
      }
      if (told || !settled(network)) return;
      told = true;
      for (const line of [...summary(network), ...tips]) write(line);
    },
    progress(host, step) {
      if (step.total < LEAST_BYTES) return;
      const quarter = `${step.what} ${Math.floor((4 * step.done) / Math.max(step.total, 1))}`;
      const name = latest?.hosts.get(host)?.name;
      if (name === undefined || quarters.get(host) === quarter) return;
      quarters.set(host, quarter);
      write(`${name}: ${progressText(step)}`);
    },
    note: (line) => io.stderr(`${printable(line)}\n`),
    close: () => write("Network is stopped"),
  };
}

/** What is sent in a moment is not worth a line. */
const LEAST_BYTES = 1_000_000;

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
      return [`${host?.name}: ${event.message}`, `  ${ERRORS[event.code].advice}`];
    case "policy.refused":
      return [`${host?.name}: refused: ${event.message}`, `  ${ERRORS[event.code].advice}`];
    default:
      return [];
  }
}

function agentText({ agent }: { readonly agent?: AgentInfo }, { version }: Network): string {
  const other = agent?.version === version ? "" : `, where the manager is ${version}`;
  return `norouter ${agent?.version}${other}, ${agent?.runtime}`;
}

function summary(network: Network): string[] {
  const ready = namesOf(network, "ready");
  const hosts = [...network.hosts.values()].filter(({ phase }) => phase === "ready");
  const missing = missingHere(network);
  return [
    `Network is ready: ${ready.length} of ${network.hosts.size} hosts`,
    ...hosts.flatMap((host) => publishedBy(host, missing).map((line) => `  ${line} on ${host.name}`)),
  ];
}

/** Tells whether a host failed just as the time before, so that once is enough to say how. */
function sameFailures(): (event: NetworkEvent) => boolean {
  const last = new Map<HostId, string>();
  const keyOf = ({ code, message, exitCode, signal }: LinkFailure) => JSON.stringify([code, message, exitCode, signal]);
  return (event) => {
    if (event.type === "host.ready") last.delete(event.host);
    if (event.type !== "link.closed") return false;
    const same = last.get(event.host) === keyOf(event.failure);
    last.set(event.host, keyOf(event.failure));
    return same;
  };
}

function bannerLines({ banner = "" }: { readonly banner?: string }): string[] {
  return banner.split(/\r?\n/).flatMap((line) => (line.trim() === "" ? [] : [`  | ${line}`]));
}
