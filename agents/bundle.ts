// Makes the agent's script from the sources of a clone: one minified module without anything of this machine in it, so
// that the same sources give the same bytes. The manager loads esbuild here alone.

import { builtinModules } from "node:module";
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
  try {
    const esbuild = await import("esbuild");
    try {
      const { outputFiles } = await esbuild.build({
        absWorkingDir: ROOT,
        entryPoints: ["cli/agent_main.ts"],
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
        plugins: [builtinsWhenUsed],
      });
      const [script] = outputFiles;
      if (script === undefined) throw new Error("esbuild gave no file");
      return script.contents;
    } finally {
      await esbuild.stop();
    }
  } catch (thrown) {
    const message = `Agent could not be built from the sources: ${messageOf(thrown)}`;
    throw new NoRouterError("agent-unavailable", message, { cause: thrown });
  }
}
