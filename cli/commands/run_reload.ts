// The manifest of a network that runs, applied again: when its file changes, on SIGHUP, or when a program asks for it. What
// becomes of it is said where `run` shows the network.

import { formatDiagnostic, safeJson } from "../../core/manifest/mod.ts";
import { type Change, type Diagnostic, ERRORS, type ErrorCode, NoRouterError } from "../../core/mod.ts";
import { whyUnreadable } from "../../plugins/support/files.ts";
import { findingsForJson } from "../load/io.ts";
import { type FileWatch, watchFile } from "../process/watch_file.ts";

/** Where a change is told. */
export interface Telling {
  /** A line for people. */
  readonly note: (line: string) => void;
  /** A line of JSON for programs; absent where nobody wants it. */
  readonly json?: ((text: string) => void) | undefined;
}

/** Tells what became of a manifest that was applied to a running network: findings, and why nothing has changed. */
export function tellChange(outcome: Change | NoRouterError, { note, json }: Telling): void {
  if (outcome instanceof NoRouterError) {
    json?.(refusal(outcome.code, [], outcome.message));
    note(outcome.message);
    note(`  ${ERRORS[outcome.code].advice}`);
    return;
  }
  const { diagnostics, refused, events } = outcome;
  if (refused) json?.(refusal(refused, diagnostics));
  for (const finding of diagnostics) for (const line of formatDiagnostic(finding).split("\n")) note(line);
  if (refused) note("The manifest is refused, and the network goes on as it is");
  else if (events.length === 0) note("The manifest was read again, and nothing has changed");
}

function refusal(code: ErrorCode, diagnostics: readonly Diagnostic[], message?: string): string {
  const event = { type: "manifest.invalid", at: Date.now(), code, ...(message === undefined ? {} : { message }) };
  return `${safeJson({ ...event, diagnostics: findingsForJson(diagnostics) })}\n`;
}

/** What is watched, and who hears of it. */
export interface Watching {
  /** The manifest's path. */
  readonly file: string;
  /** What it held when it was read. */
  readonly text: Uint8Array;
  readonly changed: (text: Uint8Array) => void;
  readonly note: (line: string) => void;
}

/** Hears of each new content of a manifest's file; the file may be gone for a while. */
export function watchManifest({ file, text, changed, note }: Watching): FileWatch {
  const lost = (thrown: unknown) =>
    note(`The manifest cannot be read, and the network goes on as it is: ${whyUnreadable(thrown)}`);
  return watchFile(file, text, { changed, lost });
}
