// Starts a deployment or a stateful set by scaling it from 0 to 1, and stops it by scaling it back.

import { type ErrorCode, NoRouterError } from "../../core/mod.ts";
import type { ShellStarter, StarterTool } from "../support/shell_transport.ts";

/** What is scaled, and how kubectl is called. */
export interface Scaled {
  /** Such as `deployment/web`. */
  readonly target: string;
  readonly kubectl: readonly string[];
}

/** How long pods may take; whoever waits gives up earlier. A deployment without progress is given up by the cluster in this time. */
const READY_MS = 600_000;
/** How often it is looked whether a pod can still become ready. */
const LOOK_SECONDS = 5;
/** Of a pod that says nothing of it, as Kubernetes has it. */
const GRACE_SECONDS = 30;

/** Why a container waits, where waiting longer is of no use. */
const HOPELESS: Readonly<Record<string, ErrorCode>> = {
  ErrImagePull: "image-missing",
  ImagePullBackOff: "image-missing",
  InvalidImageName: "image-missing",
  ErrImageNeverPull: "image-missing",
  CrashLoopBackOff: "container-ended",
  CreateContainerConfigError: "settings-refused",
  CreateContainerError: "settings-refused",
  RunContainerError: "settings-refused",
};

/** The starter; `scaledOf` gives undefined for what has no scale, such as a pod. */
export function scaleStarter<S>(scaledOf: (settings: S) => Scaled | undefined): ShellStarter<S> {
  const known = (settings: S): Scaled => {
    const scaled = scaledOf(settings);
    if (scaled) return scaled;
    throw new NoRouterError("settings-refused", "Only a deployment or a stateful set can be scaled");
  };
  return {
    claims: (settings) => scaledOf(settings) !== undefined,
    start: (settings, tool) => start(known(settings), tool),
    stop: (settings, tool) => stop(known(settings), tool),
  };
}

async function start(scaled: Scaled, tool: StarterTool): Promise<"started" | "running"> {
  const { replicas, selector } = await look(scaled, tool);
  if (replicas > 0) return "running";
  tool.progress("scaling up");
  try {
    await scale(scaled, 1, tool);
    tool.progress("waiting for a pod");
    await ready(scaled, selector, tool);
  } catch (thrown) {
    // What it was asked for would be done sooner or later, and then nobody would end it.
    const signal = AbortSignal.timeout(tool.limits.helloMs);
    await scale(scaled, 0, tool, signal).catch(() => undefined);
    throw thrown;
  }
  return "started";
}

async function scale({ kubectl, target }: Scaled, replicas: number, tool: StarterTool, signal = tool.signal): Promise<void> {
  await tool.output([...kubectl, "scale", target, `--replicas=${replicas}`], { signal });
}

async function ready({ kubectl, target }: Scaled, selector: string, tool: StarterTool): Promise<void> {
  const words = [...kubectl, "rollout", "status", target, `--timeout=${LOOK_SECONDS}s`];
  const silentMs = tool.limits.helloMs + LOOK_SECONDS * 1000;
  const end = performance.now() + READY_MS;
  for (;;) {
    const late = await unless("agent-silent", tool.output(words, { silentMs }));
    if (!late) return;
    await refuseHopeless(kubectl, selector, tool);
    if (performance.now() > end) throw late;
    await tool.pause(0);
  }
}

/** The error of this code; undefined where it went well. @throws NoRouterError of any other code */
async function unless(code: ErrorCode, work: Promise<unknown>): Promise<NoRouterError | undefined> {
  try {
    await work;
    return undefined;
  } catch (thrown) {
    if (thrown instanceof NoRouterError && thrown.code === code) return thrown;
    throw thrown;
  }
}

/** Tells why a pod cannot become ready; whoever may not look at pods has to wait. @throws NoRouterError */
async function refuseHopeless(kubectl: readonly string[], selector: string, tool: StarterTool): Promise<void> {
  const path =
    "{range .items[*].status.containerStatuses[*]}{.name}{'\\t'}{.state.waiting.reason}{'\\t'}{.state.waiting.message}{'\\n'}{end}";
  const words = [...kubectl, "get", "pods", `--selector=${selector}`, `--output=jsonpath=${path}`];
  const lines = (await tool.output(words).catch(() => "")).split("\n");
  for (const [name = "", reason = "", message = ""] of lines.map((line) => line.split("\t"))) {
    const code = Object.hasOwn(HOPELESS, reason) ? HOPELESS[reason] : undefined;
    if (code) throw new NoRouterError(code, `Container "${name}" does not run: ${message === "" ? reason : message}`);
  }
}

async function stop(scaled: Scaled, tool: StarterTool): Promise<void> {
  const { kubectl } = scaled;
  const there = await look(scaled, tool).catch(ignoreMissing);
  if (!there) return;
  if (there.replicas > 0) await scale(scaled, 0, tool).catch(ignoreMissing);
  if (there.selector === "") return; // all pods are not its own
  const seconds = there.graceSeconds + Math.ceil(tool.limits.helloMs / 1000);
  const words = ["wait", "--for=delete", "pod", `--selector=${there.selector}`, `--timeout=${seconds}s`];
  const silentMs = (seconds + LOOK_SECONDS) * 1000;
  await tool.output([...kubectl, ...words], { silentMs }).catch(ignoreMissing);
}

function ignoreMissing(thrown: unknown): undefined {
  if (thrown instanceof NoRouterError && thrown.code === "container-missing") return undefined;
  throw thrown;
}

interface Workload {
  readonly replicas: number;
  /** Labels of its pods, as kubectl takes them. */
  readonly selector: string;
  /** How long its pods may take to end. */
  readonly graceSeconds: number;
}

async function look({ kubectl, target }: Scaled, tool: StarterTool): Promise<Workload> {
  const { spec } = JSON.parse(await tool.output([...kubectl, "get", target, "--output=json"])) as { readonly spec?: Spec };
  const { replicas = 1, selector = {}, template } = spec ?? {};
  const graceSeconds = template?.spec?.terminationGracePeriodSeconds ?? GRACE_SECONDS;
  return { replicas, selector: selectorText(selector), graceSeconds };
}

/** As much of a workload as is read. */
interface Spec {
  readonly replicas?: number;
  readonly selector?: Selector;
  readonly template?: { readonly spec?: { readonly terminationGracePeriodSeconds?: number } };
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** A selector as kubectl takes it. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const terms = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(",")})`;
  });
  return [...labels, ...terms].join(",");
}
