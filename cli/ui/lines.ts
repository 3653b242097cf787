// A network as plain log lines, for files, pipes and services.

import { ERRORS, type Network, type NetworkEvent, printable } from "../../core/mod.ts";
import type { View } from "./view.ts";
import { failureLines, isOrderly, missingHere, namesIn, publishedBy, settled, streamFailures } from "./view.ts";

/** Writes a line for everything that a person would want to find in a log. */
export function linesView(io: { stdout: (text: string) => void; stderr: (text: string) => void }, tips: readonly string[]): View {
  let told = false;
  const failedStream = streamFailures();
  const write = (line: string) => io.stdout(`${new Date().toTimeString().slice(0, 8)} ${printable(line)}\n`);
  return {
    show(events, network) {
      for (const event of events) for (const line of [...linesOf(event, network), ...failedStream(event, network)]) write(line);
      if (told || !settled(network)) return;
      told = true;
      for (const line of [...summary(network), ...tips]) write(line);
    },
    note: (line) => io.stderr(`${printable(line)}\n`),
    close: () => write("Network is stopped"),
  };
}

/** The lines of one event; most events have none. */
export function linesOf(event: NetworkEvent, network: Network): string[] {
  const host = "host" in event ? network.hosts.get(event.host) : undefined;
  switch (event.type) {
    case "link.starting":
      return host?.local ? [] : [`${host?.name}: starting (${host?.private?.via} agent)`];
    case "link.opened":
      if (host?.local) return [];
      return [`${host?.name}: agent answered (norouter ${event.agent?.version}, ${event.agent?.runtime})`, ...bannerLines(event)];
    case "host.ready":
      return [`${host?.name}: ready`];
    case "link.closed":
      if (isOrderly(event.failure)) return [`${host?.name}: left`];
      return host ? [`${host.name}: failed: ${event.failure.message}`, ...failureLines(host).map((line) => `  ${line}`)] : [];
    case "frontend.failed":
      return [`${host?.name}: ${event.message}`, `  ${ERRORS[event.code].advice}`];
    case "policy.refused":
      return [`${host?.name}: refused: ${event.message}`, `  ${ERRORS[event.code].advice}`];
    default:
      return [];
  }
}

function summary(network: Network): string[] {
  const ready = namesIn(network, "ready");
  const hosts = [...network.hosts.values()].filter(({ phase }) => phase === "ready");
  const missing = missingHere(network);
  return [
    `Network is ready: ${ready.length} of ${network.hosts.size} hosts`,
    ...hosts.flatMap((host) => publishedBy(host, missing).map((line) => `  ${line} on ${host.name}`)),
  ];
}

function bannerLines({ banner = "" }: { readonly banner?: string }): string[] {
  return banner.split(/\r?\n/).flatMap((line) => (line.trim() === "" ? [] : [`  | ${line}`]));
}
