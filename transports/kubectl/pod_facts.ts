// What `kubectl get --output json` says of a pod, or of what has pods. Pure; nothing that it says is taken on trust.

/** A container of ours in a pod. */
export interface OwnContainer {
  readonly name: string;
  readonly image: string;
  /** `useless`: it cannot be started, and neither could another of its image. */
  readonly state: "waiting" | "running" | "ended" | "useless";
  /** What the cluster says of one that does not run. */
  readonly why?: string;
}

/** A pod. */
export interface PodFacts {
  readonly name: string;
  /** Such as `Running`. */
  readonly phase: string;
  readonly own: readonly OwnContainer[];
}

const OWN = /^norouter-[0-9a-f]{8}$/;
/** Reasons for which a container waits without end (those of kubelet), unless somebody mends something. */
const HOPELESS = /^(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|Create\w+Error|RunContainerError)$/;
/** Exit codes of a program that could not be started; runtimes say 127 or 128. */
const NOT_STARTED = [126, 127, 128];
/** Characters; what a runtime says has what is wrong at its end. */
const LONGEST_WHY = 500;

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A pod; undefined for anything else. */
export function parsePod(said: unknown): PodFacts | undefined {
  const { kind, metadata, spec, status } = fieldsOf(said);
  const name = textOf(fieldsOf(metadata).name);
  if (kind !== "Pod" || name === "" || name.startsWith("-")) return undefined;
  const { phase, ephemeralContainerStatuses } = fieldsOf(status);
  const statuses = listOf(ephemeralContainerStatuses);
  const containers = listOf(fieldsOf(spec).ephemeralContainers).filter((one) => OWN.test(textOf(one.name)));
  const own = containers.map((one): OwnContainer => {
    const found = statuses.find((its) => its.name === one.name);
    return { name: textOf(one.name), image: textOf(one.image), ...stateOf(fieldsOf(found?.state)) };
  });
  return { name, phase: textOf(phase), own };
}

function stateOf({ running, waiting, terminated }: Fields): Pick<OwnContainer, "state" | "why"> {
  if (running) return { state: "running" };
  const { reason, message, exitCode } = fieldsOf(terminated ?? waiting);
  const why = [reason, message].map(textOf).filter(Boolean).join(": ").replace(/\s+/g, " ").slice(-LONGEST_WHY);
  const isHopeless = terminated ? NOT_STARTED.includes(Number(exitCode)) : HOPELESS.test(textOf(reason));
  if (isHopeless) return { state: "useless", why: why || "it ended at once" };
  return { state: terminated ? "ended" : "waiting", ...(why && { why }) };
}

/** The labels by which a deployment, a service or the like finds its pods, as a selector; undefined where there is more to it. */
export function selectorOf(said: unknown): string | undefined {
  const selector = fieldsOf(fieldsOf(fieldsOf(said).spec).selector);
  const { matchLabels, matchExpressions } = selector;
  if (listOf(matchExpressions).length > 0) return undefined;
  const labels = Object.entries(fieldsOf(matchLabels ?? selector));
  if (labels.length === 0 || !labels.every(([, value]) => typeof value === "string")) return undefined;
  return labels.map(([name, value]) => `${name}=${value}`).join(",");
}
