// The manifest's door: text to a checked manifest or to everything that is wrong with it. Must do no I/O.

import { LIMIT_ROWS } from "../limits.ts";
import { NO_KEYS, type PluginKeys } from "../plugin/key.ts";
import { manifestKind } from "./keys/fields.ts";
import type { JsonSchema } from "./keys/kinds.ts";
import { codeBytesOf, type PluginEntry, pluginEntries } from "./keys/plugin_entries.ts";
import { resolveManifest } from "./resolve/resolve.ts";
import { joined, takenNames } from "./text/added.ts";
import { type Document, readDocument } from "./text/document.ts";
import { createFindings } from "./text/findings.ts";
import type { AddedHost, ManifestResult } from "./types.ts";

export { OWN_HOST_KEYS, OWN_NETWORK_KEYS, OWN_ROUTE_KEYS } from "./keys/fields.ts";
export type { JsonSchema } from "./keys/kinds.ts";
export type { PluginEntry } from "./keys/plugin_entries.ts";
export { printManifest } from "./print.ts";
export { parseWay, type WayResult } from "./resolve/way.ts";
export { MANIFEST_BOUNDS } from "./text/bounds.ts";
export { agreedSigns, cellsOf, cellsOfSign } from "./text/cells.ts";
export { formatDiagnostic } from "./text/format.ts";
export { didYouMean } from "./text/near.ts";
export { maskedVia, withoutPasswords } from "./text/secrets.ts";
export { safeJson } from "./text/visible.ts";
export type {
  AddedHost,
  Diagnostic,
  HostSpec,
  Manifest,
  ManifestResult,
  PluginSpec,
  PortMap,
  RouteSpec,
  ServiceSpec,
} from "./types.ts";

/** A manifest whose text was read, and of whose keys nothing is known yet. */
export interface OpenManifest {
  /** The well-formed entries of `plugins`, which bring the keys that the rest is checked with; none when it cannot be read at all. */
  readonly plugins: readonly PluginEntry[];
  /** How large a module for hosts may be that a plugin brings, in bytes. */
  readonly codeBytes: number;
  /**
   * Checks the whole.
   * @param keys Keys that plugins brought.
   * @param added Hosts that stand among those of the manifest, as if they were written there.
   */
  check(keys?: Partial<PluginKeys>, added?: readonly AddedHost[]): ManifestResult;
}

/**
 * Reads a manifest. Never throws: whatever is wrong is a diagnostic of its check.
 * @param file Name for messages; it is not opened.
 */
export function openManifest(text: string | Uint8Array, file: string): OpenManifest {
  const document = readDocument(text, file);
  if ("diagnostic" in document) {
    const refused = { manifest: undefined, diagnostics: [document.diagnostic] };
    return { plugins: [], codeBytes: LIMIT_ROWS.codeBytes.value, check: () => refused };
  }
  return {
    plugins: pluginEntries(document),
    codeBytes: codeBytesOf(document),
    check: (keys = {}, added = []) => checked(document, { ...NO_KEYS, ...keys }, added),
  };
}

/**
 * Reads and checks a manifest, as {@link openManifest} and its check do. Whatever is wrong is a diagnostic, all at once, in the order
 * of the text. Syntax errors hide the checks of keys, since what follows from them would only confuse.
 */
export function parseManifest(
  text: string | Uint8Array,
  file: string,
  keys: Partial<PluginKeys> = {},
  added: readonly AddedHost[] = [],
): ManifestResult {
  return openManifest(text, file).check(keys, added);
}

function checked(document: Document, keys: PluginKeys, added: readonly AddedHost[]): ManifestResult {
  const { source, root: base } = document;
  const whole = joined(source, added);
  if ("diagnostic" in whole) return { manifest: undefined, diagnostics: [whole.diagnostic] };
  const findings = createFindings(whole.source);
  document.tell(findings);
  if (base === undefined) return { manifest: undefined, diagnostics: findings.list(base) };
  const value = whole.withHosts(base, findings);
  const label = { text: "The manifest", prefix: "", span: { start: value.span.start, end: value.span.start } };
  const read = manifestKind(keys).read(value, label, findings)?.value;
  const { hostTemplate, hosts, services, routes, plugins, limits } = read ?? {};
  // Without hosts every route would be wrong as well; the one error is enough.
  if (hosts === undefined) return { manifest: undefined, diagnostics: whole.placed(findings.list(value)) };
  const parts = {
    template: hostTemplate?.value ?? {},
    hosts: hosts.value,
    services: services?.value ?? [],
    routes: routes?.value ?? [],
    plugins: plugins?.value ?? [],
    limits: Object.entries(limits?.value ?? {}).flatMap(([name, found]) => (found ? [[name, found.value] as const] : [])),
    root: read ?? {},
    keys,
  };
  const manifest = resolveManifest(parts, findings);
  const diagnostics = whole.placed(findings.list(value));
  if (findings.failed()) return { manifest: undefined, diagnostics };
  const routeLines = parts.routes.map(({ span }) => findings.line(span.start));
  return { manifest, diagnostics, routeLines, ...(added.length > 0 ? { added: takenNames(base, added) } : {}) };
}

/**
 * The schema (draft 2020-12), the keys of plugins included. It accepts all that the parser accepts; rules between
 * hosts are the parser's alone.
 */
export function manifestSchema(keys: Partial<PluginKeys> = {}): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "NoRouter manifest",
    description: "One network: its hosts and how to reach them.",
    ...manifestKind({ ...NO_KEYS, ...keys }).schema,
  };
}
