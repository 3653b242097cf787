// `norouter plugin new`: a folder with a plugin that works, its test and its pages, to begin with. Must not overwrite anything.

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { quote } from "shlex";
import { NoRouterError } from "../../core/errors.ts";
import { OWN_HOST_KEYS, OWN_ROUTE_KEYS } from "../../core/manifest/mod.ts";
import { registerPlugins } from "../../core/mod.ts";
import { VERSION } from "../../core/version.ts";
import { fileError } from "../../plugins/support/files.ts";
import { makeFolder } from "../../plugins/support/folders.ts";
import { BUILTINS, loadBuiltins, OF_RUN } from "../builtins.ts";
import type { Io } from "../load/io.ts";
import { MODULE_ENDING, PROGRAM_FOLDER } from "../program_files.ts";
import { TEMPLATES } from "../templates/mod.ts";

/** What `plugin new` is asked for. */
export interface PluginNewArgs {
  readonly name: string;
  readonly kind: string | undefined;
  /** The folder in which the plugin's own is made; default: the present one. */
  readonly dir: string | undefined;
}

/** What of norouter a plugin's test imports. */
const FACES = {
  ".": ["index", "core/mod"],
  "./conformance": ["conformance", "conformance/mod"],
  "./toolkit": ["toolkit", "transports/support/toolkit"],
  "./host-toolkit": ["host-toolkit", "plugins/support/toolkit"],
} as const;

/** Writes the folder; returns 0. @throws NoRouterError `usage` */
export async function pluginNew({ name, kind, dir = "." }: PluginNewArgs, io: Pick<Io, "stdout">): Promise<number> {
  const kinds = Object.keys(TEMPLATES);
  const template = kind !== undefined && Object.hasOwn(TEMPLATES, kind) ? TEMPLATES[kind] : undefined;
  if (!template) throw usage(`'norouter plugin new' wants --kind and one of ${kinds.join(", ")}`);
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw usage(`"${name}" is no name of lower case letters, digits and dashes`);
  if ([...BUILTINS.map((builtin) => builtin.name), ...OF_RUN].includes(name))
    throw usage(`"${name}" is the name of a built-in plugin`);
  if ((await keysThere()).includes(name))
    throw usage(`"${name}" is a key of manifests already, and the plugin brings one of its name`);
  const folder = join(dir, name);
  if (existsSync(folder)) throw usage(`'${folder}' already exists`);
  const files = { ...template(name), "package.json": packageJson(name), ".gitignore": "node_modules\n" };
  const isLinked = await write(folder, files)
    .then(() => link(join(folder, "node_modules/norouter")))
    .catch((thrown: unknown) => {
      throw fileError(folder, thrown);
    });
  // A path with neither a dot nor a slash at its beginning would name a package.
  const shown = quote(isAbsolute(folder) ? folder : `./${folder}`);
  io.stdout(
    `${[
      `Wrote ${folder}: ${Object.keys(files).sort().join(", ")}`,
      "Next:",
      ...(isLinked ? [] : [`  npm install --prefix ${shown}`]),
      `  npm test --prefix ${shown}${isLinked && MODULE_ENDING === ".ts" ? "    # needs Node 22.18 or later" : ""}`,
      `  norouter verify ${shown}/mod.mjs`,
      `  norouter check ${shown}/net.yaml`,
    ].join("\n")}\n`,
  );
  return 0;
}

/** Keys of hosts and of routes, the manifest's own and those of built-in plugins. */
async function keysThere(): Promise<string[]> {
  const { keys } = registerPlugins(await loadBuiltins());
  return [...OWN_HOST_KEYS, ...OWN_ROUTE_KEYS, ...[...keys.host, ...keys.route].map((key) => key.name)];
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await makeFolder(dirname(resolve(folder, path)));
    await writeFile(join(folder, path), text, { flag: "wx" });
  }
}

function packageJson(name: string): string {
  const content = {
    name: `norouter-plugin-${name}`,
    version: "0.1.0",
    type: "module",
    exports: "./mod.mjs",
    scripts: { test: "node --test" },
    peerDependencies: { norouter: "*" },
    devDependencies: { norouter: `^${VERSION}` },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Lets the test import the norouter that runs now, until another one is installed there. False where that has no files. */
async function link(folder: string): Promise<boolean> {
  if (PROGRAM_FOLDER.protocol !== "file:") return false;
  const exports: Record<string, string> = {};
  const files: Record<string, string> = {};
  for (const [face, [file, path]] of Object.entries(FACES)) {
    exports[face] = `./${file}.mjs`;
    files[`${file}.mjs`] = `export * from ${JSON.stringify(new URL(path + MODULE_ENDING, PROGRAM_FOLDER).href)};\n`;
  }
  const content = { name: "norouter", version: VERSION, type: "module", exports };
  await write(resolve(folder), { ...files, "package.json": `${JSON.stringify(content, null, 2)}\n` });
  return existsSync(fileURLToPath(PROGRAM_FOLDER));
}

function usage(message: string): NoRouterError {
  return new NoRouterError("usage", message);
}
