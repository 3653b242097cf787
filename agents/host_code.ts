// The code of a third party's host part, as it is sent to hosts: read, bounded and hashed. Must not run it.

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, NoRouterError } from "../core/errors.ts";
import { LIMIT_ROWS } from "../core/limits.ts";
import type { HostCode } from "../core/plugin/host_code.ts";
import type { Plugin } from "../core/plugin/plugin.ts";
import { importsOf } from "./module_imports.ts";

const MIB = 1024 * 1024;

/**
 * The code of those plugins whose host part is a module, by the plugin's name. Relative paths are relative to `folder`.
 * @param most Bytes that a module may have: the limit `codeBytes`.
 * @throws NoRouterError `plugin-invalid`, naming the plugin
 */
export async function readHostCode(plugins: readonly Plugin[], folder: string, most?: number): Promise<Map<string, HostCode>> {
  const code = new Map<string, HostCode>();
  for (const { name, host } of plugins) {
    if (host && "module" in host) code.set(name, await readModule(`Plugin "${name}"`, host.module, { folder, most }));
  }
  return code;
}

/** Where modules are, and how large they may be. */
export interface ReadOptions {
  /** Where relative paths begin. */
  readonly folder: string;
  /** Bytes; default: that of the table of limits. */
  readonly most?: number | undefined;
}

/**
 * One module; `who` begins the sentences about it.
 * @throws NoRouterError `plugin-invalid`
 */
export async function readModule(
  who: string,
  module: string | URL,
  { folder, most = LIMIT_ROWS.codeBytes.value }: ReadOptions,
): Promise<HostCode> {
  const path = pathOf(module, folder);
  const invalid = (what: string): never => {
    throw new NoRouterError("plugin-invalid", `${who} has a host module '${path}' that ${what}`);
  };
  if (/\.[cm]?tsx?$/.test(path)) invalid("is TypeScript; hosts are sent JavaScript");
  const bytes = await readAtMost(path, most).catch((thrown: unknown) => invalid(`cannot be read: ${messageOf(thrown)}`));
  if (bytes === undefined) return invalid(`has more than ${sizeText(most)}, the limit 'codeBytes'`);
  const foreign = importsOf(new TextDecoder().decode(bytes)).find(({ specifier }) => !specifier.startsWith("node:"));
  if (foreign)
    invalid(
      `imports "${foreign.specifier}" on line ${foreign.line}; one self-contained module that imports only "node:" was wanted`,
    );
  return { hash: createHash("sha256").update(bytes).digest("hex"), bytes };
}

function sizeText(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}

function pathOf(module: string | URL, folder: string): string {
  const text = String(module);
  return text.startsWith("file:") ? fileURLToPath(text) : resolve(folder, text);
}

/** The folder of a module that was imported from an address. */
export function folderOf(address: string): string {
  return address.startsWith("file:") ? dirname(fileURLToPath(address)) : process.cwd();
}

/** A file's bytes; undefined when it has more. */
async function readAtMost(path: string, most: number): Promise<Uint8Array | undefined> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(most + 1);
    let filled = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, filled, buffer.length - filled);
      filled += bytesRead;
      if (filled > most) return undefined;
      if (bytesRead === 0) return Uint8Array.from(buffer.subarray(0, filled));
    }
  } finally {
    await file.close();
  }
}
