// Containers that are made for a host: what they are called, how they are known again, and the words that make them. docker and podman
// take the same. Pure.

import { createHash } from "node:crypto";
import { hostname, userInfo } from "node:os";
import type { HostIdentity, WrongField } from "./shell_starter.ts";

/** Fields of a key for a container that is there, or one that is made. */
export interface MadeSettings {
  readonly container?: string | undefined;
  readonly image?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
}

/** Labels of a container that was made for a host. */
export const LABELS = {
  host: "norouter.host",
  network: "norouter.network",
  /** Whose it is; two networks of one name on two machines may share an engine. */
  owner: "norouter.owner",
  /** What it was made of. */
  made: "norouter.made",
} as const;

/** Options of `run` that would take the container out of our hands. */
const OURS = /(?!--(?:name|rm|detach|cidfile)(?:=|$)|-[a-z]*d[a-z]*$)[\s\S]*/;

/** The fields of {@link MadeSettings}. */
export function madeFields<T extends string>(tool: T) {
  return {
    image: { description: `Image of a container that is made for this host with '${tool} run', and removed at the end.` },
    args: {
      description: `Options of '${tool} run' for it, an item a word; '--env-file' keeps secrets out of the list of processes.`,
      type: "list of strings",
      ...{ dash: true, secret: true },
      pattern: OURS,
      wanted: "an option other than '--name', '--rm', '--detach' and '--cidfile'",
      examples: [["-e", "WORDPRESS_DB_HOST=127.0.42.102"]],
    },
    command: {
      description: "Words that it runs in place of the image's own.",
      type: "list of strings",
      dash: true,
      secret: true,
    },
  } as const;
}

/** What belongs to an image alone. */
export function checkMade(settings: MadeSettings): readonly WrongField[] {
  if (settings.image !== undefined) return [];
  const fields = (["args", "command"] as const).filter((field) => settings[field] !== undefined);
  const hint = "A container that is there is started as it was made; write 'image' to have it made";
  return fields.map((field) => ({ field, message: "stands beside 'container'", hint }));
}

/** The container of a host: the one that was named, or the one that is made. */
export function containerOf({ container }: MadeSettings, host: HostIdentity): string {
  return container ?? madeName(host);
}

/** The same at the next run of the network, and like no other network's. */
export function madeName(host: HostIdentity): string {
  const parts = [host.network?.name ?? "", host.name].map((part) => part.replace(/[^\w.-]+/g, "-").slice(0, 40));
  return ["norouter", ...parts.filter((part) => part !== ""), ownerOf(host).slice(0, 8)].join("-");
}

/** Whose containers these are: those of a host in the network of a manifest's folder, of a user of this machine. */
function ownerOf({ name, network }: HostIdentity): string {
  return digest([hostname(), userOf(), network?.folder, network?.name, name]);
}

function userOf(): string | number {
  try {
    return userInfo().uid;
  } catch {
    return ""; // a user that the system has no name for
  }
}

function digest(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** The labels of a container that is made. */
export function labelsOf(settings: MadeSettings, host: HostIdentity): Readonly<Record<string, string>> {
  const { image, args = [], command = [] } = settings;
  return {
    [LABELS.host]: host.name,
    [LABELS.network]: host.network?.name ?? "",
    [LABELS.owner]: ownerOf(host).slice(0, 16),
    [LABELS.made]: digest([ownerOf(host), image, args, command]).slice(0, 16),
  };
}

/** Makes and starts the container. */
export function runWords(tool: readonly string[], settings: MadeSettings, host: HostIdentity): string[] {
  const { image = "", args = [], command = [] } = settings;
  const labels = Object.entries(labelsOf(settings, host)).map(([name, value]) => `--label=${name}=${value}`);
  return [...tool, "run", "--detach", ...args, `--name=${madeName(host)}`, ...labels, image, ...command];
}

/** What is known of a container that is there. */
export interface Found {
  readonly status: string;
  readonly exitCode: number;
  /** How long its own end may take, in milliseconds. */
  readonly stopMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** How long engines wait for the end of a container that says nothing of it. */
const STOP_SECONDS = 10;

/** Prints what {@link parseFound} reads, nothing of its environment. */
export function lookWords(tool: readonly string[], container: string): string[] {
  const format = "{{json .State.Status}}\n{{json .State.ExitCode}}\n{{json .Config.StopTimeout}}\n{{json .Config.Labels}}";
  return [...tool, "inspect", "--type", "container", "--format", format, container];
}

/** Reads the answer to {@link lookWords}. @throws SyntaxError for what is none */
export function parseFound(text: string): Found {
  const [status, exitCode, stopTimeout, labels] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const seconds = typeof stopTimeout === "number" ? stopTimeout : STOP_SECONDS;
  return {
    status: String(status),
    exitCode: Number(exitCode),
    stopMs: Math.max(0, seconds) * 1000,
    labels: (labels ?? {}) as Record<string, string>,
  };
}

/** Whether it was made for this host. */
export function isMadeFor({ labels }: Found, host: HostIdentity): boolean {
  return labels[LABELS.owner] === ownerOf(host).slice(0, 16);
}

/** Whether it was made of these settings. */
export function isMadeOf({ labels }: Found, settings: MadeSettings, host: HostIdentity): boolean {
  return labels[LABELS.made] === labelsOf(settings, host)[LABELS.made];
}
