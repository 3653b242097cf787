// Ends a command together with what it started: each has a process group of its own.

import type { ChildProcess } from "node:child_process";

/** Of a child that was started `detached`. @returns False when no process of the group is left. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  if (process.platform === "win32") return child.kill(signal); // there are no process groups
  try {
    return process.kill(-child.pid, signal);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM"; // such as the processes of sudo
  }
}
