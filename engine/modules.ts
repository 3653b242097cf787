// Bundles the modules of engine/node to the texts that the program embeds: one module for each that programs can import,
// and chunks for what they share.

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The file of each module that programs can import, by its name without `node:`. */
export const MODULES: Readonly<Record<string, string>> = {
  assert: "assert.ts",
  "assert/strict": "assert_strict.ts",
  async_hooks: "async_hooks.ts",
  buffer: "buffer.ts",
  child_process: "child_process.ts",
  console: "console.ts",
  crypto: "crypto.ts",
  dgram: "dgram.ts",
  diagnostics_channel: "diagnostics_channel.ts",
  dns: "dns.ts",
  "dns/promises": "dns_promises.ts",
  events: "events.ts",
  fs: "fs.ts",
  "fs/promises": "fs_promises.ts",
  module: "module.ts",
  net: "net.ts",
  os: "os.ts",
  path: "path.ts",
  "path/posix": "path_posix.ts",
  perf_hooks: "perf_hooks.ts",
  process: "process.ts",
  stream: "stream.ts",
  "stream/promises": "stream_promises.ts",
  string_decoder: "string_decoder.ts",
  timers: "timers.ts",
  "timers/promises": "timers_promises.ts",
  tty: "tty.ts",
  url: "url.ts",
  util: "util.ts",
  "util/types": "util_types.ts",
  v8: "v8.ts",
};

/**
 * Modules that programs cannot import, by their names without `engine:`. The first two run before everything else: what the engine does
 * differently is mended before any class is built on it, and then the global object is made what Node's is.
 */
const INTERNAL: Readonly<Record<string, string>> = {
  mends: "mends.ts",
  globals: "globals.ts",
  web: "web.ts",
  additions: "additions.ts",
};

/** A module as it is embedded. */
export interface EmbeddedModule {
  /** `node:net`, or `engine:chunk-ABC.js` for what several modules share. */
  readonly name: string;
  readonly text: Uint8Array;
}

/**
 * Bundles a folder such as engine/node; modules of the table that it has no file for are left out.
 * @throws if the sources have errors
 */
export async function bundleModules(folder: string): Promise<EmbeddedModule[]> {
  const files = { ...MODULES, ...INTERNAL };
  const present = Object.entries(files).filter(([, file]) => existsSync(join(folder, file)));
  // An entry's name is the file's, so that nothing that a bundle says depends on the place of the folder.
  const names = new Map(present.map(([name, file]) => [file.replace(/\.ts$/, ".js"), name]));
  const esbuild = await import("esbuild");
  try {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: present.map(([, file]) => file),
      outdir: "/",
      entryNames: "[name]",
      chunkNames: "chunk-[hash]",
      bundle: true,
      splitting: true,
      minify: true,
      format: "esm",
      platform: "neutral",
      target: "es2023",
      charset: "ascii",
      legalComments: "none",
      logLevel: "silent",
      external: ["engine:host", "node:*"],
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      write: false,
    });
    const modules = outputFiles.map(({ path, contents }) => ({ name: embeddedName(path.slice(1), names), text: contents }));
    return modules.sort((one, other) => (one.name < other.name ? -1 : 1));
  } finally {
    await esbuild.stop();
  }
}

function embeddedName(file: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(file);
  if (name === undefined) return `engine:${file}`;
  return Object.hasOwn(INTERNAL, name) ? `engine:${name}` : `node:${name}`;
}

/**
 * Writes modules into a folder, with a C file `embedded.c` that includes them by their names.
 * @returns the path of the C file, which is compiled with the folder as its working directory
 */
export async function writeEmbedded(modules: readonly EmbeddedModule[], folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const lines = [`#include "modules.h"`, `#define TEXT(label, file) __asm__(".section .rodata\\n" ".global " label "\\n" \\`];
  lines.push(`  label ": .incbin \\"" file "\\"\\n" ".byte 0\\n" ".text\\n")`);
  for (const [at, { text }] of modules.entries()) {
    await writeFile(join(folder, `${at}.js`), text);
    lines.push(`TEXT("text_${at}", "${at}.js");`, `extern const char text_${at}[];`);
  }
  lines.push("const struct embedded_module embedded_modules[] = {");
  for (const [at, { name, text }] of modules.entries()) lines.push(`  {"${name}", text_${at}, ${text.length}},`);
  lines.push("};", `const int embedded_module_count = ${modules.length};`, "");
  const path = join(folder, "embedded.c");
  await writeFile(path, lines.join("\n"));
  return path;
}
