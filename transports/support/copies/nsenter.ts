// Brings a shell of the manager's machine into the network of a container, with the container's names. The shell and what it starts have
// the files and the rights of norouter itself.

import { readFileSync } from "node:fs";
import process from "node:process";
import { NoRouterError } from "../../../core/mod.ts";
import type { Entering } from "../entering.ts";
import type { Tool } from "../tool.ts";
import type { Watch } from "../watched_carrier.ts";
import type { ContainerTool } from "./container_tool.ts";

/** How often it is looked whether the container's first process runs. */
const LOOK_MS = 500;

/**
 * In a mount namespace of its own: the container's files of names over the machine's, to be read only. Before that it is made sure that this
 * is the container's network: its process may have ended meanwhile, and another may have its number.
 */
const WITH_NAMES = `[ "$(readlink /proc/self/ns/net)" = "$(readlink "/proc/$1/ns/net")" ] &&
  grep -qsF "$2" "/proc/$1/cgroup" "/proc/$1/mountinfo" || { echo 'Container ended meanwhile' >&2; exit 77; }
shift 2
over() { [ ! -f "$1" ] || [ ! -e "$2" ] || mount -o bind,ro "$1" "$2" || exit 77; }
over "$1" /etc/hosts; over "$2" /etc/resolv.conf; shift 2; exec "$@"`;

/** The words of a command in the network of a container that runs here. @throws NoRouterError */
export async function nsenterWords(
  { tool: words, container }: Pick<ContainerTool, "tool" | "container">,
  command: readonly string[],
  tool: Tool,
): Promise<readonly string[]> {
  const format = "{{.Id}}\t{{.State.Pid}}\t{{.HostsPath}}\t{{.ResolvConfPath}}";
  const said = await tool.output([...words, "inspect", "--type", "container", "--format", format, container]);
  const [id = "", pid = "0", hosts = "", resolv = ""] = said.replace(/\r?\n$/, "").split("\t");
  if (!/^[1-9]\d*$/.test(pid)) throw new NoRouterError("container-stopped", "Container is not running");
  if (!isOf(pid, id)) {
    const message = `Process ${pid} of this machine is not of the container: its engine runs elsewhere, or you may not look at it`;
    throw new NoRouterError("settings-refused", `${message}; leave out 'nsenter'`);
  }
  const enter = [...asRoot(words[0] ?? ""), "nsenter", "--target", pid, "--net", "--"];
  return [...enter, "unshare", "--mount", "--", "sh", "-c", WITH_NAMES, "sh", pid, id, hosts, resolv, ...command];
}

/** Who owns the container's network: root, or for podman the user whose it is. @throws NoRouterError `access-denied` */
function asRoot(tool: string): readonly string[] {
  if (process.getuid?.() === 0) return [];
  if (tool === "podman") return ["podman", "unshare"];
  throw new NoRouterError(
    "access-denied",
    "Only root may enter the network of a container: run norouter as root, or leave out 'nsenter'",
  );
}

/** The number may be another machine's: the process has to name the container, in its control group or in its mounts. */
function isOf(pid: string, id: string): boolean {
  return id !== "" && ["cgroup", "mountinfo"].some((file) => processFile(pid, file).includes(id));
}

function processFile(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** When a process was started, in ticks since the machine's start (proc_pid_stat(5), field 22); empty: it does not run. */
function startOf(pid: string): string {
  const fields = processFile(pid, "stat")
    .replace(/^.*\) /s, "")
    .split(" ");
  return /^[ZX]/.test(fields[0] ?? "") ? "" : (fields[19] ?? "");
}

function watchOf(argv: readonly string[]): Watch {
  const pid = argv[argv.indexOf("--target") + 1] ?? "";
  const first = startOf(pid);
  return { everyMs: LOOK_MS, runs: () => Promise.resolve(first !== "" && startOf(pid) === first) };
}

/** This way into the network of a container; `where` is asked when it is gone. */
export function byNsenter(where: (tool: Tool) => Pick<ContainerTool, "tool" | "container">): Entering {
  return { way: "nsenter", argv: (command, tool) => nsenterWords(where(tool), command, tool), watch: watchOf };
}
