// What a command may touch, and the reading of a manifest with its plugins, which several commands share. Must not
// interpret it.

import { dirname, resolve } from "node:path";
import { ERRORS, messageOf, NoRouterError } from "../../core/errors.ts";
import { type Diagnostic, type Manifest, type ManifestResult, openManifest, type PluginEntry } from "../../core/manifest/mod.ts";
import {
  type HostCode,
  LONGEST_SHOWN_LINE,
  planRoutes,
  type Registry,
  type Rule,
  registerPlugins,
  shortened,
} from "../../core/mod.ts";
import { whyUnreadable } from "../../plugins/support/files.ts";
import { FILE_FINDING } from "./finding.ts";
import { loadPlugins } from "./plugins.ts";
import { unreached } from "./reached.ts";

/** The outside world of a command. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Reads a file, or standard input for "-". */
  readonly readInput: (file: string) => Promise<Uint8Array>;
}

/** What became of reading a manifest: `code` tells which error it is when there is no manifest. */
export interface LoadedManifest extends ManifestResult {
  readonly code: "manifest-missing" | "manifest-invalid" | "plugin-missing" | "plugin-invalid" | "rule-failed" | "no-transport";
  /** What a manager of it is made of: the built-in plugins and its own. */
  readonly registry: Registry;
  /** Where paths in the manifest begin, for rules. */
  readonly folder?: string;
  /** What hosts are sent of the plugins, by name. */
  readonly hostCode: ReadonlyMap<string, HostCode>;
  /** The manifest as it was read; empty when it could not be. */
  readonly text: Uint8Array;
  /** Its entries of `plugins`. */
  readonly entries: readonly PluginEntry[];
}

const NO_PLUGINS = {
  registry: registerPlugins([]),
  hostCode: new Map(),
  text: new Uint8Array(),
  entries: [],
} as const;

/** Reads and checks a manifest and loads its plugins; a file that cannot be read is a finding like any other. */
export async function loadManifest(file: string, io: Pick<Io, "readInput">): Promise<LoadedManifest> {
  const name = file === "-" ? "standard input" : file;
  let text: Uint8Array;
  try {
    text = await io.readInput(file);
  } catch (thrown) {
    const { meaning, advice } = ERRORS["manifest-missing"];
    const finding = { ...FILE_FINDING, message: `${meaning}: ${whyUnreadable(thrown)}`, hint: advice, file: name };
    return { manifest: undefined, diagnostics: [finding], code: "manifest-missing", ...NO_PLUGINS };
  }
  const folder = file === "-" ? process.cwd() : dirname(resolve(file));
  const open = openManifest(text, name);
  const entries = open.plugins;
  const { diagnostics: failed, ...loaded } = await loadPlugins(entries, folder, open.codeBytes);
  const made = { ...loaded, text, entries };
  const { rules, keys } = loaded.registry;
  const { manifest, diagnostics, routeLines = [] } = open.check(keys);
  if (failed.length === 0) {
    const unruly = manifest ? askRules(manifest, rules, { file: name, folder, routeLines }) : [];
    if (unruly.length > 0) return { manifest: undefined, diagnostics: [...diagnostics, ...unruly], code: "rule-failed", ...made };
    const lost = manifest ? await unreached(manifest, loaded.registry, { entries, file: name }) : [];
    if (lost.length > 0) return { manifest: undefined, diagnostics: [...diagnostics, ...lost], code: "no-transport", ...made };
    const code = diagnostics.find(({ severity }) => severity === "error")?.code ?? "manifest-invalid";
    return { manifest, diagnostics, code, ...made, folder, routeLines };
  }
  // Keys of a plugin that could not be loaded are not unknown, and would be warned about.
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const all = [...failed, ...errors].sort((a, b) => a.line - b.line || a.column - b.column);
  return { manifest: undefined, diagnostics: all, code: failed[0]?.code ?? "manifest-invalid", ...made };
}

/** Reads a manifest's file for a network that runs. @throws NoRouterError `manifest-missing` */
export async function readManifestAgain(file: string, io: Pick<Io, "readInput">): Promise<Uint8Array> {
  try {
    return await io.readInput(file);
  } catch (thrown) {
    throw new NoRouterError("manifest-missing", `Manifest ${file} cannot be read: ${whyUnreadable(thrown)}`, { cause: thrown });
  }
}

/** Rules say what their routes are about; those that cannot are told now, before anything is started. */
function askRules(
  manifest: Manifest,
  rules: readonly Rule[],
  { file, folder, routeLines }: { readonly file: string; readonly folder: string; readonly routeLines: readonly number[] },
): Diagnostic[] {
  return manifest.routes.flatMap((route, entry): Diagnostic[] => {
    if (route.rule === undefined) return [];
    try {
      planRoutes([route], rules, folder);
      return [];
    } catch (thrown) {
      const message = `routes[${entry}] on line ${routeLines[entry]}: ${messageOf(thrown)}`;
      return [{ ...FILE_FINDING, message, hint: ERRORS["rule-failed"].advice, file, code: "rule-failed" }];
    }
  });
}

/** Findings as they are printed for programs: the lines they show are cut to a bounded length. */
export function findingsForJson(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.map((diagnostic) => ({ ...diagnostic, text: shortened(diagnostic.text, LONGEST_SHOWN_LINE) }));
}
