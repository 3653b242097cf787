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
}

/** What images of ours are called and labelled with; the tag is the agent's name. */
const IMAGE = "norouter-agent";

/** Prints facts of a container in a line: see `parseContainer`. */
export function inspectWords({ tool, container }: ContainerTool): string[] {
  const format = "{{.HostConfig.ReadonlyRootfs}} {{.Image}} {{.Config.User}}";
  return [...tool, "inspect", "--type", "container", "--format", format, container];
}

/** What is known of a container. */
export interface ContainerFacts {
  /** Nothing can be copied into it. */
  readonly readOnly: boolean;
  readonly image: string;
  /** Who its programs run as, such as `1000:1000` or `app`; empty: root. */
  readonly user: string;
}

/** Reads the answer to {@link inspectWords}. */
export function parseContainer(text: string): ContainerFacts {
  const [readOnly = "", image = "", user = ""] = text.trim().split(" ");
  return { readOnly: readOnly === "true", image, user };
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

/**
 * Runs a command of an image of ours in the network of the container. It is gone when the command ends, and the command gets the end
 * of its input when the tool ends. No registry is asked for the image.
 */
export function besideWords({ tool, container, user }: ContainerTool, name: string, command: readonly string[]): string[] {
  const [program = "", ...args] = command;
  return [
    ...[...tool, "run", "-i", "--rm", "--pull", "never", "--network", `container:${container}`, "--read-only"],
    ...["--label", `${IMAGE}=${name}`, ...option("--user", user), "--entrypoint", program, `${IMAGE}:${name}`, ...args],
  ];
}
