// What a command may touch, and the reading of a manifest, which several commands share. Must not interpret it.

import { ERRORS, messageOf } from "../core/errors.ts";
import { type ManifestResult, parseManifest } from "../core/manifest/mod.ts";

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
