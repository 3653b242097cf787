// `norouter status`: a running network and its hosts.

import type { ErrorCode } from "../../core/mod.ts";
import { isWritten } from "../../plugins/journal/lock.ts";
import { journalPath } from "../../plugins/journal/path.ts";
import type { Io } from "../load/io.ts";
import { type AskingArgs, askNetwork } from "../load/networks.ts";
import { alignedTo, cut, plain } from "../ui/columns.ts";
import { demandText } from "../ui/demand_lines.ts";
import { adviceFor } from "../ui/failure_words.ts";
import { retryText } from "../ui/view.ts";
import { COLUMNS, timeOf, wrapped } from "../ui/wrap.ts";

/** What the network answers of a host. */
interface HostSummary {
  readonly name: string;
  readonly vip: string;
  readonly phase: string;
  readonly layer: "manifest" | "added";
  readonly ports: readonly { readonly listen: number }[];
  readonly unserved: number;
  readonly streams: { readonly opened: number; readonly serves: number };
  readonly chosen?: string;
  readonly failure?: { readonly code: string; readonly message: string };
  readonly demand?: { readonly kept: boolean; readonly runs: string | null };
  readonly drained?: boolean;
  readonly service?: {
    readonly policy: string;
    readonly hosts: readonly {
      readonly name: string;
      readonly state: string;
      readonly connections: number;
      readonly health?: string;
    }[];
  };
  readonly retry?: { readonly attempt: number; readonly at: number };
}

/** What the network answers of itself. */
interface NetworkAnswer {
  readonly name: string;
  readonly version: string;
  readonly pid: number;
  readonly manifest: string | null;
  readonly seq: number;
  readonly flushed: number;
  readonly since: number;
  readonly hosts: readonly HostSummary[];
  readonly streams: number;
}

/** Letters of a name beside its state, on a line of 80 cells; a longer one stands on a line of its own. */
const WIDEST_NAME = 24;
/** Ports beyond these are counted: as many as fit on two lines. */
const MOST_PORTS = 8;
/** Cells; where less room is left beside a host, its ports stand below it. */
const LEAST_ROOM = 15;

/** Prints the state of a network and returns the exit code. */
export function status(args: AskingArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  return askNetwork<NetworkAnswer>(args, { method: "GET", path: "/v1/network" }, io, (network) =>
    statusLines(network, Date.now(), isWritten(journalPath(network.name))),
  );
}

/** The lines, of at most 80 cells; `hasJournal` when `why` finds the network's journal. */
export function statusLines(network: NetworkAnswer, now: number, hasJournal: boolean): string[] {
  const { name, version, pid, manifest, seq, flushed, since, hosts, streams } = network;
  const only = hosts.filter(({ service }) => !service);
  const ready = only.filter(({ phase }) => phase === "ready").length;
  return [
    ...wrapped("network   ", `${name}, norouter ${version}, process ${pid}`),
    ...wrapped("manifest  ", manifest ?? "none"),
    ...wrapped("since     ", timeOf(since)),
    ...wrapped("log       ", `event ${seq}${flushed < seq ? `, on disk to ${flushed}` : ""}`),
    ...wrapped("hosts     ", `${ready} of ${only.length} ready, ${counted(streams, "connection")} open`),
    "",
    ...hostRows(hosts, now, hasJournal),
  ];
}

function hostRows(hosts: readonly HostSummary[], now: number, hasJournal: boolean): string[] {
  const hasAdded = hosts.some(({ layer }) => layer === "added");
  const rows = hosts.map(({ streams: { opened, serves }, ...host }) => {
    const { name, vip, layer } = host;
    return [
      isLong(name) ? "" : plain(name),
      vip,
      stateOf(host),
      `${opened} out, ${serves} in`,
      ...(hasAdded ? [layer === "added" ? "added" : ""] : []),
    ];
  });
  const aligned = alignedTo(rows);
  return hosts.flatMap((host, at) => [
    ...(isLong(host.name) ? [cut(plain(host.name), COLUMNS)] : []),
    ...withPorts((end) => aligned([...(rows[at] ?? []), end]), portsText(host)),
    ...agentOf(host),
    ...demandOf(host),
    ...membersOf(host),
    ...failureOf(host, now),
    ...unservedBy(host, hasJournal),
  ]);
}

function stateOf({ phase, drained, service }: Pick<HostSummary, "phase" | "drained" | "service">): string {
  return service ? "service" : drained ? `${phase}, drained` : phase;
}

/** How the hosts of a service fare. */
function membersOf({ service }: HostSummary): string[] {
  const hosts = service?.hosts ?? [];
  const rows = hosts.map(({ name, state, connections }) => [plain(name), state, counted(connections, "connection")]);
  const aligned = alignedTo(rows);
  const members = hosts.map(({ health }, at) =>
    cut(`    ${aligned([...(rows[at] ?? []), health === undefined ? "" : plain(health)])}`, COLUMNS),
  );
  return service ? [`  ${service.policy} of`, ...members] : [];
}

/** A row that ends in ports, in further lines where they need some. */
function withPorts(rowWith: (end: string) => string, ports: string): string[] {
  if (ports === "") return [cut(rowWith(""), COLUMNS)];
  const begin = rowWith("|").slice(0, -1);
  return COLUMNS - begin.length < LEAST_ROOM ? [cut(rowWith(""), COLUMNS), ...wrapped("  ", ports)] : wrapped(begin, ports);
}

function portsText({ ports }: HostSummary): string {
  const shown = ports.slice(0, MOST_PORTS).map(({ listen }) => listen);
  const more = ports.length - shown.length;
  return ports.length === 0
    ? ""
    : `port${ports.length === 1 ? "" : "s"} ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function isLong(name: string): boolean {
  return name.length > WIDEST_NAME;
}

function agentOf({ chosen }: HostSummary): string[] {
  return chosen === undefined ? [] : wrapped("  agent  ", chosen);
}

function demandOf({ phase, demand }: HostSummary): string[] {
  const text = demand && demandText(phase, demand);
  return text === undefined ? [] : wrapped("  ", text);
}

function failureOf({ failure, retry, phase }: HostSummary, now: number): string[] {
  if (!failure || phase === "ready") return [];
  const { code, message } = failure;
  const waits = retry && retry.at > now ? [retryText({ ...retry, delayMs: retry.at - now }, code as ErrorCode)] : [];
  return [`${message} (${code})`, ...waits, adviceFor(code)].filter((line) => line !== "").flatMap((line) => wrapped("  ", line));
}

/** A host is ready without them. */
function unservedBy({ name, phase, unserved }: HostSummary, hasJournal: boolean): string[] {
  if (phase !== "ready" || unserved === 0) return [];
  const what = unserved === 1 ? "1 address or file is" : `${unserved} addresses or files are`;
  return wrapped("  ", `${what} not available; see 'norouter ${hasJournal ? `why ${name}` : "logs"}'`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
