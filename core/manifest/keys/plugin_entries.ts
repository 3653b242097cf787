// The first look at a manifest: its plugins, which bring keys that the hosts are read with, and what their loading needs to know.
// Notes nothing; what is wrong here is found again when the whole is read.

import { LIMIT_ROWS } from "../../limits.ts";
import { maskedUrls } from "../../masked.ts";
import { concealed, secretSpans } from "../text/concealed.ts";
import type { Document } from "../text/document.ts";
import { createFindings } from "../text/findings.ts";
import { diagnosticAt } from "../text/source.ts";
import { isEmpty, type Value } from "../text/tree.ts";
import type { Diagnostic, PluginSpec } from "../types.ts";
import { pluginsKind } from "./plugins.ts";

/** One entry of `plugins`. */
export interface PluginEntry extends PluginSpec {
  /** An error about it, at its place; with `about` at that of a name in `before` or `after`. */
  error(message: string, hint: string | undefined, code?: Diagnostic["code"], about?: string): Diagnostic;
}

/** The well-formed entries of a manifest's `plugins`, with their places; none when it cannot be read at all. */
export function pluginEntries({ source, root }: Document): PluginEntry[] {
  const unheard = createFindings(source);
  const entry = root?.kind === "map" ? root.entries.find(({ key }) => key === "plugins") : undefined;
  if (entry === undefined || isEmpty(entry.value)) return [];
  const label = { text: "'plugins'", prefix: "", span: entry.keySpan };
  const read = pluginsKind().read(entry.value, label, unheard)?.value ?? [];
  const shown = { ...source, text: concealed(source.text, secretSpans(source.text, root)) };
  return read.map(({ value: { spec, places }, span }) => {
    const error: PluginEntry["error"] = (message, hint, code, about = "") =>
      diagnosticAt(shown, places.get(about) ?? span, {
        severity: "error",
        message: maskedUrls(message),
        hint,
        ...(code && { code }),
      });
    return { ...spec, error };
  });
}

/** How large a module for hosts may be, in bytes, as the manifest's `limits` have it where that is a number in range. */
export function codeBytesOf({ root }: Document): number {
  const { value, min, max } = LIMIT_ROWS.codeBytes;
  const at = (found: Value | undefined, name: string) =>
    found?.kind === "map" ? found.entries.find(({ key }) => key === name)?.value : undefined;
  const set = at(at(root, "limits"), "codeBytes");
  const number = set?.kind === "scalar" && typeof set.value === "number" ? set.value : value;
  return number >= min && number <= max ? number : value;
}
