// The reading of a manifest for a network that runs: its plugins are those that it was started with. Must not load any.

import { type ManifestResult, type PluginEntry, type PluginSpec, parseManifest, readPlugins } from "../../core/manifest/mod.ts";
import type { ManifestSource, PluginKeys } from "../../core/mod.ts";
import { FILE_FINDING } from "./io.ts";

/** A function that reads manifests with the keys and for the plugins of a manager; another list of plugins is an error. */
export function readerFor(entries: readonly PluginEntry[], keys: PluginKeys): (source: ManifestSource) => ManifestResult {
  const known = new Set(entries.map(specText));
  return ({ text, file, added }) => {
    const result = parseManifest(text, file, keys, added);
    const now = readPlugins(text, file);
    const message = "Plugins cannot change while the network runs";
    const hint = "Stop the network, and run it with this manifest";
    const fresh = now.filter((entry) => !known.has(specText(entry)));
    const late = fresh.map(({ error }) => error(message, hint, "plugin-invalid"));
    // Where the text cannot be read at all, that is what is said.
    const isLess = now.length < known.size && (result.manifest !== undefined || now.length > 0);
    if (late.length === 0 && isLess) late.push({ ...FILE_FINDING, message, hint, file, code: "plugin-invalid" });
    if (late.length === 0) return result;
    return { manifest: undefined, diagnostics: [...late, ...result.diagnostics.filter(({ severity }) => severity === "error")] };
  };
}

function specText({ name, from, off, before, after }: PluginSpec): string {
  return JSON.stringify({ name, from, off, before, after });
}
