// A manifest as YAML with every default written out; what is printed reads back as the same manifest. Must not
// know the YAML library: the few forms used here are plain text.

import { exactDuration } from "./keys/duration.ts";
import { printPortMap } from "./keys/ports.ts";
import { safeJson } from "./text/visible.ts";
import type { HostSpec, Manifest, PluginSpec, RouteSpec, ServiceSpec } from "./types.ts";

/**
 * Longest key that stands on the line of its value, in UTF-16 units. YAML has 1024 characters for it (1.2.2, section 7.4.3), of which
 * one that is escaped takes six.
 */
const LONGEST_KEY = 100;

/** The manifest as readable YAML, with a line end. */
export function printManifest({ hosts, services = [], routes, plugins = [], limits, written = {} }: Manifest): string {
  // Lists in a list: a large manifest has more lines than a call may have arguments.
  const lines = [
    ...(plugins.length > 0 ? [`plugins: ${flow(writtenPlugins(plugins))}`] : []),
    ...(limits ? [`limits: ${flow(limits)}`] : []),
    ...Object.entries(written).flatMap(([key, value]) => keyLines(key, value, "")),
    "hosts:",
    ...hosts.flatMap(hostLines),
    ...(services.length > 0 ? ["services:"] : []),
    ...services.flatMap(serviceLines),
    ...(routes.length > 0 ? ["routes:"] : []),
    ...routes.flatMap(routeLines),
  ];
  return `${lines.join("\n")}\n`;
}

/** A mapping where plugins have names, else a list. */
function writtenPlugins(plugins: readonly PluginSpec[]): unknown {
  const more = ({ from, before, after }: PluginSpec) => ({
    ...(from && { from }),
    ...(before && { before }),
    ...(after && { after }),
  });
  if (plugins.every(({ name }) => name === undefined))
    return plugins.map((plugin) => (plugin.before || plugin.after ? more(plugin) : plugin.from));
  const entries = plugins.map((plugin) => {
    const { name = "", from, off, before, after } = plugin;
    return [name, off ? false : before || after ? more(plugin) : (from ?? true)] as const;
  });
  return Object.fromEntries(entries);
}

function hostLines(host: HostSpec): string[] {
  const lines = [`  ${quotedKey(host.name)}:`, `    vip: ${host.vip}`];
  const { cmd, install, agentDir, agent } = host.settings;
  if (cmd) lines.push(`    cmd: ${flow(cmd)}`);
  if (install) lines.push("    install: true");
  if (agentDir !== undefined) lines.push(`    agentDir: ${safeJson(agentDir)}`);
  if (agent !== undefined) lines.push(`    agent: ${agent}`);
  if (host.ports.length > 0) lines.push("    ports:", ...host.ports.map((port) => `      - ${safeJson(printPortMap(port))}`));
  if (host.aliases.length > 0) lines.push(`    aliases: ${flow(host.aliases)}`);
  for (const [key, value] of Object.entries(host.written ?? {})) lines.push(...keyLines(key, value, "    "));
  return lines;
}

function serviceLines({ name, vip, health, max, ...service }: ServiceSpec): string[] {
  const { hosts, policy, ports, aliases, sticky } = service;
  const lines = [
    `  ${quotedKey(name)}:`,
    `    vip: ${vip}`,
    `    hosts: ${flow(hosts)}`,
    `    policy: ${policy}`,
    `    ports: ${flow(ports)}`,
    ...(aliases.length > 0 ? [`    aliases: ${flow(aliases)}`] : []),
    `    sticky: ${sticky}`,
    ...(max === undefined ? [] : [`    max: ${max}`]),
  ];
  if (!health) return lines;
  const { port, path, command, everyMs, timeoutMs, rise, fall } = health;
  const how = {
    ...(path === undefined ? {} : { path }),
    ...(command === undefined ? {} : { command }),
    ...(command === undefined ? { port } : {}),
  };
  const times = { every: exactDuration(everyMs), timeout: exactDuration(timeoutMs), rise, fall };
  return [...lines, ...keyLines("health", { ...how, ...times }, "    ")];
}

/** What stands at a plugin's key: a small mapping with a line for each field. */
function keyLines(key: string, value: unknown, indent: string): string[] {
  const fields = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (fields.length === 0 || fields.some(([name]) => name.length > LONGEST_KEY))
    return [`${indent}${quotedKey(key)}: ${flow(value)}`];
  return [`${indent}${quotedKey(key)}:`, ...fields.map(([name, one]) => `${indent}  ${quotedKey(name)}: ${flow(one)}`)];
}

function routeLines({ to, notTo, via, through, rule, written = {} }: RouteSpec): string[] {
  const others = Object.entries(written).filter(([key]) => key !== through && key !== rule);
  const target = through === undefined ? via : String(written[through]);
  return [
    rule === undefined ? `  - to: ${flow(to)}` : `  - ${quotedKey(rule)}: ${flow(written[rule])}`,
    ...(notTo ? [`    notTo: ${flow(notTo)}`] : []),
    ...others.flatMap(([key, value]) => keyLines(key, value, "    ")),
    target === undefined ? "    action: refuse" : `    via: ${quotedKey(target)}`,
  ];
}

/** Plain data on one line: JSON, but for the numbers that it lacks. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    // An explicit key may be of any length.
    const key = (name: string) => (name.length > LONGEST_KEY ? `? ${safeJson(name)} ` : quotedKey(name));
    const entries = Object.entries(value).map(([name, one]) => `${key(name)}: ${flow(one)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  if (typeof value !== "number" || Number.isFinite(value)) return Object.is(value, -0) ? "-0" : safeJson(value);
  return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
}

/** Plain where every YAML reader takes it for a string. */
function quotedKey(name: string): string {
  const plain = /^[a-z][a-z0-9.-]*$/i.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name);
  return plain ? name : safeJson(name);
}
