// A manifest as YAML with every default written out; what is printed reads back as the same manifest. Must not
// know the YAML library: the few forms used here are plain text.

import { printPortMap } from "./ports.ts";
import type { HostSpec, Manifest, ProxySpec, RouteSpec } from "./types.ts";
import { safeJson } from "./visible.ts";

/** Letters; each may take six when it is escaped. */
const LONGEST_KEY = 100;

/** The manifest as readable YAML, with a line end. */
export function printManifest({ hosts, routes, plugins = [] }: Manifest): string {
  // Lists in a list: a large manifest has more lines than a call may have arguments.
  const lines = [
    ...(plugins.length > 0 ? [`plugins: ${flow(plugins)}`] : []),
    "hosts:",
    ...hosts.flatMap(hostLines),
    ...(routes.length > 0 ? ["routes:"] : []),
    ...routes.flatMap(routeLines),
  ];
  return `${lines.join("\n")}\n`;
}

function hostLines(host: HostSpec): string[] {
  const lines = [`  ${quotedKey(host.name)}:`, `    vip: ${host.vip}`];
  const { cmd, install, agentDir } = host.settings;
  if (cmd) lines.push(`    cmd: ${flow(cmd)}`);
  if (install) lines.push("    install: true");
  if (agentDir !== undefined) lines.push(`    agentDir: ${safeJson(agentDir)}`);
  for (const [key, value] of Object.entries(host.written ?? {})) lines.push(`    ${quotedKey(key)}: ${flow(value)}`);
  if (host.ports.length > 0) lines.push("    ports:", ...host.ports.map((port) => `      - ${safeJson(printPortMap(port))}`));
  if (host.aliases.length > 0) lines.push(`    aliases: ${flow(host.aliases)}`);
  if (host.http) lines.push("    http:", ...proxyLines(host.http));
  if (host.socks) lines.push("    socks:", ...proxyLines(host.socks));
  lines.push("    dns:", `      listen: ${safeJson(host.dns.listen)}`, `      disable: ${host.dns.disable}`);
  lines.push("    loopback:", `      disable: ${host.loopback.disable}`);
  lines.push(
    "    stateDir:",
    `      pathOnAgent: ${safeJson(host.stateDir.pathOnAgent)}`,
    `      disable: ${host.stateDir.disable}`,
  );
  lines.push(`    writeEtcHosts: ${host.writeEtcHosts}`);
  return lines;
}

function proxyLines({ listen, outside, auth, answerTimeout }: ProxySpec): string[] {
  const lines = [`      listen: ${safeJson(listen)}`, `      outside: ${outside}`];
  if (answerTimeout !== undefined) lines.push(`      answerTimeout: ${answerTimeout}`);
  if (auth) lines.push(`      auth: { user: ${safeJson(auth.user)}, password: ${safeJson(auth.password)} }`);
  return lines;
}

function routeLines({ to, notTo, via, upstream, rule }: RouteSpec): string[] {
  const way = upstream ?? via;
  return [
    rule ? `  - ${quotedKey(rule.key)}: ${flow(rule.written)}` : `  - to: ${flow(to)}`,
    ...(notTo ? [`    notTo: ${flow(notTo)}`] : []),
    way === undefined ? "    action: refuse" : `    via: ${quotedKey(way)}`,
  ];
}

/** Plain data on one line: JSON, but for the numbers that it lacks. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    // An implicit key may not be long (YAML 1.2.2, section 7.4.3), an explicit one may.
    const key = (name: string) => (name.length > LONGEST_KEY ? `? ${safeJson(name)} ` : safeJson(name));
    const entries = Object.entries(value).map(([name, one]) => `${key(name)}: ${flow(one)}`);
    return `{${entries.join(", ")}}`;
  }
  if (typeof value !== "number" || Number.isFinite(value)) return Object.is(value, -0) ? "-0" : safeJson(value);
  return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
}

/** Plain where every YAML reader takes it for a string. */
function quotedKey(name: string): string {
  const plain = /^[a-z][a-z0-9.-]*$/i.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name);
  return plain ? name : safeJson(name);
}
