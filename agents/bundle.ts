// Makes the agent's script from the sources of a clone: one minified module without anything of this machine in it, so
// that the same sources give the same bytes. The manager loads esbuild here alone.

import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { messageOf, NoRouterError } from "../core/errors.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Modules of the runtime that take long to load, and that most agents never use. */
const SLOW_BUILTINS: ReadonlySet<string> = new Set(["dgram"]);

/**
 * The runtime's own modules as late as can be: a module of ours has no `require`, which packages call, and whatever it imports
 * is loaded at the start, used or not.
 */
export const builtinsWhenUsed: Plugin = {
  name: "builtins-when-used",
  setup(build) {
    const builtin = new Set(builtinModules);
    build.onResolve({ filter: /^[a-z]/ }, ({ kind, path }) => {
      const name = path.replace(/^node:/, "");
      const late = kind === "require-call" ? builtin.has(name) : SLOW_BUILTINS.has(name);
      return late ? { path: `node:${name}`, namespace: "builtin" } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("${path}");`,
    }));
  },
};

/**
 * Without `alwaysStrict` of the project, which puts "use strict" into each module that is loaded late: modules are strict without
 * it, and it takes 2 KB.
 */
const COMPILER_OPTIONS = { alwaysStrict: false, verbatimModuleSyntax: true } as const;

/**
 * Builds the agent's script, about 248 KB.
 * @throws NoRouterError `agent-unavailable` without esbuild, or when the sources cannot be built
 */
export async function bundleAgent(): Promise<Uint8Array> {
  return (await bundled("cli/agent_main.ts")).bytes;
}

/** Builds the script of a program inside, which the engine alone can run. @throws as {@link bundleAgent} */
export function bundleInside(): Promise<Bundle> {
  return bundled("cli/inside_main.ts", ["engine:host"]);
}

/** A script, and the files that it was built of. */
export interface Bundle {
  readonly bytes: Uint8Array;
  /** Their paths. */
  readonly sources: readonly string[];
}

async function bundled(entry: string, external: string[] = []): Promise<Bundle> {
  try {
    const esbuild = await import("esbuild");
    try {
      const { outputFiles, metafile } = await esbuild.build({
        absWorkingDir: ROOT,
        entryPoints: [entry],
        external,
        bundle: true,
        minify: true,
        platform: "node",
        format: "esm",
        target: "node22",
        charset: "ascii",
        legalComments: "eof",
        logLevel: "silent",
        tsconfigRaw: { compilerOptions: COMPILER_OPTIONS },
        write: false,
        metafile: true,
        plugins: [builtinsWhenUsed],
      });
      const [script] = outputFiles;
      if (script === undefined) throw new Error("esbuild gave no file");
      return { bytes: script.contents, sources: Object.keys(metafile.inputs).map((path) => join(ROOT, path)) };
    } finally {
      await esbuild.stop();
    }
  } catch (thrown) {
    const message = `Agent could not be built from the sources: ${messageOf(thrown)}`;
    throw new NoRouterError("agent-unavailable", message, { cause: thrown });
  }
}
