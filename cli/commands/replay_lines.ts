// A network at a moment as lines for people, of at most 80 cells.

import { type HostId, type HostState, type ListenerState, type Network, type Route, showPlace } from "../../core/mod.ts";
import { alignedTo, cut, plain } from "../ui/columns.ts";
import { adviceFor, endingOf, phaseOf } from "../ui/failure_words.ts";
import { COLUMNS, timeOf, wrapped } from "../ui/wrap.ts";
import { isPath } from "./why_sentences.ts";

/** A network at a moment. */
export interface Moment {
  /** Path of the journal. */
  readonly journal: string;
  /** Name of the network. */
  readonly name: string;
  readonly seq: number;
  /** Milliseconds since 1970 of that event; undefined for one that the journal has folded into its snapshot. */
  readonly at: number | undefined;
  /** Numbers of the first and the last moment that the journal has. */
  readonly first: number;
  readonly last: number;
  readonly network: Network;
}

/** The lines, without control characters. */
export function replayLines(moment: Moment): string[] {
  const { name, seq, first, last, at, network } = moment;
  const when = at === undefined ? "" : `, ${timeOf(at)}`;
  const hosts = [...network.hosts.values()];
  return [
    ...wrapped("network  ", `${name}, ${stateOf(network)}`),
    ...wrapped("as of    ", `event ${seq}${when}; the journal has ${first} to ${last}`),
    ...wrapped("plugins  ", network.plugins.map(({ name }) => name).join(", ") || "none"),
    "",
    ...(hosts.length === 0 ? ["no hosts"] : table(hosts)),
    ...hosts.flatMap(hostLines),
    ...(network.routes.length === 0 ? [] : ["", "routes, of which the last that fits wins"]),
    ...network.routes.flatMap((route, at) => routeLines(route, at, network)),
  ];
}

function stateOf({ id, version, stopped }: Network): string {
  if (id === "") return "not open yet";
  return `norouter ${version}, ${stopped ? "stopped" : "not stopped"}`;
}

function table(hosts: readonly HostState[]): string[] {
  const rows = hosts.map((host) => [
    `${host.id}`,
    plain(host.name),
    host.vip,
    phaseOf(host),
    `session ${host.session}`,
    host.local ? "this machine" : "",
  ]);
  const aligned = alignedTo(rows);
  return rows.map((row) => cut(aligned(row), COLUMNS));
}

function hostLines(host: HostState): string[] {
  const { name, aliases, ports, failure, listeners, agent } = host;
  const published = ports.map(({ listen, target }) => (target ? `${listen} (${showPlace(target)})` : `${listen}`));
  const all = [...listeners.values()];
  const held = all.filter((one) => !one.failure);
  const lines = [
    ...listed("also called", aliases),
    ...listed("way", host.private ? [`${host.private.transport}: ${host.private.via}`] : []),
    ...listed("agent", agent ? [`norouter ${agent.version}, ${agent.runtime}, process ${agent.pid}`] : []),
    ...listed("publishes", published),
    ...listed("listens on", held.filter(({ address }) => !isPath(address)).map(listenerText)),
    ...listed("keeps", held.filter(({ address }) => isPath(address)).map(listenerText)),
    ...all.flatMap(failedListener),
    ...(failure && phaseOf(host) === "failed"
      ? [...listed("failed", [endingOf(failure)]), ...wrapped(`${" ".repeat(15)}> `, adviceFor(failure.code))]
      : []),
  ];
  return ["", ...wrapped("", name), ...lines];
}

function listed(what: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : wrapped(`  ${what.padEnd(11)}  `, values.join(", "));
}

function listenerText({ address, serves }: ListenerState): string {
  return `${address} (${serves})`;
}

function failedListener({ frontend, address, failure }: ListenerState): string[] {
  return failure ? listed(frontend, [`fails: ${failure.message || address} (${failure.code})`]) : [];
}

function routeLines({ to, notTo, via, rule }: Route, at: number, network: Network): string[] {
  const except = notTo.length === 0 ? "" : ` but not ${notTo.join(", ")}`;
  const by = rule === undefined ? "" : `, by the rule ${rule}`;
  return wrapped(`  ${`${at}`.padStart(3)}  `, `${to.join(", ")}${except}: ${viaOf(via, network)}${by}`);
}

function viaOf(via: HostId | undefined, { hosts }: Network): string {
  return via === undefined ? "refused" : `via ${hosts.get(via)?.name ?? `host ${via}`}`;
}
