// How a host is reached: its command, or the key of a transport, and that there is one way; also read alone, as a command line
// gives it.

import type { PluginKey } from "../../plugin/key.ts";
import { keyOf, type WayRead, wayKind } from "../keys/fields.ts";
import type { Found } from "../keys/kinds.ts";
import type { Keyed } from "../keys/plugin_key.ts";
import { decodeManifest } from "../text/decode.ts";
import { createFindings, type Findings } from "../text/findings.ts";
import { quoted } from "../text/visible.ts";
import { readYaml } from "../text/yaml_text.ts";
import type { Diagnostic, HostSettings, HostSpec } from "../types.ts";

/** The way to a host, as its keys tell it. */
export type WaySpec = Pick<HostSpec, "settings" | "written">;

/** The way that a host's keys tell; `keys` are the names of the transports' own. */
export function waySpecOf(item: WayRead, keys: readonly string[]): WaySpec {
  const keyed = keysIn(item, keys);
  const cmd = item.cmd?.value ?? [];
  return {
    settings: {
      ...(cmd.length > 0 ? { cmd } : {}),
      ...(item.install?.value ? { install: true } : {}),
      ...(item.agentDir ? { agentDir: item.agentDir.value } : {}),
      ...(item.agent ? { agent: item.agent.value } : {}),
      ...Object.fromEntries(keyed.map(([key, { value }]) => [key, value.value])),
    },
    ...(keyed.length > 0 ? { written: Object.fromEntries(keyed.map(([key, { value }]) => [key, value.written])) } : {}),
  };
}

/** Notes what does not go together in one host. */
export function checkWay(name: string, item: WayRead, keys: readonly string[], findings: Findings): void {
  const { cmd, install } = item;
  const keyed = keysIn(item, keys).sort(([, a], [, b]) => a.span.start - b.span.start);
  const commanded = cmd !== undefined && cmd.value.length > 0;
  const [first, ...more] = [...(commanded ? ["cmd"] : []), ...keyed.map(([key]) => key)];
  if (more.length > 0) {
    const span = keyed.at(-1)?.[1].span;
    findings.error(
      span,
      `Host ${quoted(name)} has both '${first}' and '${more.at(-1)}', one way was wanted`,
      "Leave one of them out",
    );
  }
  if (install?.value && keyed.length > 0) {
    findings.error(
      install.span,
      `'install' stands beside '${keyed[0]?.[0]}', which always sends the agent`,
      "Leave 'install' out",
    );
  } else if (install?.value && !commanded) {
    findings.error(install.span, `Host ${quoted(name)} has 'install' but no 'cmd'`, "Add 'cmd: docker exec -i web', for example");
  }
  for (const key of ["agentDir", "agent"] as const) {
    const found = item[key];
    if (!found || install?.value || keyed.length > 0) continue;
    findings.error(
      found.span,
      `Host ${quoted(name)} has '${key}', but no agent is sent to it`,
      "Leave it out, or let the agent be sent: with the key of a transport, or with 'install: true'",
    );
  }
}

function keysIn(item: WayRead, keys: readonly string[]): [string, Found<Keyed>][] {
  return keys.flatMap((key): [string, Found<Keyed>][] => {
    const found = keyOf<Keyed>(item, key);
    return found === undefined ? [] : [[key, found]];
  });
}

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
  return {
    settings: item && !findings.failed() ? waySpecOf(item, names).settings : undefined,
    diagnostics: findings.list(value),
  };
}
