// `norouter traffic`: how many bytes connections of a running network have carried, between whom.

import { timeSince, trafficBy } from "../../plugins/api/traffic.ts";
import type { Io } from "../load/io.ts";
import { sinceOf } from "../load/journals.ts";
import { type AskingArgs, askNetwork } from "../load/networks.ts";
import { usage } from "../options.ts";
import { alignedTo, bytesText, cut, plain, width } from "../ui/columns.ts";
import { COLUMNS, timeOf } from "../ui/wrap.ts";

/** What `traffic` is asked for. */
export interface TrafficArgs extends AskingArgs {
  readonly by: string | undefined;
  /** How long ago, or a time. */
  readonly since: string | undefined;
}

interface Counted {
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly streams: number;
}

/** What the network answers; of a row, what its kind has. */
export interface TrafficAnswer {
  readonly by: string;
  readonly since: number | null;
  readonly total: Counted;
  readonly rows: readonly (Partial<Counted> & {
    readonly from?: string | null;
    readonly to?: string | null;
    readonly port?: number | null;
    readonly routed?: boolean;
    readonly host?: string | null;
    readonly sent?: number;
    readonly received?: number;
    readonly opened?: number;
    readonly served?: number;
  })[];
}

/** A line's text, and the numbers beside it. */
type Row = readonly [label: string, ...numbers: string[]];

/** Cells of a label beside its numbers; a longer one stands on a line of its own. */
const WIDEST_LABEL = 40;
/** Stands for what was too little to be counted apart. */
const OTHERS = "others";

/** Prints the counters of a network and returns the exit code. @throws NoRouterError as {@link askNetwork}, and `usage` */
export function traffic(args: TrafficArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  const by = trafficBy(args.by ?? "edge");
  const since = args.since === undefined ? "" : `&since=${timeOfText(args.since, Date.now())}`;
  return askNetwork<TrafficAnswer>(args, { method: "GET", path: `/v1/traffic?by=${by}${since}` }, io, trafficLines);
}

/** @throws NoRouterError `usage`; numbers of events are no times here. */
function timeOfText(text: string, now: number): number {
  if (/^\d+[smhd]$/.test(text)) return timeSince(text, now);
  const wrong = `'--since' wants how long ago, such as '30m', '1h' or '2d', or a time, such as 14:03, not "${text}"`;
  try {
    const since = sinceOf(text, now);
    if ("at" in since && since.at >= 0) return Math.round(since.at);
  } catch {
    // Said below, in the words of this command.
  }
  return usage(wrong);
}

/** The lines, of at most 80 cells. */
export function trafficLines(answer: TrafficAnswer): string[] {
  const { by, since, total, rows } = answer;
  const begin = since === null ? "since the network began" : `since ${timeOf(since)}`;
  if (rows.length === 0) return [`Nothing was carried ${begin}`];
  const table: Row[] = [headOf(by), ...rows.map((row) => rowOf(by, row)), sumRow(by, total)];
  return [`Carried ${begin}`, ...tableLines(table)];
}

function headOf(by: string): Row {
  if (by === "host") return ["host", "sent", "received", "opened", "served"];
  return [by === "port" ? "port" : "from -> to", "out", "in", "connections"];
}

function rowOf(by: string, row: TrafficAnswer["rows"][number]): Row {
  if (by === "host") {
    const { host, sent = 0, received = 0, opened = 0, served = 0 } = row;
    return [host ?? OTHERS, bytesText(sent), bytesText(received), `${opened}`, `${served}`];
  }
  const { bytesOut = 0, bytesIn = 0, streams = 0 } = row;
  return [by === "port" ? portLabel(row) : edgeLabel(row), bytesText(bytesOut), bytesText(bytesIn), `${streams}`];
}

function edgeLabel({ from, to }: TrafficAnswer["rows"][number]): string {
  return from == null || to == null ? OTHERS : `${from} -> ${to}`;
}

function portLabel({ to, port, routed }: TrafficAnswer["rows"][number]): string {
  if (to == null) return OTHERS;
  if (port == null) return `${to}, further ports`;
  return routed ? `port ${port} through ${to}` : `${to}:${port}`;
}

/** Each byte once; by host it was sent by one and received by one. */
function sumRow(by: string, { bytesOut, bytesIn, streams }: Counted): Row {
  if (by !== "host") return ["sum", bytesText(bytesOut), bytesText(bytesIn), `${streams}`];
  const all = bytesText(bytesOut + bytesIn);
  return ["sum", all, all, `${streams}`, `${streams}`];
}

function tableLines(table: readonly Row[]): string[] {
  const labels = table.map(([label]) => plain(label));
  const isLong = (label: string) => width(label) > WIDEST_LABEL;
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  const numbers = table.map(([, ...cells]) => cells.map((cell, at) => cell.padStart(widths[at + 1] ?? 0)));
  const rows = table.map((_, at) => [isLong(labels[at] ?? "") ? "" : (labels[at] ?? ""), ...(numbers[at] ?? [])]);
  const aligned = alignedTo(rows);
  return rows.flatMap((row, at) => [...(row[0] === "" ? [cut(labels[at] ?? "", COLUMNS)] : []), cut(aligned(row), COLUMNS)]);
}
