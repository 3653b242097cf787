// `norouter explain`: where a destination leads, and why, by a network that runs or a manifest alone. No host is asked.

import { formatDiagnostic, maskedVia, safeJson } from "../../core/manifest/mod.ts";
import {
  type Destination,
  destinationOf,
  ERRORS,
  type ExplainQuestion,
  type HostState,
  hostOf,
  LAST_PORT,
  type Network,
  NoRouterError,
  plannedNetwork,
  planRoutes,
} from "../../core/mod.ts";
import { findingsForJson, type Io, loadManifest } from "../load/io.ts";
import { askNetwork } from "../load/networks.ts";
import { explainLines } from "./explain_lines.ts";
import { type Explanation, explanationOf } from "./explanation.ts";

/** What `explain` is asked for. */
export interface ExplainArgs {
  /** `NAME`, `NAME:PORT` or the URL of a web page. */
  readonly destination: string;
  /** Path of a manifest, or "-"; undefined: a network that runs is asked. */
  readonly file: string | undefined;
  /** Name of the host where a program asks; undefined for the manager's own. */
  readonly from: string | undefined;
  /** Name of the network that is asked; undefined for the one that runs. */
  readonly name?: string | undefined;
  readonly json: boolean;
}

/**
 * Explains one destination. Returns 0 when the network leads there, or leaves it alone; else the exit code of the error
 * that a program would get.
 * @throws NoRouterError `usage`; as `askNetwork`
 */
export async function explain(args: ExplainArgs, io: Io): Promise<number> {
  const { destination: asked, file, from, json } = args;
  const destination = parseAsked(asked);
  if (file === undefined) {
    const query = new URLSearchParams({ destination: asked, ...(from !== undefined && { from }) });
    const request = { method: "GET", path: `/v1/explain?${query}` } as const;
    return askNetwork<Explanation>({ name: args.name, json }, request, io, (explanation) => explainLines(explanation), exitOf);
  }
  const { manifest, registry, folder, routeLines = [], diagnostics, code } = await loadManifest(file, io);
  if (!manifest) {
    for (const finding of diagnostics) io.stderr(`${formatDiagnostic(finding)}\n`);
    if (json) io.stdout(`${safeJson({ ok: false, code, diagnostics: findingsForJson(diagnostics) }, 2)}\n`);
    return ERRORS[code].exit;
  }
  const planned = planRoutes(manifest.routes, registry.rules, folder);
  const network = await plannedNetwork(manifest, planned, registry.keys);
  const explanation = explanationOf({ destination, network, planned, from: hostFor(network, from), routeLines });
  const name = file === "-" ? "standard input" : file;
  if (json) io.stdout(`${safeJson({ ok: explanation.code === undefined, asked: maskedVia(asked), ...explanation }, 2)}\n`);
  else io.stdout(`${explainLines(explanation, name).join("\n")}\n`);
  return exitOf(explanation);
}

function exitOf({ code }: Explanation): number {
  return code === undefined ? 0 : ERRORS[code].exit;
}

/**
 * Explains one destination on a network that runs, in the form of `--json`. Routes that rules brought have no lines.
 * @throws NoRouterError `usage`
 */
export function explainLive({ destination: asked, from, network, routeLines }: ExplainQuestion): unknown {
  const lines = network.routes.some(({ rule }) => rule !== undefined) ? [] : routeLines;
  const question = { destination: parseAsked(asked), network, planned: [], from: hostFor(network, from), routeLines: lines };
  const explanation = explanationOf(question);
  return { ok: explanation.code === undefined, asked: maskedVia(asked), ...explanation };
}

const WEB_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** The destination of `name:port`, `[address]:port`, a bare name or address, or the URL of a web page. */
function parseAsked(asked: string): Destination {
  const url = /^https?:\/\//i.test(asked) && URL.canParse(asked) ? new URL(asked) : undefined;
  if (url) return destinationOf(url.hostname, url.port === "" ? (WEB_PORTS[url.protocol] ?? 0) : Number(url.port));
  const [, bracketed, single, digits] = /^(?:(\[[^\]]*\])|([^:[\]]*))(?::(\d{1,5}))?$/.exec(asked) ?? [];
  const host = bracketed ?? single ?? asked;
  const destination = destinationOf(host, Number(digits ?? 0));
  const isBad = host === "" || host === "[]" || (!destination.address && /[:[\]\s/]/.test(host));
  if (isBad || destination.port > LAST_PORT || (digits !== undefined && destination.port === 0))
    throw new NoRouterError("usage", `"${maskedVia(asked)}" is no destination, NAME or NAME:PORT was wanted`);
  return destination;
}

/** The host where the question comes up. */
function hostFor(network: Network, name: string | undefined): HostState {
  const hosts = [...network.hosts.values()];
  const found =
    name === undefined ? (hosts.find(({ local }) => local) ?? hosts[0]) : hostOf(network, destinationOf(name, 0).host);
  if (found) return found;
  throw new NoRouterError("usage", `There is no host "${name}", one of ${hosts.map((host) => host.name).join(", ")} was wanted`);
}
