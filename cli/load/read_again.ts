// The reading of a manifest for a network that runs: its plugins are those that it was started with. Must not load any.

import {
  type Diagnostic,
  type Manifest,
  type ManifestResult,
  openManifest,
  type PluginEntry,
  type PluginSpec,
} from "../../core/manifest/mod.ts";
import type { ManifestSource, Registry } from "../../core/mod.ts";
import { FILE_FINDING } from "./finding.ts";

/** What a manager was made of. */
export interface MadeOf {
  readonly entries: readonly PluginEntry[];
  readonly registry: Pick<Registry, "keys">;
  /** The numbers that the manifest has set. */
  readonly limits: Manifest["limits"];
}

/**
 * A function that reads manifests with the keys and for the plugins of a manager. Another list of plugins is an error; other limits
 * are a warning, as they count from the next start on.
 */
export function readerFor({ entries, registry, limits }: MadeOf): (source: ManifestSource) => ManifestResult {
  const known = new Set(entries.map(specText));
  return ({ text, file, added }) => {
    const { plugins: now, check } = openManifest(text, file);
    const result = withLimits(limits, check(registry.keys, added), file);
    const message = "Plugins cannot change while the network runs";
    const hint = "Stop the network, and run it with this manifest";
    const fresh = now.filter((entry) => !known.has(specText(entry)));
    const late = fresh.map(({ error }) => error(message, hint));
    // Where the text cannot be read at all, that is what is said.
    const isLess = now.length < known.size && (result.manifest !== undefined || now.length > 0);
    if (late.length === 0 && isLess) late.push({ ...FILE_FINDING, message, hint, file });
    if (late.length === 0) return result;
    return { manifest: undefined, diagnostics: [...late, ...result.diagnostics.filter(({ severity }) => severity === "error")] };
  };
}

function withLimits(limits: Manifest["limits"], result: ManifestResult, file: string): ManifestResult {
  const { manifest, diagnostics } = result;
  if (!manifest || limitsText(manifest.limits) === limitsText(limits)) return result;
  const message = "'limits' have changed, which takes effect at the next start";
  const late: Diagnostic = {
    ...FILE_FINDING,
    severity: "warning",
    message,
    hint: "Stop the network, and run it with this manifest",
    file,
  };
  return { ...result, diagnostics: [...diagnostics, late] };
}

/** Limits in a form that can be compared, whatever their order. */
function limitsText(limits: Manifest["limits"] = {}): string {
  return JSON.stringify(Object.entries(limits).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function specText({ name, from, off, before, after }: PluginSpec): string {
  return JSON.stringify({ name, from, off, before, after });
}
