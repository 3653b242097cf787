// A process inside a test host that serves and connects when asked, so that traffic begins and ends in that host's own network.
import { createInterface } from "node:readline";
import { type Child, startChild } from "./child.ts";
import { PROJECT, runtimeArgv } from "./cli.ts";
import type { Actions } from "./probe_main.ts";
import type { Host } from "./userns_lab.ts";

/** A running probe. */
export interface Probe {
  readonly pid: number;
  /** Performs one action of `probe_main.ts` inside the host; rejects with its error, or when the probe ended. */
  run<N extends keyof Actions>(action: N, ...args: Parameters<Actions[N]>): Promise<Awaited<ReturnType<Actions[N]>>>;
  /** Ends it and with it its servers and connections. Safe to call twice. */
  stop(): Promise<void>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

function listen(child: Child, waiting: Map<number, Waiting>): void {
  if (child.process.stdout === null) return;
  createInterface({ input: child.process.stdout }).on("line", (line) => {
    const { id, value, error } = JSON.parse(line) as { id: number; value?: unknown; error?: string };
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.resolve(value);
    else one?.reject(new Error(error));
  });
}

/** Starts a probe in a host, or beside this process when no host is given. */
export async function startProbe(host?: Host): Promise<Probe> {
  const argv = [...(host?.enter ?? []), ...runtimeArgv(), `${PROJECT}/tests/support/probe_main.ts`];
  const child = await startChild(argv, { cwd: PROJECT });
  const waiting = new Map<number, Waiting>();
  listen(child, waiting);
  let over = false;
  void child.exited.then(() => {
    over = true;
    for (const one of waiting.values()) one.reject(new Error(`The probe ended: ${child.stderr()}`));
  });
  let last = 0;
  const run: Probe["run"] = (action, ...args) =>
    new Promise((resolve, reject) => {
      if (over) return reject(new Error(`The probe has ended: ${child.stderr()}`));
      const id = ++last;
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      child.process.stdin?.write(`${JSON.stringify({ id, action, args })}\n`);
    });
  return { pid: child.pid, run, stop: () => child.stop() };
}
