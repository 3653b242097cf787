// Starts and stops an instance of LXD or Incus.

import { NoRouterError } from "../../core/mod.ts";
import type { ShellStarter, StarterTool } from "../support/shell_transport.ts";
import { lingering } from "../support/starters/lingering.ts";

/** An instance, and how its tool is called. */
export interface Instance {
  readonly name: string;
  /** The tool and its options before a command, such as `lxc --project shop`. */
  readonly tool: readonly string[];
}

/** How long an instance that says nothing of it may take for its end, as LXD has it for a host that shuts down. */
const STOP_SECONDS = 30;

/** Between two tries to start an instance that something else is done with. */
const LOOK_MS = 100;

/** The starter. */
export function instanceStarter<S>(instanceOf: (settings: S) => Instance): ShellStarter<S> {
  return {
    start: (settings, means) => start(instanceOf(settings), means),
    stop: (settings, means) => stop(instanceOf(settings), means),
    ended: (settings, means) => ended(instanceOf(settings), means),
  };
}

async function start(instance: Instance, means: StarterTool): Promise<"started" | "running"> {
  const { name, tool } = instance;
  const status = await statusOf(instance, means);
  if (status === "RUNNING") return "running";
  if (status === "FROZEN") throw frozen(instance);
  means.progress("starting instance");
  await startFree([...tool, "start", name], means);
  const why = await ended(instance, means);
  if (why) throw why;
  return "started";
}

/** Waits for the end of what is under way with the instance: one that ended by itself is being stopped for a moment. */
async function startFree(words: readonly string[], means: StarterTool): Promise<void> {
  for (let waited = 0; ; waited += LOOK_MS) {
    try {
      await lingering(means, (signal) => means.output(words, { signal }));
      return;
    } catch (thrown) {
      const isBusy = thrown instanceof NoRouterError && thrown.code === "container-stopped";
      if (!isBusy || waited > means.limits.helloMs) throw thrown;
    }
    await means.pause(LOOK_MS);
  }
}

/** Such as `RUNNING`. @throws NoRouterError `container-missing` */
async function statusOf({ name, tool }: Instance, means: StarterTool): Promise<string> {
  const [, status = ""] = /^Status: (\S+)/m.exec(await means.output([...tool, "info", name])) ?? [];
  return status.toUpperCase();
}

function frozen({ name, tool: [program] }: Instance): NoRouterError {
  return new NoRouterError("container-stopped", `Instance "${name}" is frozen; '${program} start' lets it go on`);
}

async function ended(instance: Instance, means: StarterTool): Promise<NoRouterError | undefined> {
  const status = await statusOf(instance, means);
  if (status === "RUNNING") return undefined;
  if (status === "FROZEN") return frozen(instance);
  const { name, tool } = instance;
  const look = [...tool, "info", "--show-log", name].join(" ");
  return new NoRouterError("container-ended", `Instance "${name}" ended as soon as it was started; '${look}' may tell why`);
}

async function stop(instance: Instance, means: StarterTool): Promise<void> {
  const { name, tool } = instance;
  const status = await statusOf(instance, means).catch(stoppedIfMissing);
  if (status === "STOPPED") return;
  if (status === "FROZEN") throw frozen(instance);
  const wanted = await means.output([...tool, "config", "get", name, "boot.host_shutdown_timeout"]).catch(() => "");
  const seconds = Number.parseInt(wanted, 10) || STOP_SECONDS;
  try {
    const silentMs = seconds * 1000 + means.limits.helloMs;
    await means.output([...tool, "stop", name, `--timeout=${seconds}`], { silentMs });
  } catch {
    await force(instance, means);
  }
}

/** For one that does not end when it is asked to, or in the time that there is, or ended meanwhile. */
async function force(instance: Instance, means: StarterTool): Promise<void> {
  const { name, tool } = instance;
  try {
    await means.output([...tool, "stop", name, "--force"], { signal: new AbortController().signal });
  } catch (thrown) {
    if ((await statusOf(instance, means).catch(stoppedIfMissing)) !== "STOPPED") throw thrown;
  }
}

/** An instance that is not kept is gone when it has ended. */
function stoppedIfMissing(thrown: unknown): string {
  if (thrown instanceof NoRouterError && thrown.code === "container-missing") return "STOPPED";
  throw thrown;
}
