// A network as a small live table on a terminal. Redraws in place; never wider than the terminal.

import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import { type HostState, type Network, printable } from "../../core/mod.ts";
import type { View } from "./view.ts";
import { failureLines, isOrderly, listenerProblems, missingHere, namesIn, publishedBy, settled, streamFailures } from "./view.ts";

/** Redraws at most this often. */
const REDRAW_MS = 50;
const COLOURS = { ready: "green", failed: "red", admitted: "gray", starting: "yellow", joining: "yellow" } as const;

/** Shows hosts, states and addresses, and why a host failed. */
export function tableView(out: WriteStream, tips: readonly string[]): View {
  let drawn = 0;
  let latest: Network | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes the last drawing off the screen. */
  const erasing = () => (drawn > 0 ? `\x1b[${drawn}A\r\x1b[J` : "");
  const draw = (notes: readonly string[] = []) => {
    clearTimeout(timer);
    timer = undefined;
    const lines = latest ? fitted([...tableLines(latest), ...(settled(latest) ? tips : [])], out) : [];
    out.write(erasing() + [...notes, ...lines].map((line) => `${line}\n`).join(""));
    drawn = lines.length;
  };
  const redraw = () => draw();
  const failedStream = streamFailures();
  out.on("resize", redraw);

  return {
    show(events, network) {
      latest = network;
      const notes = events.flatMap((event) => failedStream(event, network));
      if (notes.length > 0) draw(notes.map(printable));
      else timer ??= setTimeout(redraw, REDRAW_MS);
    },
    note: (line) => draw([printable(line)]),
    close(network) {
      latest = network;
      out.off("resize", redraw);
      clearTimeout(timer);
      const failures = [...network.hosts.values()].filter(({ failure }) => failure && !isOrderly(failure));
      const lines = failures.flatMap((host) => [`${host.name}: failed`, ...details(host)]);
      out.write(`${erasing()}${[...lines, "Network is stopped"].join("\n")}\n`);
    },
  };
}

/** The table as lines, in colour. */
export function tableLines(network: Network): string[] {
  const hosts = [...network.hosts.values()];
  const missing = missingHere(network);
  const published = hosts.map((host) => publishedBy(host, missing));
  const rows = hosts.map(({ name, vip, phase, private: way }, index) => [
    name,
    vip,
    phase,
    published[index]?.[0] ?? "",
    way?.via ?? "",
  ]);
  const head = ["HOST", "VIP", "STATE", "ADDRESSES", "BY"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const shown = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  const lines = [styleText("bold", shown(head))];
  hosts.forEach((host, index) => {
    const row = shown(rows[index] ?? []);
    lines.push(row.replace(` ${host.phase} `, ` ${styleText(COLOURS[host.phase], host.phase)} `));
    for (const line of published[index]?.slice(1) ?? []) lines.push(shown(["", "", "", line, ""]));
    lines.push(...details(host));
  });
  return [...lines, "", statusLine(network)];
}

function details(host: HostState): string[] {
  const failure = host.failure && host.phase === "failed" ? [host.failure.message, ...failureLines(host)] : [];
  return [...failure, ...listenerProblems(host)].map((line) => styleText("red", `  ${printable(line)}`));
}

function statusLine(network: Network): string {
  if (!settled(network)) return "Starting ... Ctrl-C stops";
  return `${namesIn(network, "ready").length} of ${network.hosts.size} hosts are ready. Ctrl-C stops`;
}

/** Cuts lines to the terminal's width and the table to its height. */
function fitted(lines: readonly string[], { columns = 80, rows = 24 }: WriteStream): string[] {
  const room = Math.max(3, rows - 1);
  const kept =
    lines.length <= room ? lines : [...lines.slice(0, room - 2), `... ${lines.length - room + 1} more lines`, lines.at(-1) ?? ""];
  return kept.map((line) => cut(line, columns - 1));
}

/** The line's first `width` visible characters; colour codes take no room and are closed. */
function cut(line: string, width: number): string {
  let visible = 0;
  let result = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape character begins a colour code
  for (const [piece] of line.matchAll(/\x1b\[\d+m|[\s\S]/gu)) {
    if (piece.startsWith("\x1b")) result += piece;
    else if (visible++ < width) result += piece;
  }
  return result;
}
