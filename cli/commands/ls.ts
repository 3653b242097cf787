// `norouter ls`: what there is in a running network and what leads to what. How hosts fare is 'status'.

import { safeJson } from "../../core/manifest/mod.ts";
import { networkNamed, request } from "../../plugins/api/client.ts";
import type { Io } from "../load/io.ts";
import { type AskingArgs, orRefused } from "../load/networks.ts";
import { nearestOf, usage } from "../options.ts";
import { alignedTo, bytesText, plain } from "../ui/columns.ts";
import { timeOf, wrapped } from "../ui/wrap.ts";

/** What `ls` lists. */
const SECTIONS = ["hosts", "services", "tunnels"] as const;
type Section = (typeof SECTIONS)[number];

/** What `ls` is asked for. */
export interface LsArgs extends AskingArgs {
  /** One of {@link SECTIONS}; "" for all. */
  readonly what: string;
}

/** What the network answers. */
export interface ListAnswer {
  readonly hosts: readonly {
    readonly name: string;
    readonly vip: string;
    readonly aliases: readonly string[];
    readonly phase: string;
    readonly ports: readonly { readonly listen: number; readonly target?: string }[];
    readonly transport: string | null;
  }[];
  readonly services: readonly {
    readonly name: string;
    readonly vip: string;
    readonly ports: readonly number[];
    readonly hosts: readonly { readonly name: string; readonly phase: string }[];
  }[];
  readonly links: readonly {
    readonly host: string;
    readonly transport: string | null;
    readonly via: string | null;
    readonly agent: { readonly version: string; readonly runtime: string };
    readonly since: number | null;
    readonly bytes: number;
  }[];
  readonly listeners: readonly { readonly address: string; readonly on: string; readonly leadsTo: string }[];
}

/** Prints what there is in a network and returns the exit code. @throws NoRouterError as `askNetwork`, and `usage` */
export async function ls({ what, name, json }: LsArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  const only = what === "" ? undefined : sectionOf(what);
  return orRefused(json, io, async () => {
    const { path } = await networkNamed(name);
    const { body } = await request(path, { method: "GET", path: "/v1/list" });
    const list = body as ListAnswer;
    if (json) io.stdout(`${safeJson(only ? partOf(list, only) : list, 2)}\n`);
    else for (const line of only ? linesOf(list, only) : allLines(list)) io.stdout(`${line}\n`);
    return 0;
  });
}

function sectionOf(word: string): Section {
  const found = SECTIONS.find((section) => section === word);
  return found ?? usage(`'norouter ls' lists 'hosts', 'services' or 'tunnels', not "${word}"${nearestOf(word, SECTIONS)}`);
}

function partOf({ hosts, services, links, listeners }: ListAnswer, section: Section): Partial<ListAnswer> {
  return section === "hosts" ? { hosts } : section === "services" ? { services } : { links, listeners };
}

/** All sections, each below its name. */
export function allLines(list: ListAnswer): string[] {
  return SECTIONS.flatMap((section) => {
    const lines = linesOf(list, section, "  ");
    return section === "services" && list.services.length === 0 ? [] : [section, ...lines];
  });
}

/** One section, a line for each thing where it fits into 80 cells. */
export function linesOf(list: ListAnswer, section: Section, indent = ""): string[] {
  const lines = { hosts: hostLines, services: serviceLines, tunnels: tunnelLines }[section](list, indent);
  return lines.length > 0 ? lines : [`${indent}none`];
}

function hostLines({ hosts }: ListAnswer, indent: string): string[] {
  const rows = hosts.map(({ name, vip, phase, transport }) => [plain(name), vip, phase, transport ?? "here"]);
  const aligned = alignedTo(rows);
  return hosts.flatMap(({ name, aliases, ports }, at) => {
    const shown = ports.map(({ listen, target }) => (target === undefined ? `${listen}` : `${listen} -> ${target}`));
    const also = aliases.length > 0 ? [`also ${aliases.join(", ")}`] : [];
    // Below the host each line names it, so that a search finds whose port it is.
    const below = [...shown.map((port) => `${name}:${port}`), ...also];
    return withRest(`${indent}${aligned(rows[at] ?? [])}`, [...shown, ...also].join(", "), indent, below);
  });
}

function serviceLines({ services }: ListAnswer, indent: string): string[] {
  const rows = services.map(({ name, vip }) => [plain(name), vip]);
  const aligned = alignedTo(rows);
  return services.flatMap(({ ports, hosts }, at) => {
    const behind = hosts.map(({ name, phase }) => (phase === "ready" ? name : `${name} (${phase})`));
    const to = behind.length > 0 ? behind.join(", ") : "no host";
    return withRest(`${indent}${aligned(rows[at] ?? [])}`, `${ports.join(", ")} -> ${to}`, indent);
  });
}

function tunnelLines({ links, listeners }: ListAnswer, indent: string): string[] {
  const linkRows = links.map(({ host, transport, agent: { version, runtime }, since, bytes }) => [
    `link -> ${plain(host)}`,
    transport ?? "here",
    since === null ? "" : `since ${timeOf(since)}`,
    bytesText(bytes),
    plain(`norouter ${version}, ${runtime}`),
  ]);
  const alignedLink = alignedTo(linkRows.map((row) => row.slice(0, -1)));
  const linkLines = links.flatMap(({ via }, at) => [
    ...withRest(`${indent}${alignedLink(linkRows[at]?.slice(0, -1) ?? [])}`, linkRows[at]?.at(-1) ?? "", indent),
    ...(via === null ? [] : wrapped(`${indent}  `, via)),
  ]);
  const rows = listeners.map(({ address, on, leadsTo }) => [plain(address), `on ${plain(on)}`, `-> ${plain(leadsTo)}`]);
  const aligned = alignedTo(rows);
  return [...linkLines, ...rows.flatMap((row) => wrapped(indent, aligned(row)))];
}

/** The rest behind a row, or below it where it does not fit, in lines of its own. */
function withRest(row: string, rest: string, indent: string, below: readonly string[] = [rest]): string[] {
  if (rest === "") return wrapped("", row);
  const whole = wrapped("", `${row}  ${rest}`);
  if (whole.length === 1) return whole;
  return [...wrapped("", row), ...below.flatMap((line) => wrapped(`${indent}  `, line))];
}
