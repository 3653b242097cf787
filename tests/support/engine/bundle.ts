// Makes a test file one module that runs on the engine: packages and the project's sources are in it, and `node:test`,
// `node:assert/strict` and `node:child_process` are those of this folder.

import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BuildOptions, Plugin } from "esbuild";
import { builtinsWhenUsed } from "../../../agents/bundle.ts";
import { PROJECT } from "../cli.ts";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const REPLACED: Readonly<Record<string, string>> = {
  "node:test": here("test_module.ts"),
  "node:assert/strict": here("assert_module.ts"),
  "node:child_process": here("child_process_module.ts"),
};

const replaceTestModules: Plugin = {
  name: "test-modules",
  setup(build) {
    build.onResolve({ filter: /^node:(test|assert\/strict|child_process)$/ }, ({ path, importer }) => {
      const other = REPLACED[path];
      // What takes a module's place may use of it what it does not replace.
      return other === undefined || other === importer ? { path, external: true } : { path: other };
    });
  },
};

/** A source finds files beside it by `import.meta.url`, which in a bundle would be the bundle's own. */
const keepPlaces: Plugin = {
  name: "places",
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      return { loader: "ts", contents: text.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)) };
    });
  },
};

const AGENT_ENTRY = "cli/agent_main.ts";

const OPTIONS = {
  absWorkingDir: PROJECT,
  bundle: true,
  write: false,
  metafile: true,
  platform: "node",
  format: "esm",
  target: "node22",
  external: ["esbuild"],
  logLevel: "silent",
} as const satisfies BuildOptions;

/** The files of the project of which the agent's script is made, relative to it. */
export async function agentSources(): Promise<string[]> {
  const { build } = await import("esbuild");
  const { metafile } = await build({ ...OPTIONS, entryPoints: [AGENT_ENTRY] });
  return Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
}

/** Those of some files whose bundles hold a text, without the code of packages. */
export async function filesWith(files: readonly string[], text: string): Promise<Set<string>> {
  if (files.length === 0) return new Set();
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    ...OPTIONS,
    packages: "external",
    entryPoints: [...files],
    outbase: PROJECT,
    outdir: PROJECT,
    outExtension: { ".js": ".ts" },
  });
  return new Set(outputFiles.filter((file) => file.text.includes(text)).map(({ path }) => relative(PROJECT, path)));
}

/** A test file as one module. */
export interface TestBundle {
  readonly code: string;
  /** JSON, of lines and columns of the code and of the sources. */
  readonly sourceMap: string;
  /** What it imports still, without `node:`. */
  readonly imports: readonly string[];
}

/**
 * Bundles a test file.
 * @param file relative to the project
 * @throws Error of esbuild when something cannot be found or read
 */
export async function bundleTest(file: string): Promise<TestBundle> {
  const { build } = await import("esbuild");
  const [tests, perform] = [resolve(PROJECT, file), here("perform.ts")].map((path) => JSON.stringify(path));
  const entry = `import ${tests};\nimport { performAll } from ${perform};\nawait performAll();\n`;
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    stdin: { contents: entry, resolveDir: PROJECT, sourcefile: "entry.mjs" },
    outfile: `${PROJECT}/bundle.mjs`, // nothing is written; places in the source map are relative to it
    sourcemap: "external",
    charset: "ascii",
    plugins: [replaceTestModules, keepPlaces, builtinsWhenUsed],
  });
  const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  const [output] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined);
  const direct = output?.imports.filter(({ external }) => external).map(({ path }) => path) ?? [];
  const late = Object.keys(output?.inputs ?? {}).filter((path) => path.startsWith("builtin:"));
  const imports = [...direct, ...late.map((path) => path.slice("builtin:".length))].map((name) => name.replace(/^node:/, ""));
  return { code: textOf(".mjs"), sourceMap: textOf(".map"), imports: [...new Set(imports)].sort() };
}
