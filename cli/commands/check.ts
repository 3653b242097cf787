// `norouter check`: prints the resolved manifest, or everything that is wrong with it.

import { ERRORS } from "../../core/errors.ts";
import { formatDiagnostic, printManifest, safeJson, withoutPasswords } from "../../core/manifest/mod.ts";
import type { AgentChoice } from "../../core/plugin/agent_source.ts";
import { findingsForJson, type Io, loadManifest } from "../load/io.ts";
import { agentLines, sentAgents } from "./check_agents.ts";

/** What `check` is asked for. */
export interface CheckArgs {
  /** Path of the manifest, as the user wrote it. */
  readonly file: string;
  /** One JSON document on standard output instead of text. */
  readonly json: boolean;
  /** What hosts are sent whose settings do not say. Default: what suits them. */
  readonly agent?: AgentChoice | undefined;
}

/** Checks one manifest and returns the exit code of the error table, 0 when it is valid; warnings do not change it. */
export async function check({ file, json, agent }: CheckArgs, io: Io): Promise<number> {
  const { manifest: found, registry, diagnostics, code } = await loadManifest(file, io);
  const manifest = found && withoutPasswords(found, registry.keys);
  const ok = manifest !== undefined;
  const agents = found && (await sentAgents(found, registry, agent));
  if (json) {
    const findings = findingsForJson(diagnostics);
    io.stdout(`${safeJson({ ok, manifest: manifest ?? null, ...(agents && { agents }), diagnostics: findings }, 2)}\n`);
  } else {
    if (ok) io.stdout(printManifest(manifest));
    for (const line of agents ? agentLines(agents) : []) io.stdout(`${line}\n`);
    for (const diagnostic of diagnostics) io.stderr(`${formatDiagnostic(diagnostic)}\n`);
  }
  return ok ? 0 : ERRORS[code].exit;
}
