// Runs a command line of the manifest on a host, such as a check of its health.

import { messageOf, NoRouterError } from "../../core/mod.ts";

/** How long a command may take. */
export interface CommandBounds {
  /** In milliseconds; then it is ended by SIGKILL. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a command line with `sh -c` and no input.
 * @returns Its exit code; undefined when a signal ended it, or it took too long.
 * @throws NoRouterError `no-shell` where there is no `sh`, else `start-failed` when it cannot be started
 */
export async function runCommand(command: string, { timeoutMs, signal }: CommandBounds): Promise<number | undefined> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve, reject) => {
    // Nobody reads what it says, which may be more than is taken.
    execFile("sh", ["-c", `exec >/dev/null 2>&1\n${command}`], { timeout: timeoutMs, signal, killSignal: "SIGKILL" }, (error) => {
      if (error === null) resolve(0);
      else if (typeof error.code === "number") resolve(error.code);
      else if (error.code === "ENOENT")
        reject(new NoRouterError("no-shell", "There is no 'sh' on the host to run a command with; check a port instead"));
      else if (error.killed || error.signal || signal.aborted) resolve(undefined);
      else reject(new NoRouterError("start-failed", `A command cannot be started: ${messageOf(error)}`));
    });
  });
}
