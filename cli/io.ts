// What a command may touch, and the reading of a manifest, which several commands share. Must not interpret it.

import { ERRORS, messageOf } from "../core/errors.ts";
import { type Diagnostic, type ManifestResult, parseManifest } from "../core/manifest/mod.ts";

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
  readonly code: "manifest-missing" | "manifest-invalid";
}

/** Reads and checks a manifest; a file that cannot be read is a finding like any other. */
export async function loadManifest(file: string, io: Pick<Io, "readInput">): Promise<LoadedManifest> {
  const name = file === "-" ? "standard input" : file;
  try {
    return { ...parseManifest(await io.readInput(file), name), code: "manifest-invalid" };
  } catch (thrown) {
    const { meaning, advice } = ERRORS["manifest-missing"];
    const place = { file: name, line: 0, column: 0, text: "", length: 1 };
    const finding = { severity: "error", message: `${meaning}: ${messageOf(thrown)}`, hint: advice, ...place } as const;
    return { manifest: undefined, diagnostics: [finding], code: "manifest-missing" };
  }
}

/** Findings as they are printed for programs: the lines they show are cut to a bounded length. */
export function findingsForJson(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.map((diagnostic) => {
    const { text } = diagnostic;
    return text.length <= LONGEST_JSON_LINE ? diagnostic : { ...diagnostic, text: `${text.slice(0, LONGEST_JSON_LINE)}…` };
  });
}
