// Ending processes by pid. Must never pick one by name alone: a record carries its start time, so a re-used pid is not hit.
import process from "node:process";
import { isAlive, type ProcessInfo } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";

/** Sends a signal to those of the processes that still live. */
export function signalAll(processes: readonly ProcessInfo[], signal: NodeJS.Signals): void {
  for (const p of processes.filter(isAlive)) {
    try {
      process.kill(p.pid, signal);
    } catch {
      // ended in between
    }
  }
}

/** Ends processes: SIGTERM, then SIGKILL for those that live on after `graceMs`. Resolves when all are gone. */
export async function endAll(processes: readonly ProcessInfo[], graceMs = 2000): Promise<void> {
  const allGone = () => !processes.some(isAlive);
  const what = `processes ${processes.map((p) => p.pid).join(", ")} to end`;
  signalAll(processes, "SIGTERM");
  await waitFor(allGone, { what, timeoutMs: graceMs }).catch(() => signalAll(processes, "SIGKILL"));
  await waitFor(allGone, { what, timeoutMs: 5000 });
}
