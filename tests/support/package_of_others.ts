// A built-in plugin as a package of others: its folder copied out of the tree under another name and key, its part in the manager
// bundled with what it takes of norouter, its part on hosts with nothing but the toolkit that it is given.

import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { PROJECT } from "./cli.ts";

/** What is copied. */
export interface CopyOptions {
  /** The folder within `plugins/`. */
  readonly from: string;
  /** What the built-in plugin exports: `mod.ts` the first, `host.ts` the second. */
  readonly exports: readonly [manager: string, host: string];
  /** The new name, of the plugin and of its key; the old one is replaced wherever it stands in quotes. */
  readonly names: readonly [old: string, now: string];
}

/** What a host part takes of norouter is in the toolkit, which the function around the bundle is given. */
const fromToolkit: Plugin = {
  name: "from-toolkit",
  setup(bundle) {
    bundle.onResolve({ filter: /(core\/mod|\/support\/\w+)\.ts$/ }, ({ path }) => ({ path, namespace: "toolkit" }));
    bundle.onLoad({ filter: /.*/, namespace: "toolkit" }, () => ({ contents: "module.exports = toolkit;" }));
  },
};

/** Writes the package to a folder of its own; its module is `plugin.mjs` there. */
export async function packageOf(
  { from, exports: [manager, host], names: [old, now] }: CopyOptions,
  folder: string,
): Promise<void> {
  mkdirSync(folder);
  const sources = join(folder, "src");
  cpSync(join(PROJECT, "plugins", from), sources, { recursive: true, filter: (path) => !/_test\.ts$|\.md$/.test(path) });
  for (const file of globSync("*.ts", { cwd: sources })) {
    const text = readFileSync(join(sources, file), "utf8");
    const renamed = text
      .replaceAll(`"${old}"`, `"${now}"`)
      .replaceAll('"../', `"${PROJECT}/plugins/`)
      .replaceAll('"./host.ts"', '"node:fs"');
    writeFileSync(join(sources, file), renamed.replaceAll(`${PROJECT}/plugins/../`, `${PROJECT}/`));
  }
  const common = { bundle: true, platform: "node", target: "node22", logLevel: "silent" } as const;
  const entry = `import { ${manager} as plugin } from "./src/mod.ts";
export default { ...plugin, host: { module: "./host.mjs" } };
`;
  writeFileSync(join(folder, "entry.ts"), entry);
  await build({ ...common, entryPoints: [join(folder, "entry.ts")], format: "esm", outfile: join(folder, "plugin.mjs") });
  await build({
    ...common,
    entryPoints: [join(sources, "host.ts")],
    plugins: [fromToolkit],
    format: "iife",
    globalName: "part",
    banner: { js: "export default (toolkit) => {" },
    footer: { js: `return part.${host};\n};` },
    outfile: join(folder, "host.mjs"),
  });
}
