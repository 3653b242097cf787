// Starts and stops a container of docker or podman: one that is there, or one that is made of an image. Both take the same words.

import { type ErrorCode, NoRouterError } from "../../../core/mod.ts";
import { linesIn } from "../last_lines.ts";
import { secretsIn } from "./hidden.ts";
import { lingering } from "./lingering.ts";
import { containerOf, type Found, isMadeFor, isMadeOf, lookWords, type MadeSettings, parseFound, runWords } from "./made.ts";
import type { ShellStarter, StarterTool } from "./shell_starter.ts";
import { isNameTaken } from "./start_failures.ts";

/** How long an engine may say nothing while it gets an image: it tells of a layer when it is there. */
const PULL_MS = 600_000;
/** Between two looks at a container that is on its way out. */
const LOOK_MS = 100;
/** Lines of its log that explain why a container ended. */
const LAST_LINES = 5;
/** What engines say before they get an image. */
const PULLS = /unable to find image .* locally|trying to pull|: pulling from |pulling fs layer/i;

/** It runs, or its engine sees to that. */
const RUNS = new Set(["running", "restarting"]);
/** It is on its way out. */
const LEAVES = new Set(["removing", "stopping"]);

/** The starter of a tool that takes docker's words; `toolOf` gives it with its options before a command. */
export function containerStarter<S extends MadeSettings>(toolOf: (settings: S) => readonly string[]): ShellStarter<S> {
  const at = (settings: S, means: StarterTool): Place => {
    const tool = toolOf(settings);
    return { tool, name: containerOf(settings, means.host), settings, means };
  };
  return {
    always: ({ image }) => image !== undefined,
    start: (settings, means) => (settings.image === undefined ? startNamed : startMade)(at(settings, means)),
    stop: (settings, means) => (settings.image === undefined ? stopNamed : stopMade)(at(settings, means)),
    ended: (settings, means) => ended(at(settings, means)),
    hidden: ({ args = [], command = [] }) => [...secretsIn(args), ...secretsIn(command)],
  };
}

/** A container, and how it is reached. */
interface Place {
  readonly tool: readonly string[];
  readonly name: string;
  readonly settings: MadeSettings;
  readonly means: StarterTool;
}

/** Undefined where there is none. */
async function look({ tool, name, means }: Place): Promise<Found | undefined> {
  const text = await orMissing(means.output(lookWords(tool, name)));
  try {
    return text === undefined ? undefined : parseFound(text);
  } catch (cause) {
    throw new NoRouterError("agent-failed", `What "${tool[0]}" says of container "${name}" cannot be read`, { cause });
  }
}

/** As {@link look}, once it is not on its way out any more. @throws NoRouterError `agent-silent` when that takes too long */
async function settled(place: Place): Promise<Found | undefined> {
  const { name, means } = place;
  for (let waited = 0; ; waited += LOOK_MS) {
    const found = await look(place);
    if (!found || !LEAVES.has(found.status)) return found;
    if (waited > found.stopMs + means.limits.helloMs)
      throw new NoRouterError("agent-silent", `Container "${name}" is ${found.status}, which does not end`);
    await means.pause(LOOK_MS);
  }
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  return unless(["container-missing"], work);
}

/** Undefined for errors of these codes. */
async function unless<T>(codes: readonly ErrorCode[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof NoRouterError && codes.includes(thrown.code)) return undefined;
    throw thrown;
  }
}

async function startNamed(place: Place): Promise<"started" | "running"> {
  const { tool, name, means } = place;
  const found = await settled(place);
  if (!found) throw missing(name);
  if (RUNS.has(found.status)) return "running";
  if (found.status === "paused") throw paused(place);
  means.progress("starting container");
  await lingering(means, (signal) => means.output([...tool, "start", name], { signal }));
  const why = await ended(place);
  if (why) throw why;
  return "started";
}

function missing(name: string): NoRouterError {
  return new NoRouterError("container-missing", `There is no container "${name}"`);
}

function paused({ tool: [program], name }: Place): NoRouterError {
  return new NoRouterError("container-stopped", `Container "${name}" is paused; '${program} unpause' lets it go on`);
}

async function startMade(place: Place): Promise<"started"> {
  // What ran before is kept, so that a manager that was killed finds it again; what it was made of may have changed since.
  if (await isThere(place)) return "started";
  try {
    await make(place);
  } catch (thrown) {
    // A tool that outlived its manager was faster.
    if (!isNameTaken(thrown) || !(await isThere(place))) throw thrown;
  }
  const why = await ended(place);
  if (!why) return "started";
  await remove(place).catch(() => undefined);
  throw why;
}

/** Whether the container runs that was to be made; one that does not is removed. @throws NoRouterError where it is not ours */
async function isThere(place: Place): Promise<boolean> {
  const { means, settings, name } = place;
  const found = await settled(place);
  if (!found) return false;
  if (!isMadeFor(found, means.host))
    throw new NoRouterError("settings-refused", `There is a container "${name}" that was not made for this host`);
  if (isMadeOf(found, settings, means.host)) {
    if (RUNS.has(found.status)) return true;
    if (found.status === "paused") throw paused(place);
  }
  await remove(place);
  return false;
}

/** @throws NoRouterError; then there is no container, but for one that was there */
async function make(place: Place): Promise<void> {
  const { tool, settings, means } = place;
  means.progress("starting container");
  let pulls = false;
  const heard = (line: string) => {
    if (pulls || !PULLS.test(line)) return;
    pulls = true;
    means.progress("pulling image");
  };
  const words = runWords(tool, settings, means.host);
  try {
    await lingering(
      means,
      (signal) => means.output(words, { silentMs: PULL_MS, heard, signal }),
      () => pulls,
    );
  } catch (thrown) {
    if (!isNameTaken(thrown)) await remove(place, regardless()).catch(() => undefined);
    throw thrown;
  }
}

/** Its volumes without a name go with it. */
async function remove(place: Place, signal: AbortSignal = place.means.signal): Promise<void> {
  const { tool, name, means } = place;
  const words = [...tool, "rm", "--force", "--volumes", name];
  try {
    await orMissing(means.output(words, { signal, silentMs: means.limits.helloMs }));
  } catch (thrown) {
    if (!/removal of container .* is already in progress/i.test(String(thrown))) throw thrown;
    await settled(place);
  }
}

/** Why it does not run; undefined while it does. */
async function ended(place: Place): Promise<NoRouterError | undefined> {
  const found = await look(place);
  if (!found) return missing(place.name);
  if (found.status === "paused") return paused(place);
  if (RUNS.has(found.status)) return undefined;
  const last = (await lastLines(place)).join("; ");
  const how = `Container ended with exit code ${found.exitCode}`;
  return new NoRouterError("container-ended", last === "" ? `${how} and has no log` : `${how}: ${last}`);
}

/** Some engines keep no log, or keep it elsewhere. */
async function lastLines({ tool, name, means }: Place): Promise<string[]> {
  const lines: string[] = [];
  const heard = (line: string) => void lines.push(line);
  await means.output([...tool, "logs", "--tail", `${LAST_LINES}`, name], { heard }).catch(() => lines.splice(0));
  return linesIn(lines.join("\n")).slice(-LAST_LINES);
}

async function stopNamed(place: Place): Promise<void> {
  const found = await settled(place);
  if (!found) return;
  if (found.status === "paused") throw paused(place);
  if (RUNS.has(found.status)) await stopRunning(place, found);
}

async function stopMade(place: Place): Promise<void> {
  const found = await settled(place);
  if (!found || !isMadeFor(found, place.means.host)) return;
  if (RUNS.has(found.status)) await stopRunning(place, found).catch(() => undefined); // it is removed all the same
  await remove(place, regardless());
}

/** For what is done although the request was given up: it is bounded by what the tool may take. */
function regardless(): AbortSignal {
  return new AbortController().signal;
}

/** Asks it to end in the time that it has for that. The engine ends it by force after that, and so do we where the tool hangs. */
async function stopRunning({ tool, name, means }: Place, { stopMs }: Found): Promise<void> {
  const { limits, signal } = means;
  try {
    await orMissing(means.output([...tool, "stop", name], { silentMs: stopMs + limits.helloMs }));
  } catch (thrown) {
    const isLate = signal.aborted || (thrown instanceof NoRouterError && thrown.code === "agent-silent");
    if (!isLate) throw thrown;
    const kill = means.output([...tool, "kill", name], { signal: regardless() });
    await unless(["container-missing", "container-stopped"], kill);
  }
}
