// A container of our own in a pod, for an agent that is to share the pod's network and nothing else. Kubernetes never removes such a
// container, so one that runs is used again, one that is not used ends by itself, and a pod gets a bounded number of them.

import { setTimeout as pause } from "node:timers/promises";
import { NoRouterError } from "../../core/mod.ts";
import type { Tool } from "../support/tool.ts";
import { type OwnContainer, type PodFacts, parsePod, selectorOf } from "./pod_facts.ts";

/** What is wanted of a pod. */
export interface Wanted {
  /** The tool with the options that lead to the cluster and the namespace. */
  readonly kubectl: readonly string[];
  /** Name of the pod, or of what has pods, such as `deployment/web`. */
  readonly target: string;
  readonly image: string;
  /** Of `kubectl debug`. */
  readonly profile: string;
  /** The first pod that runs and has the labels. */
  podOf(selector: string): Promise<string>;
}

/** A pod has so many containers of ours at most, running or ended. */
const MOST = 16;
/** A container that nobody uses ends after so many seconds; each further one in a pod waits twice as long, up to a day. */
const UNUSED_SECONDS = 300;
const MOST_UNUSED_SECONDS = 86_400;
/** How often, in seconds, the container looks whether it is used. */
const LOOK_SECONDS = 5;

/** How long a container may take to start before this start of the host is given up; the next one finds it. */
const START_MS = 15_000;
const ASK_MS = 300;

/** Runs as long as another shell in sight has the mark of {@link USE}, and a while longer. */
export const HOLD = `trap 'exit 0' TERM INT; left=$1
while [ "$left" -gt 0 ]; do
  sleep ${LOOK_SECONDS} & wait $!
  left=$((left - ${LOOK_SECONDS}))
  ! grep -qs 'norouter[-]use' /proc/[0-9]*/cmdline || left=$1
done`;
/** Runs its words and stays until they end: its own name is the mark. */
export const USE = ["sh", "-c", '"$@"; exit $?', "norouter-use"];

/** The words of a command in a container of ours in the pod, which is made where there is none. @throws NoRouterError */
export async function ephemeralWords(wanted: Wanted, command: readonly string[], tool: Tool): Promise<readonly string[]> {
  const { kubectl } = wanted;
  const pod = await podFor(wanted, tool);
  const { name } = await runningIn(pod, wanted, tool);
  return [...kubectl, "exec", "-i", pod.name, "--container", name, "--", ...USE, ...command];
}

async function look({ kubectl }: Wanted, target: string, tool: Tool): Promise<unknown> {
  const said = await tool.output([...kubectl, "get", target.includes("/") ? target : `pod/${target}`, "--output", "json"]);
  try {
    return JSON.parse(said);
  } catch {
    throw new NoRouterError("engine-down", "API server gave an answer that is not JSON");
  }
}

async function podFor(wanted: Wanted, tool: Tool): Promise<PodFacts> {
  const found = await look(wanted, wanted.target, tool);
  const pod = parsePod(found);
  if (pod) return running(pod);
  const selector = selectorOf(found);
  if (selector === undefined) {
    const message = `'${wanted.target}' has no plain labels by which its pods are found; name the pod, or a 'selector'`;
    throw new NoRouterError("settings-refused", message);
  }
  const one = parsePod(await look(wanted, await wanted.podOf(selector), tool));
  if (!one) throw new NoRouterError("container-missing", `No running pod has the labels "${selector}"`);
  return running(one);
}

function running(pod: PodFacts): PodFacts {
  if (pod.phase === "Running") return pod;
  throw new NoRouterError("container-stopped", `Pod does not run (${pod.phase})`);
}

async function runningIn(pod: PodFacts, wanted: Wanted, tool: Tool): Promise<OwnContainer> {
  const ours = pod.own.filter(({ image }) => image === wanted.image);
  const useful = (["running", "useless", "waiting"] as const).map((is) => ours.find(({ state }) => state === is));
  let own = useful.find((one) => one !== undefined) ?? (await added(pod, wanted, tool));
  const until = performance.now() + START_MS;
  while (own.state !== "running") {
    if (own.state === "useless") throw refused(own);
    if (own.state === "ended" || performance.now() > until) {
      const why = own.state === "ended" ? "ended" : `has not started yet${own.why ? ` (${own.why})` : ""}`;
      throw new NoRouterError("container-stopped", `Container '${own.name}' that was added to the pod ${why}`);
    }
    await pause(ASK_MS);
    own = parsePod(await look(wanted, pod.name, tool))?.own.find(({ name }) => name === own?.name) ?? own;
  }
  return own;
}

async function added(pod: PodFacts, { kubectl, image, profile }: Wanted, tool: Tool): Promise<OwnContainer> {
  const { length } = pod.own;
  if (length >= MOST) {
    const message = `Pod has collected ${length} containers of norouter, which cannot be removed: let a new pod take its place`;
    throw new NoRouterError("settings-refused", message);
  }
  const name = `norouter-${crypto.randomUUID().slice(0, 8)}`;
  const seconds = Math.min(UNUSED_SECONDS * 2 ** length, MOST_UNUSED_SECONDS);
  const how = ["--image", image, "--container", name, "--profile", profile, "--quiet", "--attach=false"];
  await tool.output([...kubectl, "debug", pod.name, ...how, "--", "sh", "-c", HOLD, "norouter", `${seconds}`]);
  return { name, image, state: "waiting" };
}

function refused({ image, why = "" }: OwnContainer): NoRouterError {
  if (/not found|no such file/i.test(why) && /\bsh\b/.test(why))
    return new NoRouterError("no-shell", `Image "${image}" has no 'sh': give one that has, such as 'busybox'`);
  return new NoRouterError("settings-refused", `Image "${image}" cannot be started in the pod: ${why}`);
}
