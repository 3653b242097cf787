// The words of a container engine's tool that bring an agent to a container without its shell. docker and podman take the same. Pure.

import { option } from "../words.ts";

/** A container, and the tool that reaches it. */
export interface ContainerTool {
  /** The tool and its options before a command, such as `docker --context far`. */
  readonly tool: readonly string[];
  /** Name or id. */
  readonly container: string;
  /** User that the agent runs as; absent: the container's own. */
  readonly user?: string | number | undefined;
  /**
   * How a container beside this one gets into its namespaces: by its name, or by the paths of its first process's, where the tool
   * refuses to remove a container that another one names. Default: `name`.
   */
  readonly joinedBy?: "name" | "process";
  /** The agent always runs beside the container: nothing is written to it, copied into it or started in it. */
  readonly enter?: "network" | undefined;
}

/** What both say where a program cannot be started for lack of memory or processes: it is there all the same. */
export const NO_ROOM = {
  says: /unable to start container process: (?:read init-p|.*(?:resource temporarily unavailable|cannot allocate memory))/i,
  code: "out-of-memory",
  message: "Container is at its limit of memory or processes: no program can be started in it",
} as const;

/** What images of ours are called and labelled with; the tag is the agent's name. */
const IMAGE = "norouter-agent";

/** Prints facts of a container in a line: see `parseContainer`. */
export function inspectWords({ tool, container }: ContainerTool): string[] {
  const format = "{{.HostConfig.ReadonlyRootfs}} {{.Image}} {{.State.Status}} {{.HostConfig.PidMode}} {{.Config.User}}";
  return [...tool, "inspect", "--type", "container", "--format", format, container];
}

/** What is known of a container. */
export interface ContainerFacts {
  /** Nothing can be copied into it. */
  readonly readOnly: boolean;
  readonly image: string;
  /** Such as `running`, `paused` or `exited`. */
  readonly status: string;
  /** It has processes of its own: what shares them ends with the first of them. Else they are the machine's, or another container's. */
  readonly ownProcesses: boolean;
  /** Who its programs run as, such as `1000:1000` or `app`; empty: root. */
  readonly user: string;
}

/** Reads the answer to {@link inspectWords}. */
export function parseContainer(text: string): ContainerFacts {
  const [readOnly = "", image = "", status = "", pidMode = "", user = ""] = text.replace(/\r?\n$/, "").split(" ");
  return { readOnly: readOnly === "true", image, status, ownProcesses: pidMode === "" || pidMode === "private", user };
}

/** Prints the platform of an image, as Go names it: `linux amd64`. */
export function platformWords({ tool }: ContainerTool, image: string): string[] {
  return [...tool, "image", "inspect", "--format", "{{.Os}} {{.Architecture}}", image];
}

/** Runs a command in the container with its standard streams. */
export function execWords({ tool, container, user }: ContainerTool, command: readonly string[]): string[] {
  return [...tool, "exec", "-i", ...option("--user", user), container, ...command];
}

/** Unpacks an archive on standard input into the container; its files get the owners that the archive names. */
export function copyWords({ tool, container }: ContainerTool): string[] {
  return [...tool, "cp", "--archive=false", "-", `${container}:/`];
}

/** Gives an archive with a file of the container. */
export function fileWords({ tool, container }: ContainerTool, path: string): string[] {
  return [...tool, "cp", `${container}:${path}`, "-"];
}

/** Makes an image of an archive on standard input. */
export function importWords({ tool }: ContainerTool, name: string): string[] {
  return [...tool, "import", "--change", `LABEL ${IMAGE}=${name}`, "-", `${IMAGE}:${name}`];
}

/** Lists images of ours: see {@link parseImages}. */
export function imagesWords({ tool }: ContainerTool): string[] {
  return [...tool, "image", "ls", "--filter", `label=${IMAGE}`, "--format", "{{.ID}} {{.Tag}} {{.CreatedAt}}"];
}

/** An image of ours. */
export interface ImageFacts {
  readonly id: string;
  /** `<none>` where it has lost its name. */
  readonly tag: string;
  /** Milliseconds since 1970 by the clock of the container engine; undefined where that cannot be read. */
  readonly created: number | undefined;
}

/** Reads the answer to {@link imagesWords}, whose dates are such as `2026-01-31 09:08:07 +0100 CET`, also with parts of a second. */
export function parseImages(text: string): ImageFacts[] {
  return text.split("\n").flatMap((line) => {
    const [id = "", tag = "", day = "", time = "", zone = ""] = line.trim().split(" ");
    const created = Date.parse(`${day}T${time.slice(0, "hh:mm:ss".length)}${zone.slice(0, 3)}:${zone.slice(3)}`);
    return id === "" ? [] : [{ id, tag, created: Number.isNaN(created) ? undefined : created }];
  });
}

/** Removes images by their ids; one that a container uses stays. */
export function removeWords({ tool }: ContainerTool, images: readonly string[]): string[] {
  return [...tool, "image", "rm", ...images];
}

/** Prints what {@link parseJoined} reads, with tabs between. */
export function joinedWords({ tool, container }: ContainerTool): string[] {
  const format = "{{.State.Pid}}\t{{.HostsPath}}\t{{.ResolvConfPath}}";
  return [...tool, "inspect", "--type", "container", "--format", format, container];
}

/** Prints what changes with each start of a container, and is the same as long as it runs. */
export function startedWords({ tool, container }: ContainerTool): string[] {
  return [...tool, "inspect", "--type", "container", "--format", "{{.State.Pid}} {{.State.StartedAt}}", container];
}

/** Options of `run` for the namespaces of a running container and its names; undefined where it does not run. */
export function parseJoined(text: string, { ownProcesses }: Pick<ContainerFacts, "ownProcesses">): string[] | undefined {
  const [pid = "0", hosts = "", resolv = ""] = text.replace("\n", "").split("\t");
  if (!/^[1-9]\d*$/.test(pid)) return undefined;
  const shared = (source: string, path: string) => (source === "" ? [] : ["--volume", `${source}:${path}:ro,z`]);
  const names = ["--no-hosts", ...shared(hosts, "/etc/hosts"), ...shared(resolv, "/etc/resolv.conf")];
  const processes = ownProcesses ? ["--pid", `ns:/proc/${pid}/ns/pid`] : [];
  return ["--network", `ns:/proc/${pid}/ns/net`, ...processes, ...names];
}

/** Options of `run` for the namespaces of a container that is known by its name. */
export function joinedByName({ container }: ContainerTool, { ownProcesses }: Pick<ContainerFacts, "ownProcesses">): string[] {
  return ["--network", `container:${container}`, ...(ownProcesses ? ["--pid", `container:${container}`] : [])];
}

/** What `besideWords` runs. */
export interface Beside {
  /** The image's. */
  readonly name: string;
  /** The new container's. */
  readonly own: string;
  readonly joined: readonly string[];
  readonly command: readonly string[];
}

/**
 * Runs a command of an image of ours in the namespaces of the container. It is gone when the command ends, and the command gets the end
 * of its input when the tool ends. No registry is asked for the image.
 */
export function besideWords({ tool, user }: ContainerTool, { name, own, joined, command }: Beside): string[] {
  const [program = "", ...args] = command;
  return [
    ...[...tool, "run", "-i", "--rm", "--pull", "never", "--name", own, ...joined, "--read-only"],
    ...["--label", `${IMAGE}=${name}`, ...option("--user", user), "--entrypoint", program, `${IMAGE}:${name}`, ...args],
  ];
}

/** A name for a container of ours that no other has. */
export function ownName(): string {
  return `${IMAGE}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Removes a container, whatever it does. */
export function endWords({ tool }: ContainerTool, own: string): string[] {
  return [...tool, "rm", "--force", own];
}

/** Removes containers of ours that do not run and were made so long ago: a tool that was killed may leave one before it is started. */
export function pruneWords({ tool }: ContainerTool, minutes: number): string[] {
  return [...tool, "container", "prune", "--force", "--filter", `label=${IMAGE}`, "--filter", `until=${minutes}m`];
}
