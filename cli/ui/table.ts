// A network as a small live table on a terminal. Redraws in place; never wider than the terminal.

import type { WriteStream } from "node:tty";
import { stripVTControlCharacters, styleText } from "node:util";
import { type HostId, type HostState, type Network, type NetworkEvent, printable, type StartProgress } from "../../core/mod.ts";
import { alignedTo } from "./columns.ts";
import type { View } from "./view.ts";
import {
  droppedText,
  entrancesOf,
  failureLines,
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
} from "./view.ts";

/** Redraws at most this often. */
const REDRAW_MS = 50;
/** While a host waits for its next start, what is left of the wait is shown anew this often. */
const COUNTDOWN_MS = 1000;
const COLOURS = { ready: "green", failed: "red", left: "gray", admitted: "gray", starting: "yellow", joining: "yellow" } as const;

/** Shows hosts, states and addresses, and why a host failed, on a terminal that is written to by `write`. */
export function tableView(out: WriteStream, write: (text: string) => void, tips: readonly string[]): View {
  let drawn = 0;
  let latest: Network | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let countdown: ReturnType<typeof setTimeout> | undefined;
  const progress = new Map<HostId, StartProgress>();

  /** Takes the last drawing off the screen. */
  const erasing = () => (drawn > 0 ? `\x1b[${drawn}A\r\x1b[J` : "");
  const draw = (notes: readonly string[] = []) => {
    clearTimeout(timer);
    clearTimeout(countdown);
    timer = undefined;
    const lines = latest ? fitted([...tableLines(latest, { progress }), ...(settled(latest) ? tips : [])], out) : [];
    if ([...(latest?.hosts.values() ?? [])].some(isWaiting)) countdown = setTimeout(redraw, COUNTDOWN_MS);
    write(erasing() + [...notes, ...lines].map((line) => `${line}\n`).join(""));
    drawn = lines.length;
  };
  const redraw = () => draw();
  const failedStream = streamFailures();
  out.on("resize", redraw);

  return {
    show(events, network) {
      latest = network;
      for (const event of events) progress.delete(startOver(event) ?? 0);
      const notes = events.flatMap((event) => [...failedStream(event, network), ...dropped(event, network)]);
      if (notes.length > 0) draw(notes.map(printable));
      else timer ??= setTimeout(redraw, REDRAW_MS);
    },
    progress(host, step) {
      progress.set(host, step);
      timer ??= setTimeout(redraw, REDRAW_MS);
    },
    note: (line) => draw([printable(line)]),
    close(network) {
      latest = network;
      out.off("resize", redraw);
      clearTimeout(timer);
      clearTimeout(countdown);
      const failures = [...network.hosts.values()].filter(({ failure }) => failure && !isOrderly(failure));
      const lines = failures.flatMap((host) => [`${host.name}: failed`, ...details(host)]);
      write(`${erasing()}${[...lines, "Network is stopped"].join("\n")}\n`);
    },
  };
}

function dropped(event: NetworkEvent, network: Network): string[] {
  return event.type === "facts.dropped" ? [`${network.hosts.get(event.host)?.name}: ${droppedText(event)}`] : [];
}

/** What changes without an event. */
interface Moment {
  /** Milliseconds since 1970. */
  readonly now?: number;
  readonly progress?: ReadonlyMap<HostId, StartProgress>;
}

/** The table as lines, in colour. */
export function tableLines(network: Network, { now = Date.now(), progress = new Map() }: Moment = {}): string[] {
  const hosts = [...network.hosts.values()];
  const missing = missingHere(network);
  const published = hosts.map((host) => publishedBy(host, missing));
  const rows = hosts.map((host, index) => [
    host.name,
    host.vip,
    stateOf(host),
    published[index]?.[0] ?? "",
    host.private?.via ?? "",
  ]);
  const head = ["HOST", "VIP", "STATE", "ADDRESSES", "BY"];
  const shown = alignedTo([head, ...rows]);
  const lines = [styleText("bold", shown(head))];
  hosts.forEach((host, index) => {
    const row = shown(rows[index] ?? []);
    const state = stateOf(host);
    lines.push(row.replace(new RegExp(` ${state}(?= |$)`), ` ${styleText(COLOURS[state], state)}`));
    for (const line of published[index]?.slice(1) ?? []) lines.push(shown(["", "", "", line, ""]));
    lines.push(...details(host), ...outlook(host, now, progress.get(host.id)));
  });
  return [...lines, ...hosts.flatMap(entrancesOf).map(printable), "", statusLine(network)];
}

/** A host that was told to leave and did has not failed. */
function stateOf({ phase, failure }: HostState): keyof typeof COLOURS {
  return phase === "failed" && failure && isOrderly(failure) ? "left" : phase;
}

function details(host: HostState): string[] {
  const failure = host.failure && stateOf(host) === "failed" ? [host.failure.message, ...failureLines(host)] : [];
  return [...failure, ...listenerProblems(host)].map((line) => styleText("red", `  ${printable(line)}`));
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
  return lines.map((line) => styleText("yellow", `  ${printable(line)}`));
}

function statusLine(network: Network): string {
  if (!settled(network)) return "Starting ... Ctrl-C stops";
  return `${namesOf(network, "ready").length} of ${network.hosts.size} hosts are ready. Ctrl-C stops`;
}

/** Cuts lines to the terminal's width and the table to its height. */
function fitted(lines: readonly string[], out: WriteStream): string[] {
  // A terminal that nobody has measured yet says 0.
  const [columns, rows] = [out.columns || 80, out.rows || 24];
  const room = Math.max(3, rows - 1);
  const kept =
    lines.length <= room ? lines : [...lines.slice(0, room - 2), `... ${lines.length - room + 1} more lines`, lines.at(-1) ?? ""];
  return kept.map((line) => cut(line, columns - 1));
}

/** The line in `width` visible characters, the last one '…' where it was longer; colour codes take no room and are closed. */
function cut(line: string, width: number): string {
  const isLonger = [...stripVTControlCharacters(line)].length > width;
  const last = isLonger ? width - 1 : width;
  let visible = 0;
  let result = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape character begins a colour code
  for (const [piece] of line.matchAll(/\x1b\[\d+m|[\s\S]/gu)) {
    if (piece.startsWith("\x1b")) result += piece;
    else if (visible++ < last) result += piece;
    else if (visible === width) result += "…";
  }
  return result;
}
