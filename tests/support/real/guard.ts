// A shell that owns what an engine made and cleans up when its standard input ends: asked to, or because the test process is gone,
// also when that was killed. It has a session of its own, so that Ctrl-C does not reach it. Must never wait for anything else.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import type { TempDir } from "../lifetime.ts";

/** The guard of one engine. */
export interface Guard {
  readonly pid: number;
  readonly process: ChildProcess;
  /** What it and its programs wrote to standard error, the last 64 KiB. */
  log(): string;
  /** Whether it still runs. */
  alive(): boolean;
  /** Lets it clean up, and resolves when it has. Safe to call twice. Kills it after 30 s, and rejects. */
  stop(): Promise<void>;
}

const KEPT = 64 * 1024; // characters
const STOP_MS = 30_000;

// With control groups of version 1 not even SIGKILL ends a paused container. A group tells only members that its reader can see.
const INSIDE = `ip link set lo up; "$@" >&2 & cat >/dev/null
find /sys/fs/cgroup/freezer -mindepth 1 -type d 2>/dev/null | while read -r group; do
  [ -z "$(cat "$group/cgroup.procs")" ] || echo THAWED >"$group/freezer.state"
done`;

/**
 * Runs a program, `$2` and on, in namespaces of its own (processes, mounts, network) until the guard's input ends; the kernel
 * then ends every process and mount in them, whatever made them.
 */
export const IN_OWN_NAMESPACES = `dir=$1; shift
unshare --pid --mount --net --fork --kill-child --mount-proc sh -c '${INSIDE}' sh "$@"`;

/** Removes the control groups named like the folder `$dir` with those inside, then the folder. */
export const REMOVE_FOLDER = `
for try in $(seq 50); do # members that were just killed are in them for a moment
  find /sys/fs/cgroup -depth -type d -path "*/\${dir##*/}*" -exec rmdir {} + 2>/dev/null
  [ -n "$(find /sys/fs/cgroup -type d -name "\${dir##*/}")" ] || break
  sleep 0.1
done
rm -rf --one-file-system "$dir"`;

/** A new folder for a guard to remove; nobody else does. Containers of other users pass through it. */
export function guardedFolder(label: string): string {
  const folder = mkdtempSync(join(tmpdir(), `norouter-${label}-`));
  chmodSync(folder, 0o755);
  return folder;
}

/** A folder with a guard that does nothing but delete it: Deno runs no "exit" listener after tests, and nobody does after SIGKILL. */
export function keptFolder(label: string, mode = 0o755): TempDir {
  const path = guardedFolder(label);
  chmodSync(path, mode);
  const script = 'cat >/dev/null; rm -rf --one-file-system "$1"';
  const keeper = spawn("sh", ["-c", script, "sh", path], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  keeper.unref();
  const remove = () => {
    rmSync(path, { recursive: true, force: true });
    keeper.stdin.destroy();
  };
  return { path, remove };
}

function killGroup(leader: number): void {
  try {
    if (leader > 0) process.kill(-leader, "SIGKILL");
  } catch {
    // it has ended meanwhile
  }
}

/** Starts a guard with a shell script; `args` are `$1` and on. */
export function startGuard(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Guard {
  const child = spawn("sh", ["-c", script, "guard", ...args], {
    stdio: "pipe",
    detached: true,
    env: { ...process.env, ...env },
  });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (more: string) => {
    text = (text + more).slice(-KEPT);
  });
  child.stdin.on("error", () => {}); // it ended by itself; seen in `alive`
  let alive = true;
  const ended = new Promise<void>((resolve) => {
    const over = () => {
      alive = false;
      resolve();
    };
    child.once("close", over).once("error", over);
  });
  const pid = child.pid ?? 0;
  const stop = async () => {
    child.stdin.end();
    child.stdout.resume();
    const timer = new AbortController();
    const late = pause(STOP_MS, true, { signal: timer.signal }).catch(() => false);
    if (await Promise.race([ended.then(() => false), late])) {
      killGroup(pid);
      child.stdout.destroy(); // whatever else holds them must not keep the test process
      child.stderr.destroy();
      throw new Error(`A guard did not end: ${text}`);
    }
    timer.abort();
  };
  return { pid, process: child, log: () => text, alive: () => alive, stop };
}
