// Reads the way to one host alone, without a manifest around it, as a command line gives it. Must not know any transport.

import type { PluginKey } from "../plugin/key.ts";
import { decodeManifest } from "./decode.ts";
import { wayKind } from "./fields.ts";
import { createFindings } from "./findings.ts";
import type { Diagnostic, HostSettings } from "./types.ts";
import { checkWay, wayOf } from "./way.ts";
import { readYaml } from "./yaml_text.ts";

/** What was found: settings exactly when no finding is an error. */
export interface WayResult {
  readonly settings: HostSettings | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The settings of a host from YAML such as `{ docker: web }`: the keys of a host that tell how it is reached. */
export function parseWay(text: string, file: string, ways: readonly PluginKey[]): WayResult {
  const decoded = decodeManifest(text, file);
  if ("diagnostic" in decoded) return { settings: undefined, diagnostics: [decoded.diagnostic] };
  const findings = createFindings(decoded.source);
  const value = readYaml(decoded.source, findings);
  const label = { text: "The host", prefix: "", span: { start: 0, end: 0 } };
  const item = value && wayKind(ways).read(value, label, findings)?.value;
  const names = ways.map(({ name }) => name);
  if (item) checkWay("", item, names, findings);
  return { settings: item && !findings.failed() ? wayOf(item, names).settings : undefined, diagnostics: findings.list(value) };
}
