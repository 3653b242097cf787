// A manifest as YAML with every default written out; what is printed reads back as the same manifest. Must not
// know the YAML library: the few forms used here are plain text.

import { printPortMap } from "./ports.ts";
import type { HostSpec, Manifest } from "./types.ts";
import { safeJson } from "./visible.ts";

/** The manifest as readable YAML, with a line end. */
export function printManifest({ hosts, routes }: Manifest): string {
  const lines = ["hosts:", ...hosts.flatMap(hostLines)];
  if (routes.length > 0) lines.push("routes:");
  for (const { to, via } of routes) lines.push(`  - to: ${inline(to)}`, `    via: ${quotedKey(via)}`);
  return `${lines.join("\n")}\n`;
}

function hostLines(host: HostSpec): string[] {
  const lines = [`  ${quotedKey(host.name)}:`, `    vip: ${host.vip}`];
  if (host.cmd) lines.push(`    cmd: ${inline(host.cmd)}`);
  if (host.ports.length > 0) lines.push("    ports:", ...host.ports.map((port) => `      - ${safeJson(printPortMap(port))}`));
  if (host.aliases.length > 0) lines.push(`    aliases: ${inline(host.aliases)}`);
  if (host.http) lines.push("    http:", `      listen: ${safeJson(host.http.listen)}`);
  if (host.socks) lines.push("    socks:", `      listen: ${safeJson(host.socks.listen)}`);
  lines.push("    loopback:", `      disable: ${host.loopback.disable}`);
  lines.push(
    "    stateDir:",
    `      pathOnAgent: ${safeJson(host.stateDir.pathOnAgent)}`,
    `      disable: ${host.stateDir.disable}`,
  );
  lines.push(`    writeEtcHosts: ${host.writeEtcHosts}`);
  return lines;
}

function inline(words: readonly string[]): string {
  return `[${words.map((word) => safeJson(word)).join(", ")}]`;
}

/** Plain where every YAML reader takes it for a string. */
function quotedKey(name: string): string {
  const plain = /^[a-z][a-z0-9.-]*$/i.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name);
  return plain ? name : safeJson(name);
}
