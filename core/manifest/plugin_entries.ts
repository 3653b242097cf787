// The first look at a manifest: its plugins alone, since they bring keys that the hosts are read with. Notes nothing;
// what is wrong here is found again when the whole is read.

import { maskedUrls } from "../masked.ts";
import { concealed, secretSpans } from "./concealed.ts";
import { decodeManifest } from "./decode.ts";
import { createFindings } from "./findings.ts";
import { parseSpecifier } from "./plugins.ts";
import { diagnosticAt } from "./source.ts";
import type { Diagnostic } from "./types.ts";
import { readYaml } from "./yaml_text.ts";

/** One entry of `plugins`. */
export interface PluginEntry {
  readonly specifier: string;
  /** An error about it, at its place. */
  error(message: string, hint: string | undefined, code: NonNullable<Diagnostic["code"]>): Diagnostic;
}

/** The well-formed specifiers of a manifest's `plugins`, with their places; none when it cannot be read at all. */
export function readPlugins(text: string | Uint8Array, file: string): PluginEntry[] {
  const decoded = decodeManifest(text, file);
  if ("diagnostic" in decoded || !decoded.source.text.includes("plugins")) return [];
  const { source } = decoded;
  const root = readYaml(source, createFindings(source));
  const list = root?.kind === "map" ? root.entries.find(({ key }) => key === "plugins")?.value : undefined;
  if (list?.kind !== "list") return [];
  const shown = { ...source, text: concealed(source.text, secretSpans(source.text, root)) };
  return list.items.flatMap((item) => {
    const specifier = item.kind === "scalar" && typeof item.value === "string" ? parseSpecifier(item.value) : undefined;
    if (specifier === undefined || "wrong" in specifier) return [];
    const error: PluginEntry["error"] = (message, hint, code) =>
      diagnosticAt(shown, item.span, { severity: "error", message: maskedUrls(message), hint, code });
    return [{ specifier: specifier.value, error }];
  });
}
