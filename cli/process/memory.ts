// How much memory this process may still take before the kernel ends it: what its cgroups allow, and what the machine has.

import { readFileSync } from "node:fs";

/** Where cgroups are mounted, and what version 1 adds for its controller of memory. */
const MOUNT = "/sys/fs/cgroup";
const V1 = "/memory";

/** Files of a folder of cgroups: the limit, what is used of it, and the counts of what the kernel takes back before it ends anyone. */
interface Names {
  readonly limit: string;
  readonly used: string;
  readonly reclaimable: RegExp;
}

const V1_NAMES: Names = {
  limit: "memory.limit_in_bytes",
  used: "memory.usage_in_bytes",
  reclaimable: /^total_(?:in)?active_file (\d+)$/gm,
};
const V2_NAMES: Names = {
  limit: "memory.max",
  used: "memory.current",
  reclaimable: /^(?:(?:in)?active_file|slab_reclaimable) (\d+)$/gm,
};

/**
 * Bytes that this process may take beyond what it has; undefined where nothing says so.
 * @param root What stands before the paths of the system's files; a test has files of its own.
 */
export function memoryRoom(root = ""): number | undefined {
  const own = textOf(`${root}/proc/self/cgroup`) ?? "";
  const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(own)?.[1] ?? "/";
  const v2 = /^0::(\/.*)$/m.exec(own)?.[1] ?? "/";
  const rooms = [
    ...foldersOf(v2).map((folder) => roomIn(`${root}${MOUNT}${folder}`, V2_NAMES)),
    ...foldersOf(v1).map((folder) => roomIn(`${root}${MOUNT}${V1}${folder}`, V1_NAMES)),
    availableIn(textOf(`${root}/proc/meminfo`)),
  ].filter((room) => room !== undefined);
  return rooms.length === 0 ? undefined : Math.max(0, Math.min(...rooms));
}

/** A folder and those above it: each has a limit of its own. In a container the last one alone may be there. */
function foldersOf(path: string): string[] {
  const words = path.split("/").filter((word) => word !== "");
  return [...words.map((_, index) => `/${words.slice(0, words.length - index).join("/")}`), ""];
}

function roomIn(folder: string, { limit, used, reclaimable }: Names): number | undefined {
  const most = numberOf(textOf(`${folder}/${limit}`));
  const now = numberOf(textOf(`${folder}/${used}`));
  if (most === undefined || now === undefined) return undefined;
  const counts = (textOf(`${folder}/memory.stat`) ?? "").matchAll(reclaimable);
  return [...counts].reduce((room, [, bytes]) => room + Number(bytes), most - now);
}

function availableIn(text = ""): number | undefined {
  const kib = numberOf(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1]);
  return kib === undefined ? undefined : kib * 1024;
}

/** A whole number; `max` is none. */
function numberOf(text = ""): number | undefined {
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
