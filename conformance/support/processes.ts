// Processes as Linux's /proc shows them: who is whose child, what is left over, what it weighs.
// Only looks, never signals.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";

/** One process at one moment. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** Start time in clock ticks since boot; with the pid it names a process for good. */
  readonly started: string;
  readonly argv: readonly string[];
}

/** A file of a process, such as `status` (proc(5)); undefined when it is gone, or not ours to read. */
export function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/** The process with this pid, or undefined when it is gone or a zombie (proc_pid_stat(5)). */
export function processInfo(pid: number): ProcessInfo | undefined {
  const stat = readProc(pid, "stat");
  if (stat === undefined) return undefined;
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z" || state === "X") return undefined;
  const argv = (readProc(pid, "cmdline") ?? "").split("\0").slice(0, -1);
  return { pid, parent: Number(parent), started: rest[17] ?? "", argv };
}

/** All processes that live now, kernel threads too. */
export function allProcesses(): ProcessInfo[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (processInfo(Number(name)) ?? []) : []));
}

/** Processes, other than this one, whose command line contains `needle`. For orphan checks: take a needle only your test uses. */
export function processesOf(needle: string): ProcessInfo[] {
  return allProcesses().filter((p) => p.pid !== process.pid && p.argv.join(" ").includes(needle));
}

/** The direct children of a process. */
export function childrenOf(pid: number): ProcessInfo[] {
  return allProcesses().filter((p) => p.parent === pid);
}

/** Children, their children and so on, parents before children. */
export function descendantsOf(pid: number): ProcessInfo[] {
  const all = allProcesses();
  const found: ProcessInfo[] = [];
  for (let level = [pid]; level.length > 0; ) {
    const next = all.filter((p) => level.includes(p.parent));
    found.push(...next);
    level = next.map((p) => p.pid);
  }
  return found;
}

/** Processes started with `setting` (`NAME=value`) in their environment, as far as this user may look. */
export function processesWithEnvironment(setting: string): ProcessInfo[] {
  return allProcesses().filter((p) => p.pid !== process.pid && (readProc(p.pid, "environ") ?? "").split("\0").includes(setting));
}

/** The identity of a process's network namespace, such as `net:[4026531840]`, or undefined when it cannot be read. */
export function networkNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Whether something listens on a TCP port in the network namespace of a process, on any address. */
export function listensIn(pid: number, port: number): boolean {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const tables = ["net/tcp", "net/tcp6"].map((file) => readProc(pid, file) ?? "");
  const rows = tables.flatMap((table) => table.split("\n")).map((row) => row.trim().split(/\s+/));
  return rows.some((row) => row[1]?.endsWith(local) === true && row[3] === "0A");
}

/** How many files of a kind a process has open, such as `socket` or `pipe`; all of them without a kind. */
export function openFilesOf(pid: number, kind = ""): number {
  const names = readdirSync(`/proc/${pid}/fd`);
  if (kind === "") return names.length;
  const targets = names.map((name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return ""; // closed since
    }
  });
  return targets.filter((target) => target.startsWith(`${kind}:`)).length;
}

/** Whether this very process (not another one under its pid) still lives. */
export function isAlive(p: ProcessInfo): boolean {
  return processInfo(p.pid)?.started === p.started;
}

/** Ticks of a second in /proc, the same on every Linux (proc_pid_stat(5), USER_HZ). */
const TICKS = 100;

/** Processor time that a process has taken, in seconds, to a hundredth. Throws when it does not live. */
export function processorSeconds(pid: number): number {
  const stat = readProc(pid, "stat");
  if (stat === undefined) throw new Error(`There is no process ${pid}`);
  const [, , ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(rest[9]) + Number(rest[10])) / TICKS;
}

/** Memory of one process in KiB: resident set, and proportional set (shared pages divided by their users) where readable. */
export interface Memory {
  readonly rssKiB: number;
  readonly pssKiB?: number;
}

/** Memory of a process now. Throws when it does not live. */
export function memoryOf(pid: number): Memory {
  const rss = /^VmRSS:\s+(\d+)/m.exec(readProc(pid, "status") ?? "")?.[1];
  if (rss === undefined) throw new Error(`No memory to read of process ${pid}`);
  const pss = /^Pss:\s+(\d+)/m.exec(readProc(pid, "smaps_rollup") ?? "")?.[1];
  return pss === undefined ? { rssKiB: Number(rss) } : { rssKiB: Number(rss), pssKiB: Number(pss) };
}
