// A program that a shell stops, continues and moves to the background: when the terminal is the program's to draw on.

import { readFileSync } from "node:fs";
import process from "node:process";

/**
 * Whether this process is in its terminal's foreground, where it may draw; in the background the shell writes. True where the
 * system does not tell.
 */
export function inForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // proc_pid_stat(5): the name, which may hold anything, then state, parent, group, session, terminal, its foreground group.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return foreground === group || Number(foreground) <= 0;
  } catch {
    return true;
  }
}

/** Calls `back` when this process goes on after it was stopped, as by Ctrl-Z and `fg`. Returns what ends that. */
export function onContinued(back: () => void): () => void {
  // Before anything else runs: a timer that is due would come before the signal of having been continued.
  const stop = () => {
    process.off("SIGTSTP", stop);
    process.kill(process.pid, "SIGTSTP");
    process.on("SIGTSTP", stop);
    back();
  };
  // Deno does not give a signal back to the system; there it stays the system's.
  const stops = process.versions.deno === undefined;
  if (stops) process.on("SIGTSTP", stop);
  process.on("SIGCONT", back);
  return () => {
    if (stops) process.off("SIGTSTP", stop);
    process.off("SIGCONT", back);
  };
}
