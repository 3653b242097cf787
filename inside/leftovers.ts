// Ends what a program inside has left behind: all processes of its network but this one.

import { kill, pid as ownPid } from "engine:host";
import { readdirSync, readlinkSync } from "node:fs";
import { constants } from "node:os";

/** How long they may take to end, and how often it is looked, in milliseconds. */
const PATIENCE_MS = 500;
const LOOK_MS = 10;

/** What tells the network of a process from others; undefined for one that is gone or dead, or of another user. */
export function networkOf(process: number | "self"): string | undefined {
  try {
    return readlinkSync(`/proc/${process}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Ends the processes of a network, politely first; resolves when none is left. */
export async function endOthers(network: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  let left = othersIn(network);
  for (const one of left) kill(one, constants.signals.SIGTERM);
  while (left.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    left = othersIn(network);
    if (performance.now() > until) for (const one of left) kill(one, constants.signals.SIGKILL);
  }
}

function othersIn(network: string): number[] {
  const processes = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  return processes.filter((one) => one !== ownPid && networkOf(one) === network);
}
