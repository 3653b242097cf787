// Names the run of an agent in what it writes, so that others know whether it goes on.

import { readFileSync, readlinkSync } from "node:fs";
import { systemCodeOf } from "./files.ts";

/** Address, process, its start and its namespace in a name. */
const PARTS = /^(\S+) run (\d+)\.(\d+)\.(\d+)\.\d+$/;

let made = 0;

/**
 * A name that nobody else has: the own address, then what tells this run from all others of the machine, its process, when
 * that began, the namespace in which its number counts, and one more number for the networks of one process.
 */
export function runName(vip: string): string {
  made += 1;
  return `${vip} run ${process.pid}.${startOf(process.pid) ?? 0}.${namespace()}.${made}`;
}

/**
 * Whether something was left behind by a run that is over. In another namespace, such as that of a container which was started
 * anew, nobody can see that: there it counts as left when it has the same address.
 */
export function isLeft(name: string, vip: string): boolean {
  const [, theirs, pid, start, where] = PARTS.exec(name) ?? [];
  return where === namespace() ? isGone(Number(pid), start) : (theirs ?? name) === vip;
}

/** Whether a run was named in another namespace of processes, where nobody here sees whether it goes on. */
export function isElsewhere(name: string): boolean {
  const where = PARTS.exec(name)?.[4];
  return where !== undefined && where !== namespace();
}

/** The process of a run, by its number in its own namespace; undefined for a text that is no name of a run. */
export function pidOfRun(name: string): number | undefined {
  const pid = PARTS.exec(name)?.[2];
  return pid === undefined ? undefined : Number(pid);
}

function isGone(pid: number, start: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ESRCH") return true; // with EPERM it is there
  }
  const now = startOf(pid);
  return now !== undefined && now !== start;
}

/** When a process began, in the kernel's ticks (proc_pid_stat(5), field 22); undefined where that cannot be known. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** The number of the process's own namespace of processes; 0 where there are none. */
function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}
