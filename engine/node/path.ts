// node:path for POSIX paths. Pure but for `resolve` and `relative`, which ask for the working directory.

/** A path in parts. */
export interface ParsedPath {
  root: string;
  dir: string;
  base: string;
  ext: string;
  name: string;
}

/** Between the parts of a path. */
export const sep = "/";
/** Between the paths of a list, such as `PATH`. */
export const delimiter = ":";

function check(value: unknown, name: string): asserts value is string {
  if (typeof value === "string") return;
  const message = `The "${name}" argument must be of type string.`;
  throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

/** The parts of a path without `.`, and with `..` resolved as far as can be. */
function resolved(path: string, isAbsolute: boolean): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!isAbsolute) parts.push(part);
  }
  return parts.join("/");
}

/** The path without `.`, doubled slashes, and `..` where it can be left out. */
export function normalize(path: string): string {
  check(path, "path");
  if (path === "") return ".";
  const root = path.startsWith("/") ? "/" : "";
  const rest = resolved(path, root !== "");
  const end = path.endsWith("/") && rest !== "" ? "/" : "";
  if (root === "" && rest === "") return path.endsWith("/") ? "./" : ".";
  return root + rest + end;
}

/** All paths as one, normalized. */
export function join(...paths: string[]): string {
  for (const path of paths) check(path, "path");
  return normalize(paths.filter((path) => path !== "").join("/"));
}

/** The absolute path, from right to left, and from the working directory where none is absolute. */
export function resolve(...paths: string[]): string {
  let whole = "";
  for (const path of paths.toReversed()) {
    check(path, "path");
    if (path === "" || whole.startsWith("/")) continue;
    whole = whole === "" ? path : `${path}/${whole}`;
  }
  if (!whole.startsWith("/")) whole = `${process.cwd()}/${whole}`;
  return `/${resolved(whole, true)}`;
}

/** Whether a path begins at the root. */
export function isAbsolute(path: string): boolean {
  check(path, "path");
  return path.startsWith("/");
}

/** The way from one path to another. */
export function relative(from: string, to: string): string {
  check(from, "from");
  check(to, "to");
  const [start, end] = [from, to].map((path) =>
    resolve(path)
      .split("/")
      .filter((part) => part !== ""),
  ) as [string[], string[]];
  let same = 0;
  while (same < start.length && same < end.length && start[same] === end[same]) same += 1;
  return [...start.slice(same).fill(".."), ...end.slice(same)].join("/");
}

/** The path as it is; only Windows has namespaces. */
export function toNamespacedPath(path: string): string {
  return path;
}

/** Where a path ends without its final slashes. */
function endOf(path: string): number {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end -= 1;
  return end;
}

/** The path without its last part. */
export function dirname(path: string): string {
  check(path, "path");
  const cut = path.lastIndexOf("/", endOf(path) - 1);
  if (path === "" || cut < 0) return ".";
  if (cut === 0) return "/";
  // Two slashes and a name: the first slash is the root, and the second one stays, as in Node.
  return cut === 1 && path.startsWith("//") ? "//" : path.slice(0, endOf(path.slice(0, cut)) === 0 ? 1 : cut);
}

/** The last part of a path, without `suffix` where it ends in it. */
export function basename(path: string, suffix?: string): string {
  check(path, "path");
  if (suffix !== undefined) check(suffix, "suffix");
  if (suffix === path) return "";
  const whole = path.slice(0, endOf(path));
  const base = whole.slice(whole.lastIndexOf("/") + 1);
  const hasSuffix = suffix !== undefined && base !== suffix && base.endsWith(suffix);
  return hasSuffix ? base.slice(0, base.length - suffix.length) : base;
}

/** The ending of the last part, with its dot; empty where it has none. */
export function extname(path: string): string {
  check(path, "path");
  const base = basename(path);
  const dot = base.lastIndexOf(".");
  return dot <= 0 || base === ".." ? "" : base.slice(dot);
}

/** A path in parts. */
export function parse(path: string): ParsedPath {
  check(path, "path");
  const root = path.startsWith("/") ? "/" : "";
  const base = basename(path);
  const ext = extname(base);
  const before = path.slice(0, endOf(path)).length - base.length;
  const dir = base === "" ? root : before > 1 ? path.slice(0, before - 1) : root;
  return { root, dir, base, ext, name: base.slice(0, base.length - ext.length) };
}

/** The path that parts make; `dir` goes before `root`, `base` before `name` and `ext`. */
export function format(parts: Partial<ParsedPath>): string {
  const dir = parts.dir || parts.root;
  const ext = parts.ext ?? "";
  const base = parts.base || `${parts.name ?? ""}${ext !== "" && !ext.startsWith(".") ? "." : ""}${ext}`;
  if (!dir) return base;
  return dir === parts.root ? `${dir}${base}` : `${dir}/${base}`;
}

const posix = {
  sep,
  delimiter,
  normalize,
  join,
  resolve,
  isAbsolute,
  relative,
  toNamespacedPath,
  dirname,
  basename,
  extname,
  parse,
  format,
  get posix() {
    return posix;
  },
};

export { posix };
export default posix;
