// The starter of a transport whose tool also starts and stops what its hosts run in. It runs the tool, explains what it says, and lets
// nothing out that is secret.

import { setTimeout } from "node:timers/promises";
import {
  asNoRouterError,
  type CarrierEnd,
  type HostSettings,
  type Limits,
  NoRouterError,
  type Starter,
  type StarterRequest,
  type TransportRequest,
} from "../../../core/mod.ts";
import { managerStops } from "../manager_stops.ts";
import { runTool } from "../run_tool.ts";
import { without } from "./hidden.ts";

/** Which host it is. */
export type HostIdentity = Pick<TransportRequest, "name" | "network">;

/** How a command of the tool is run. */
export interface Run {
  /** How long it may take, or say nothing if it is heard; in milliseconds. Default: `helloMs`. */
  readonly silentMs?: number;
  /** Gets each line that it writes, as it comes. */
  readonly heard?: (line: string) => void;
  /** In place of the request's: for what has to end although nobody waits. */
  readonly signal?: AbortSignal;
}

/** Runs the tool for a starter. */
export interface StarterTool {
  readonly host: HostIdentity;
  readonly limits: Limits;
  /** Aborted when the outcome is not wanted any more. */
  readonly signal: AbortSignal;
  /**
   * Standard output of a command, at most 1 MiB.
   * @throws NoRouterError what the transport's failures make of it, else `agent-failed`; `agent-silent` when it takes too long
   */
  output(argv: readonly string[], run?: Run): Promise<string>;
  /** Tells people what is being done, such as `pulling image`. */
  progress(what: string): void;
  /** Lets time pass before something is asked again. @throws NoRouterError `link-closed` when it is given up */
  pause(ms: number): Promise<void>;
}

/** A field of the key that is wrong, for the manifest's author. */
export interface WrongField {
  /** Default: `error`. */
  readonly severity?: "warning";
  readonly field: string;
  /** A clause that goes on after the field's name, such as `stands beside 'container'`. */
  readonly message: string;
  readonly hint?: string;
}

/** Starts what a host of the transport runs in, and stops it. */
export interface ShellStarter<S> {
  /** Whether there is something to start and stop; default: for all hosts. Pure. */
  claims?(settings: S): boolean;
  /** Whether it is started with the network where nothing says when the host runs; default: never. Pure. */
  always?(settings: S): boolean;
  /** @returns `running` when it ran already, and was not started by this network before */
  start(settings: S, tool: StarterTool): Promise<"started" | "running">;
  /** Resolves when nothing of it runs, also where nothing ran. */
  stop(settings: S, tool: StarterTool): Promise<void>;
  /** Why what was started does not run any more; undefined while it runs. Asked when an agent cannot be started. */
  ended?(settings: S, tool: StarterTool): Promise<NoRouterError | undefined>;
  /** What no message may show, though the tool's words may hold it. Pure. */
  hidden?(settings: S): readonly string[];
}

/** What a starter gets from its transport. */
export interface StarterMeans<S> {
  readonly name: string;
  readonly starter: ShellStarter<S>;
  readonly env: Readonly<Record<string, string>>;
  explain(argv: readonly string[], end: CarrierEnd): NoRouterError | undefined;
}

/** What the core registers, and what the transport asks when an agent cannot be started. */
export interface RegisteredStarter {
  readonly starter: Starter;
  /** Why the container of a host does not run that was started here; undefined where that is not so, or not known. */
  whyEnded(request: TransportRequest): Promise<NoRouterError | undefined>;
}

/** Makes the starter of a transport. */
export function starterOf<S>(means: StarterMeans<S>): RegisteredStarter {
  const { name, starter } = means;
  const mine = (settings: HostSettings) => settings[name] as S;
  const has = (settings: HostSettings) => settings[name] !== undefined;
  /** Hosts that were started and not stopped since. */
  const started = new Set<string>();
  const act = async <T>(request: Request, deed: (settings: S, tool: StarterTool) => Promise<T>): Promise<T> => {
    const settings = mine(request.settings);
    try {
      return await deed(settings, toolOf(means, request));
    } catch (thrown) {
      const { reason } = request.signal;
      if (request.signal.aborted && reason instanceof NoRouterError) throw reason;
      throw shown(thrown, starter.hidden?.(settings) ?? []);
    }
  };
  return {
    starter: {
      name,
      claims: (settings, demand) => has(settings) && !hasCommand(demand) && (starter.claims?.(mine(settings)) ?? true),
      always: (settings) => has(settings) && (starter.always?.(mine(settings)) ?? false),
      start: async (request) => {
        const outcome = await act(request, (settings, tool) => starter.start(settings, tool)).catch(asOfStart);
        if (outcome === "started") started.add(keyOf(request));
        return outcome;
      },
      stop: async (request) => {
        started.delete(keyOf(request));
        await act(request, (settings, tool) => starter.stop(settings, tool));
      },
    },
    whyEnded: async (request) => {
      if (!starter.ended || request.signal.aborted || !started.has(keyOf(request))) return undefined;
      const ended = starter.ended.bind(starter);
      const why = await act(request, ended).catch(() => undefined);
      return why && shown(why, starter.hidden?.(mine(request.settings)) ?? []);
    },
  };
}

/** What is said of commands that are to give an agent is not meant for those that start something. */
function asOfStart(thrown: unknown): never {
  const error = asNoRouterError(thrown);
  if (error.code === "agent-failed") throw new NoRouterError("start-failed", error.message);
  if (error.code === "agent-silent") throw new NoRouterError("start-timeout", error.message);
  throw error;
}

/** A command of the manifest that starts the host goes before the tool. */
function hasCommand(demand: unknown): boolean {
  return typeof (demand as { readonly start?: unknown } | null | undefined)?.start === "string";
}

type Request = Pick<StarterRequest, "name" | "network" | "settings" | "limits" | "signal" | "progress">;

function keyOf({ name, network }: HostIdentity): string {
  return JSON.stringify([network?.folder, network?.name, name]);
}

/** An error as it may be shown. */
function shown(thrown: unknown, hidden: readonly string[]): NoRouterError {
  const error = asNoRouterError(thrown);
  const message = without(error.message, hidden);
  return message === error.message ? error : new NoRouterError(error.code, message);
}

function toolOf<S>({ env, explain }: StarterMeans<S>, request: Request): StarterTool {
  const { name, network, limits, signal } = request;
  const progress = () => undefined; // of what is written to the tool
  return {
    host: { name, ...(network && { network }) },
    limits,
    signal,
    output: (argv, run = {}) => runTool(argv, { limits, signal, env, explain, progress, ...run }),
    progress: (what) => request.progress({ what, done: 0, total: 0 }),
    pause: (ms) => paused(ms, signal),
  };
}

async function paused(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => {
    throw managerStops();
  });
}
