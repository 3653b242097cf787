// Makes dist/, which is what the published package carries: declarations, the program in a few files of JavaScript, and the agent's
// script. Not needed to run a clone. `node cli/build.ts [FOLDER]`.

import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleAgent, bundleInside } from "../agents/bundle.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, "dist"));

/** The sources of what the package exports, and of the program. */
function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  };
  const compiled = Object.values(exports).flatMap((face) => (typeof face === "string" ? [] : [face.default]));
  return [...compiled.map((path) => path.replace(/^\.\/dist\/(.*)\.js$/, "$1.ts")), "cli/main.ts"];
}

rmSync(dist, { recursive: true, force: true });
const words = ["-p", "tsconfig.build.json", "--outDir", dist];
const compiler = spawnSync(join(root, "node_modules/.bin/tsc"), words, { cwd: root, stdio: "inherit" });
if (compiler.status !== 0) process.exit(compiler.status ?? 1);
await build({
  absWorkingDir: root,
  entryPoints: entryPoints(),
  outbase: root,
  outdir: dist,
  bundle: true,
  splitting: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node22",
  // One folder deep, as the files of the sources that look for others beside them.
  chunkNames: "chunks/[name]-[hash]",
  logLevel: "warning",
});
writeFileSync(join(dist, "agent.mjs"), await bundleAgent());
writeFileSync(join(dist, "inside.mjs"), (await bundleInside()).bytes);
