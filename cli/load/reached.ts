// Whether a transport reaches each host of a manifest: what `run` could not start is told by every command that reads one.

import type { PluginEntry } from "../../core/manifest/mod.ts";
import {
  type Diagnostic,
  ERRORS,
  type HostSettings,
  type Manifest,
  messageOf,
  type Registry,
  setUp,
  transportFor,
} from "../../core/mod.ts";
import { BUILTINS } from "../builtins.ts";
import { isLeftOut } from "./choose_plugins.ts";
import { FILE_FINDING } from "./finding.ts";

/** A finding for each host that no transport claims. */
export async function unreached(
  { hosts }: Manifest,
  registry: Registry,
  { entries, file }: { readonly entries: readonly PluginEntry[]; readonly file: string },
): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const { name, settings } of hosts) {
    try {
      transportFor(registry, name, settings);
    } catch (thrown) {
      const plugin = await leftOutFor(settings, entries);
      const hint = plugin ? `'plugins' leaves '${plugin}' out, which reaches it` : ERRORS["no-transport"].advice;
      found.push({ ...FILE_FINDING, message: messageOf(thrown), hint, file, code: "no-transport" });
    }
  }
  return found;
}

/** The built-in plugin that is left out and would reach such a host. */
async function leftOutFor(settings: HostSettings, entries: readonly PluginEntry[]): Promise<string | undefined> {
  for (const { name, load } of BUILTINS) {
    if (!isLeftOut(name, entries)) continue;
    const { transports } = setUp(await load());
    if (transports.some((transport) => transport.claims(settings))) return name;
  }
  return undefined;
}
