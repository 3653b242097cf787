// What a command may touch, and the reading of a manifest with its plugins, which several commands share. Must not
// interpret it.

import { dirname, resolve } from "node:path";
import { ERRORS, messageOf } from "../core/errors.ts";
import { type Diagnostic, type ManifestResult, parseManifest, readPlugins } from "../core/manifest/mod.ts";
import type { Plugin } from "../core/mod.ts";
import { loadPlugins } from "./plugins.ts";

// A line of a hostile file may be a mebibyte, and each finding in it would repeat it.
const LONGEST_JSON_LINE = 1000;

/** The outside world of a command. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Reads a file, or standard input for "-". */
  readonly readInput: (file: string) => Promise<Uint8Array>;
}

/** What became of reading a manifest: `code` tells which error it is when there is no manifest. */
export interface LoadedManifest extends ManifestResult {
  readonly code: "manifest-missing" | "manifest-invalid" | "plugin-missing" | "plugin-invalid";
  /** What a manager of it is made of: the built-in plugins and its own. */
  readonly plugins: readonly Plugin[];
}

/** Reads and checks a manifest and loads its plugins; a file that cannot be read is a finding like any other. */
export async function loadManifest(file: string, io: Pick<Io, "readInput">): Promise<LoadedManifest> {
  const name = file === "-" ? "standard input" : file;
  let text: Uint8Array;
  try {
    text = await io.readInput(file);
  } catch (thrown) {
    const { meaning, advice } = ERRORS["manifest-missing"];
    const place = { file: name, line: 0, column: 0, text: "", length: 1 };
    const finding = { severity: "error", message: `${meaning}: ${messageOf(thrown)}`, hint: advice, ...place } as const;
    return { manifest: undefined, diagnostics: [finding], code: "manifest-missing", plugins: [] };
  }
  const folder = file === "-" ? process.cwd() : dirname(resolve(file));
  const { plugins, hostKeys, diagnostics: failed } = await loadPlugins(readPlugins(text, name), folder);
  const { manifest, diagnostics } = parseManifest(text, name, hostKeys);
  if (failed.length === 0) {
    const code = diagnostics.find(({ severity }) => severity === "error")?.code ?? "manifest-invalid";
    return { manifest, diagnostics, code, plugins };
  }
  // Keys of a plugin that could not be loaded are not unknown, and would be warned about.
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const all = [...failed, ...errors].sort((a, b) => a.line - b.line || a.column - b.column);
  return { manifest: undefined, diagnostics: all, code: failed[0]?.code ?? "plugin-invalid", plugins };
}

/** Findings as they are printed for programs: the lines they show are cut to a bounded length. */
export function findingsForJson(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.map((diagnostic) => {
    const { text } = diagnostic;
    return text.length <= LONGEST_JSON_LINE ? diagnostic : { ...diagnostic, text: `${text.slice(0, LONGEST_JSON_LINE)}…` };
  });
}
