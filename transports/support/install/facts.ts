// What a host said of itself, read from the lines of the probe. Pure.

/** What a host said of itself. */
export interface ProbeFacts {
  /** As `uname -sm` says it, such as `Linux x86_64`. */
  readonly machine: string;
  /** Folders that files can be written to, the preferred one first. */
  readonly folders: readonly AgentFolder[];
  /** Those among them that programs can be started from. */
  readonly programFolders: readonly AgentFolder[];
  /** Folders that are not among them, each with the reason. */
  readonly refused: readonly string[];
  readonly runtimes: readonly HostRuntime[];
  /** The `norouter` in the host's PATH, and the first line of what it says of its version. */
  readonly norouter: { readonly path: string; readonly version: string } | undefined;
  /** Whether glibc's loader is there, and no other C library beside it. */
  readonly glibc: boolean;
  /** KiB of memory that the host has, or that a control group allows the agent; undefined when neither is known. */
  readonly memory: number | undefined;
  /** Which of the tools are there: `head`, `gzip`, `sha256sum`. */
  readonly tools: ReadonlySet<string>;
}

/** A folder on a host that agents may be kept in. */
export interface AgentFolder {
  readonly path: string;
  /** Free space for this user in KiB, as `df` says; undefined when it does not say. */
  readonly room: number | undefined;
}

/** A JavaScript runtime on a host. */
export interface HostRuntime {
  readonly name: "node" | "deno" | "bun";
  /** Its own program, as it says itself: what the PATH has may be a shim that starts another one elsewhere. */
  readonly path: string;
  /** `major.minor.patch`. */
  readonly version: string;
  /** Size and date of its file, as the host shows them: another runtime at the path has others. */
  readonly file: string;
}

/** Gathers the lines between `probe` and `end`, each without its mark. Lines that are not known are left out. */
export function parseFacts(lines: readonly string[]): ProbeFacts {
  const rest = (word: string) => lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const rooms = new Map(rest("room").map((line) => [line.slice(line.indexOf(" ") + 1), Number.parseInt(line, 10)]));
  const foldersOf = (word: string) => rest(word).map((path) => ({ path, room: rooms.get(path) }));
  const [path = "", ...words] = (rest("norouter")[0] ?? "").split(" ");
  return {
    machine: rest("machine")[0] ?? "",
    folders: foldersOf("place"),
    programFolders: foldersOf("program-place"),
    refused: rest("refused"),
    runtimes: rest("runtime").flatMap((line) => parseRuntime(line, rest("runtime-file"))),
    norouter: path === "" ? undefined : { path, version: words.join(" ") },
    memory: smallest(rest("memory")),
    glibc: lines.includes("glibc") && !lines.includes("musl"),
    tools: new Set(rest("tool")),
  };
}

function smallest(texts: readonly string[]): number | undefined {
  const numbers = texts.filter((text) => /^\d+$/.test(text)).map(Number);
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

/** `node /usr/bin/node 24.1.0`. */
function parseRuntime(line: string, files: readonly string[]): HostRuntime[] {
  const found = /^(node|deno|bun) (\/.*) v?(\d+\.\d+\.\d+)/.exec(line);
  if (!found) return [];
  const [, name, path, version] = found as unknown as [string, HostRuntime["name"], string, string];
  const file = files.find((one) => one.startsWith(`${name} `))?.slice(name.length + 1) ?? "";
  return [{ name, path, version, file }];
}
