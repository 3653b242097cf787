// A network as plain log lines, for files, pipes and services.

import { type HostId, type Network, printable } from "../../core/mod.ts";
import { eventTeller } from "./event_lines.ts";
import type { View } from "./view.ts";
import { progressText, startOver } from "./view.ts";
import { clockOf } from "./wrap.ts";

/** What is sent in a moment is not worth a line. */
const LEAST_BYTES = 1_000_000;

/** Writes a line for everything that a person would want to find in a log. */
export function linesView(io: { stdout: (text: string) => void; stderr: (text: string) => void }, tips: readonly string[]): View {
  let latest: Network | undefined;
  const linesOf = eventTeller(tips);
  /** By host: what is going on, and the last quarter of it that was told. */
  const quarters = new Map<HostId, string>();
  const write = (line: string) => io.stdout(timed(line));
  return {
    show(events, network) {
      latest = network;
      for (const event of events) quarters.delete(startOver(event) ?? 0);
      for (const line of linesOf(events, network)) write(line);
    },
    progress(host, step) {
      if (step.total < LEAST_BYTES) return;
      const quarter = `${step.what} ${Math.floor((4 * step.done) / step.total)}`;
      const name = latest?.hosts.get(host)?.name;
      if (name === undefined || quarters.get(host) === quarter) return;
      quarters.set(host, quarter);
      write(`${name}: ${progressText(step)}`);
    },
    stopping: () => undefined,
    note: (line) => io.stderr(timed(line)),
    close: () => write("Network is stopped"),
  };
}

function timed(line: string): string {
  return `${clockOf(Date.now())} ${printable(line)}\n`;
}
