// A network as a small live table on a terminal. Redraws in place; never wider than the terminal.

import type { WriteStream } from "node:tty";
import { stripVTControlCharacters, styleText } from "node:util";
import { cellsOf } from "../../core/manifest/mod.ts";
import {
  type HostId,
  type HostState,
  type Network,
  type NetworkEvent,
  printable,
  type Service,
  type StartProgress,
} from "../../core/mod.ts";
import { changeTeller } from "./changes.ts";
import { alignedTo, cut, plain } from "./columns.ts";
import { inForeground, onContinued } from "./job_control.ts";
import type { View } from "./view.ts";
import {
  droppedText,
  entranceLines,
  failureLines,
  hostsOf,
  isOrderly,
  listenerProblems,
  missingHere,
  namesOf,
  progressText,
  publishedBy,
  retryText,
  settled,
  startOver,
  streamFailures,
  whyNoneHere,
} from "./view.ts";

/** Redraws at most this often. */
const REDRAW_MS = 50;
/** While a host waits for its next start, what is left of the wait is shown anew this often. */
const COUNTDOWN_MS = 1000;
const COLOURS = {
  ...({ ready: "green", failed: "red", left: "gray", admitted: "gray", idle: "gray" } as const),
  ...({ starting: "yellow", joining: "yellow", stopping: "yellow" } as const),
} as const;

/** Shows hosts, states and addresses, and why a host failed, on a terminal that is written to by `write`. */
export function tableView(out: WriteStream, write: (text: string) => void, tips: readonly string[]): View {
  return new TableView(out, write, tips);
}

class TableView implements View {
  readonly #out: WriteStream;
  readonly #write: (text: string) => void;
  readonly #tips: readonly string[];
  readonly #failedStream = streamFailures();
  readonly #changes = changeTeller();
  readonly #progress = new Map<HostId, StartProgress>();
  /** Undefined until there is anything to show. */
  #network: Network | undefined;
  #isStopping = false;
  /** The lines of the last drawing, which stand above the cursor; none when somebody else wrote below it. */
  #drawn: readonly string[] = [];
  #soon: ReturnType<typeof setTimeout> | undefined;
  #countdown: ReturnType<typeof setTimeout> | undefined;
  readonly #redraw = () => this.#draw();
  readonly #ended: () => void;

  constructor(out: WriteStream, write: (text: string) => void, tips: readonly string[]) {
    this.#out = out;
    this.#write = write;
    this.#tips = tips;
    out.on("resize", this.#redraw);
    this.#ended = onContinued(() => {
      this.#drawn = [];
      this.#redrawSoon();
    });
  }

  show(events: readonly NetworkEvent[], network: Network): void {
    this.#network = network;
    for (const event of events) this.#progress.delete(startOver(event) ?? 0);
    const failures = events.flatMap((event) => [...this.#failedStream(event, network), ...dropped(event, network)]);
    const notes = [...this.#changes(events, network), ...failures];
    if (notes.length > 0) this.#draw(notes.map(printable));
    else this.#redrawSoon();
  }

  progress(host: HostId, step: StartProgress): void {
    this.#progress.set(host, step);
    this.#redrawSoon();
  }

  stopping(): void {
    this.#isStopping = true;
    if (this.#network) this.#redrawSoon();
  }

  note(line: string): void {
    this.#draw([printable(line)]);
  }

  close(network: Network): void {
    this.#network = network;
    this.#out.off("resize", this.#redraw);
    this.#ended();
    clearTimeout(this.#soon);
    clearTimeout(this.#countdown);
    if (!inForeground()) this.#drawn = [];
    const failures = [...network.hosts.values()].filter(({ failure }) => failure && !isOrderly(failure));
    const lines = failures.flatMap((host) => [`${host.name}: failed`, ...details(host)]);
    this.#write(`${this.#erasing()}${[...lines, "Network is stopped"].join("\n")}\n`);
  }

  #redrawSoon(): void {
    this.#soon ??= setTimeout(this.#redraw, REDRAW_MS);
  }

  /** Writes notes, and the table below them where it may be drawn. */
  #draw(notes: readonly string[] = []): void {
    clearTimeout(this.#soon);
    clearTimeout(this.#countdown);
    this.#soon = undefined;
    const mayDraw = inForeground();
    if (!mayDraw) this.#drawn = [];
    const lines = mayDraw ? this.#lines() : [];
    if (!mayDraw || [...(this.#network?.hosts.values() ?? [])].some(isWaiting))
      this.#countdown = setTimeout(this.#redraw, COUNTDOWN_MS);
    this.#write(this.#erasing() + [...notes, ...lines].map((line) => `${line}\n`).join(""));
    this.#drawn = lines;
  }

  /** The table as the terminal has room for it. */
  #lines(): string[] {
    if (!this.#network) return [];
    const [network, stopping] = [this.#network, this.#isStopping];
    const { columns, rows } = sizeOf(this.#out);
    const tips = settled(network) && !stopping ? this.#tips : [];
    const lines = fitted(blocksOf(network, { progress: this.#progress, stopping }), tips, rows);
    return lines.map((line) => cut(line, columns - 1));
  }

  /** What takes the last drawing off the screen. */
  #erasing(): string {
    const rows = rowsOf(this.#drawn, sizeOf(this.#out).columns);
    return rows > 0 ? `\x1b[${rows}A\r\x1b[J` : "";
  }
}

/** A terminal that does not say how large it is counts as 80 by 24. */
function sizeOf({ columns, rows }: WriteStream): { readonly columns: number; readonly rows: number } {
  return { columns: columns || 80, rows: rows || 24 };
}

/** Terminals that cut lines when they become narrower; the others break them. */
const CUTS_LINES = process.env.XTERM_VERSION !== undefined || /^(linux|vt|rxvt)/.test(process.env.TERM ?? "");

/** How many rows lines take that were drawn when the terminal may have been wider. */
function rowsOf(lines: readonly string[], columns: number): number {
  if (CUTS_LINES) return lines.length;
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(cellsOf(stripVTControlCharacters(line)) / columns)), 0);
}

function dropped(event: NetworkEvent, network: Network): string[] {
  return event.type === "facts.dropped" ? [`${network.hosts.get(event.host)?.name}: ${droppedText(event)}`] : [];
}

/** What changes without an event. */
interface Moment {
  /** Milliseconds since 1970. */
  readonly now?: number;
  readonly progress?: ReadonlyMap<HostId, StartProgress>;
  /** Hosts leave, as the network stops. */
  readonly stopping?: boolean;
}

/** What is shown of one host: its row, further addresses, and what there is to say about it. */
interface Block {
  readonly row: string;
  readonly addresses: readonly string[];
  readonly details: readonly string[];
}

/** A network as blocks, in colour. */
interface Blocks {
  readonly head: string;
  readonly hosts: readonly Block[];
  readonly foot: readonly string[];
}

/** The table as lines, in colour. */
export function tableLines(network: Network, moment: Moment = {}, rows = Number.POSITIVE_INFINITY): string[] {
  return fitted(blocksOf(network, moment), [], rows);
}

function blocksOf(network: Network, { now = Date.now(), progress = new Map(), stopping = false }: Moment): Blocks {
  const hosts = [...network.hosts.values()];
  const missing = missingHere(network);
  const published = hosts.map((host) => publishedBy(host, missing).map(plain));
  const rows = hosts.map((host, index) => [
    plain(host.name),
    host.vip,
    stateOf(host),
    published[index]?.[0] ?? "",
    plain(host.service ? membersOf(host.service, network) : (host.private?.via ?? "")),
  ]);
  const head = ["HOST", "VIP", "STATE", "ADDRESSES", "BY"];
  const shown = alignedTo([head, ...rows]);
  const blocks = hosts.map((host, index) => {
    const state = stateOf(host);
    const row = shown(rows[index] ?? []).replace(new RegExp(` ${state}(?= |$)`), ` ${styleText(COLOURS[state], state)}`);
    const addresses = (published[index]?.slice(1) ?? []).map((line) => shown(["", "", "", line, ""]));
    return { row, addresses, details: [...details(host), ...outlook(host, now, progress.get(host.id))] };
  });
  const none = whyNoneHere(network);
  const notes = [...hosts.flatMap(entranceLines), ...(none === undefined ? [] : [none])];
  const foot = [...notes.map(plain), "", statusLine(network, stopping)];
  return { head: styleText("bold", shown(head)), hosts: blocks, foot };
}

function membersOf({ hosts, policy }: Service, network: Network): string {
  return `${policy} of ${hosts.map((id) => network.hosts.get(id)?.name ?? id).join(", ")}`;
}

/** A host that was told to leave and did has not failed. */
function stateOf({ phase, failure }: HostState): keyof typeof COLOURS {
  return phase === "failed" && failure && isOrderly(failure) ? "left" : phase;
}

function details(host: HostState): string[] {
  const isTold = stateOf(host) === "failed" || host.phase === "idle";
  const failure = host.failure && isTold ? [host.failure.message, ...failureLines(host)] : [];
  return [...failure, ...listenerProblems(host)].map((line) => styleText("red", `  ${plain(line)}`));
}

/** A host that failed and waits for its next start. */
function isWaiting({ phase, retry }: HostState): boolean {
  return phase === "failed" && retry !== undefined;
}

/** What comes next for a host that is not up. */
function outlook(host: HostState, now: number, step: StartProgress | undefined): string[] {
  const { retry, failure } = host;
  const lines = step && host.phase === "starting" ? [progressText(step)] : [];
  if (retry && failure && isWaiting(host))
    lines.push(retryText({ attempt: retry.attempt, delayMs: retry.at - now }, failure.code));
  return lines.map((line) => styleText("yellow", `  ${plain(line)}`));
}

function statusLine(network: Network, stopping: boolean): string {
  if (stopping) return "Stopping ...";
  if (!settled(network)) return "Starting ... Ctrl-C stops";
  const idle = namesOf(network, "idle").length;
  const waiting = idle === 0 ? "" : `, ${idle} idle`;
  return `${namesOf(network, "ready").length} of ${hostsOf(network).length} hosts are ready${waiting}. Ctrl-C stops`;
}

/**
 * The blocks as lines for a terminal of so many rows. No host takes more of them than leaves room for the others; the rest of
 * what there is to say is said when the network is stopped.
 */
function fitted({ head, hosts, foot }: Blocks, tips: readonly string[], rows: number): string[] {
  const room = Math.max(3, rows - 1);
  const spare = room - 1 - hosts.length - foot.length - tips.length;
  const details = boundedTo(
    hosts.map((host) => host.details),
    spare,
  );
  const addresses = boundedTo(
    hosts.map((host) => host.addresses),
    spare - details.flat().length,
  );
  const body = hosts.flatMap(({ row }, index) => [row, ...(addresses[index] ?? []), ...(details[index] ?? [])]);
  const lines = [head, ...body, ...foot, ...tips];
  if (lines.length <= room) return lines;
  return [...lines.slice(0, room - 2), `... ${lines.length - room + 1} more lines`, lines.at(-1) ?? ""];
}

/** The lists, the longest of them cut, so that all of them together fit into the room. */
function boundedTo(lists: readonly (readonly string[])[], room: number): (readonly string[])[] {
  const fits = (most: number) => lists.reduce((sum, { length }) => sum + Math.min(length, most), 0) <= room;
  let [least, most] = [0, lists.reduce((longest, { length }) => Math.max(longest, length), 0)];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (fits(middle)) least = middle;
    else most = middle - 1;
  }
  return lists.map((lines) => {
    if (lines.length <= most || most < 2) return lines.slice(0, most);
    return [...lines.slice(0, most - 1), `  ... ${lines.length - most + 1} more lines about it`];
  });
}
