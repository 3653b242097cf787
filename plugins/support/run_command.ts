// Runs a command line of the manifest on a host, such as a check of its health.

import process from "node:process";
import { messageOf, NoRouterError } from "../../core/mod.ts";

/** How long a command may take. */
export interface CommandBounds {
  /** In milliseconds; then it is ended by SIGKILL. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a command line with `sh -c` and no input, in a process group of its own: it is ended with all that it started.
 * @returns Its exit code; undefined when a signal ended it, or it took too long.
 * @throws NoRouterError `no-shell` where there is no `sh`, else `start-failed` when it cannot be started
 */
export async function runCommand(command: string, { timeoutMs, signal }: CommandBounds): Promise<number | undefined> {
  const { spawn } = await import("node:child_process");
  if (signal.aborted) return undefined;
  return new Promise((resolve, reject) => {
    // Nobody reads what it says.
    const child = spawn("sh", ["-c", `exec >/dev/null 2>&1\n${command}`], { stdio: "ignore", detached: true });
    const end = () => endGroup(child.pid);
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener("abort", end, { once: true });
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    };
    child.once("error", (error: NodeJS.ErrnoException) => {
      over();
      if (error.code === "ENOENT")
        reject(new NoRouterError("no-shell", "There is no 'sh' on the host to run a command with; check a port instead"));
      else reject(new NoRouterError("start-failed", `A command cannot be started: ${messageOf(error)}`));
    });
    child.once("exit", (code) => {
      over();
      resolve(code ?? undefined);
    });
  });
}

/** Ends a command that was started `detached`, and what it started. */
export function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL"); // Windows has no process groups
  } catch {
    // all of it has ended
  }
}
