// From a plugin's specifier to the address of its module. Looks at files and package.json only; must not run anything.

import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { NoRouterError } from "../../core/errors.ts";

/** Whether this process runs on Deno, which imports `npm:` and `jsr:` as they are. */
export const IS_DENO: boolean = process.versions.deno !== undefined;

/** Conditions of `exports` in a package.json (Node's documentation, "Conditional exports") that hold here. */
const CONDITIONS: ReadonlySet<string> = new Set([
  "import",
  "node",
  "default",
  ...(IS_DENO ? ["deno"] : []),
  ...(process.versions.bun === undefined ? [] : ["bun"]),
]);
const PACKAGE = /^((?:@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*)(?:@[^/]+)?(\/.+)?$/i;

/**
 * The address that a specifier, written in a file of this folder, is imported from.
 * @throws NoRouterError `plugin-missing` or `plugin-invalid`, naming the specifier
 */
export function locatePlugin(specifier: string, folder: string): string {
  if (specifier.startsWith("file:") || /^\.{1,2}[/\\]/.test(specifier) || isAbsolute(specifier)) return fileOf(specifier, folder);
  const [, scheme, name = ""] = /^(npm:|jsr:)?(.*)$/s.exec(specifier) ?? [];
  if (scheme !== undefined && IS_DENO) return specifier;
  if (scheme === "jsr:")
    throw missing(specifier, "is of jsr, which only Deno imports; elsewhere install it and write the name of its npm package");
  const [, pkg, inner] = PACKAGE.exec(name) ?? [];
  if (pkg === undefined || (scheme === undefined && name.slice(1).includes("@")))
    throw missing(specifier, "is neither a path nor the name of a package; a version takes 'npm:' in front");
  return pathToFileURL(packageFile(specifier, pkg, inner, folder)).href;
}

function fileOf(specifier: string, folder: string): string {
  let path: string;
  try {
    path = specifier.startsWith("file:")
      ? fileURLToPath(new URL(specifier, pathToFileURL(join(folder, "manifest"))))
      : resolve(folder, specifier);
  } catch {
    throw missing(specifier, "is not the address of a file here");
  }
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw missing(specifier, `is not there: there is no file '${path}'`);
  if (!found.isFile())
    throw missing(specifier, `is not a file; name its module, such as '${specifier.replace(/[/\\]$/, "")}/mod.ts'`);
  return pathToFileURL(path).href;
}

/** The module of a package in the `node_modules` of the folder or of one above it. */
function packageFile(specifier: string, name: string, inner: string | undefined, folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    const root = join(at, "node_modules", name);
    if (existsSync(join(root, "package.json"))) return entryOf(specifier, root, inner);
    if (dirname(at) === at)
      throw missing(specifier, `is not installed: there is no '${join("node_modules", name)}' in '${folder}' or above`);
  }
}

function entryOf(specifier: string, root: string, inner: string | undefined): string {
  let entry: string | undefined;
  try {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly exports?: unknown };
    if (exports === undefined || exports === null) {
      entry = inner === undefined ? createRequire(join(root, "package.json")).resolve(root) : join(root, inner);
    } else {
      const target = targetOf(exports, inner === undefined ? "." : `.${inner}`);
      entry = target === undefined ? undefined : join(root, target);
    }
  } catch (thrown) {
    throw new NoRouterError("plugin-invalid", `Plugin '${specifier}' has no module: ${(thrown as Error).message.split("\n")[0]}`);
  }
  if (entry === undefined || relative(root, entry).startsWith(".."))
    throw new NoRouterError("plugin-invalid", `Plugin '${specifier}' has no module: its package.json exports none for 'import'`);
  if (!existsSync(entry)) throw missing(specifier, `has no module: there is no file '${entry}'`);
  return entry;
}

/** What `exports` says for a name: a path, conditions in their order, or a list of which the first that holds is taken. */
function targetOf(exports: unknown, name: string): string | undefined {
  const keys = typeof exports === "object" && exports !== null && !Array.isArray(exports) ? Object.keys(exports) : [];
  if (keys.some((key) => key.startsWith("."))) return conditional((exports as { readonly [key: string]: unknown })[name]);
  return name === "." ? conditional(exports) : undefined;
}

function conditional(target: unknown): string | undefined {
  if (typeof target === "string") return target.startsWith("./") ? target : undefined;
  if (typeof target !== "object" || target === null) return undefined;
  const choices = Array.isArray(target)
    ? target
    : Object.entries(target).flatMap(([key, value]) => (CONDITIONS.has(key) ? [value] : []));
  for (const choice of choices) {
    const found = conditional(choice);
    if (found !== undefined) return found;
  }
  return undefined;
}

function missing(specifier: string, what: string): NoRouterError {
  return new NoRouterError("plugin-missing", `Plugin '${specifier}' ${what}`);
}
