// `norouter check`: prints the resolved manifest, or everything that is wrong with it. Must not start anything.

import { ERRORS, messageOf } from "../core/errors.ts";
import { type Diagnostic, formatDiagnostic, parseManifest, printManifest, safeJson } from "../core/manifest/mod.ts";

/** What `check` is asked for. */
export interface CheckArgs {
  /** Path of the manifest, as the user wrote it. */
  readonly file: string;
  /** One JSON document on standard output instead of text. */
  readonly json: boolean;
}

/** What `check` may touch. */
export interface CheckIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly readInput: (file: string) => Promise<Uint8Array>;
}

// A line of a hostile file may be a mebibyte, and each finding in it would repeat it.
const LONGEST_JSON_LINE = 1000;

/** Checks one manifest and returns the exit code of the error table, 0 when it is valid; warnings do not change it. */
export async function check(args: CheckArgs, io: CheckIo): Promise<number> {
  let input: Uint8Array;
  try {
    input = await io.readInput(args.file);
  } catch (thrown) {
    return report(args, io, [unreadable(args.file, thrown)], "manifest-missing");
  }
  const { manifest, diagnostics } = parseManifest(input, args.file);
  if (manifest === undefined) return report(args, io, diagnostics, "manifest-invalid");
  if (args.json) io.stdout(`${safeJson({ ok: true, manifest, diagnostics: diagnostics.map(forJson) }, 2)}\n`);
  else {
    io.stdout(printManifest(manifest));
    for (const diagnostic of diagnostics) io.stderr(`${formatDiagnostic(diagnostic)}\n`);
  }
  return 0;
}

function report(
  { json }: CheckArgs,
  io: CheckIo,
  diagnostics: readonly Diagnostic[],
  code: "manifest-invalid" | "manifest-missing",
): number {
  if (json) io.stdout(`${safeJson({ ok: false, manifest: null, diagnostics: diagnostics.map(forJson) }, 2)}\n`);
  else for (const diagnostic of diagnostics) io.stderr(`${formatDiagnostic(diagnostic)}\n`);
  return ERRORS[code].exit;
}

function unreadable(file: string, thrown: unknown): Diagnostic {
  const { meaning, advice } = ERRORS["manifest-missing"];
  return {
    severity: "error",
    message: `${meaning}: ${messageOf(thrown)}`,
    hint: advice,
    file,
    line: 0,
    column: 0,
    text: "",
    length: 1,
  };
}

function forJson(diagnostic: Diagnostic): Diagnostic {
  const { text } = diagnostic;
  return text.length <= LONGEST_JSON_LINE ? diagnostic : { ...diagnostic, text: `${text.slice(0, LONGEST_JSON_LINE)}…` };
}
