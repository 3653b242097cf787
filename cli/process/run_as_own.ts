// Runs a program in the place of this one: with its streams, its signals and its end.

import { type ChildProcess, spawn } from "node:child_process";
import { NoRouterError } from "../../core/errors.ts";
import { OF_TERMINAL, PASSED_ON } from "../../inside/signals.ts";

/** How a program ended. */
export type Ending = readonly [code: number | null, signal: NodeJS.Signals | null];

/**
 * Runs a command at once, and resolves with how it ended.
 * @throws NoRouterError `agent-failed` when it cannot be started
 */
export async function runAsOwn([program = "", ...words]: readonly string[]): Promise<Ending> {
  const child = spawn(program, words, { stdio: "inherit" });
  const restore = passSignals(child);
  try {
    return await endOf(child, program);
  } finally {
    restore();
  }
}

/** Ends this process as a program ended: gives its exit code, or ends by its signal. */
export async function endAs([code, signal]: Ending): Promise<number> {
  if (signal === null) return code ?? 0;
  process.kill(process.pid, signal);
  return new Promise(() => undefined);
}

function endOf(child: ChildProcess, program: string): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once("error", (thrown) => {
      reject(new NoRouterError("agent-failed", `"${program}" cannot be started: ${thrown.message}`, { cause: thrown }));
    });
    child.once("exit", (code, signal) => resolve([code, signal]));
  });
}

function passSignals(child: ChildProcess): () => void {
  const heard = [
    ...PASSED_ON.map((signal) => [signal, () => void child.kill(signal)] as const),
    ...OF_TERMINAL.map((signal) => [signal, () => undefined] as const),
  ];
  for (const [signal, hear] of heard) process.on(signal, hear);
  return () => {
    for (const [signal, hear] of heard) process.off(signal, hear);
  };
}
