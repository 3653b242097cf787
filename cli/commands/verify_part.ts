// Runs the cases of front-ends and egresses on what a plugin runs on hosts, on this machine and without a network.

import { codeLoader } from "../../agents/code_loader.ts";
import { type CaseOutcome, runCases } from "../../conformance/case.ts";
import { egressCases } from "../../conformance/egress_cases.ts";
import { frontEndCases } from "../../conformance/front_end_cases.ts";
import { plainHost } from "../../conformance/host_spec.ts";
import type { ShownHost } from "../../conformance/lone_host.ts";
import { messageOf, NoRouterError } from "../../core/errors.ts";
import { formatDiagnostic, parseWay } from "../../core/manifest/mod.ts";
import { type HostPart, type Json, type Plugin, type PluginKey, registerHostPart, type Target } from "../../core/mod.ts";
import { hostCodeOf } from "../load/host_modules.ts";
import { locatePlugin } from "../load/plugin_files.ts";
import type { Note } from "./verify_checks.ts";

/** What is verified. */
export interface PartArgs {
  readonly specifier: string;
  readonly plugin: Plugin;
  /** Keys of hosts that the plugin brings. */
  readonly keys: readonly PluginKey[];
  /** Keys of a host, as YAML. */
  readonly settings: string | undefined;
  readonly target: string | undefined;
}

/** A host to lead programs to. */
const WEB: ShownHost = { name: "web", vip: "127.0.42.2", ports: [{ listen: 80, protocol: "tcp" }] };

/** Notes what the part does. */
export async function checkPart(args: PartArgs, note: Note): Promise<void> {
  try {
    const part = await loadedPart(args);
    const { frontEnds, egresses } = registerHostPart(args.plugin.name, part);
    for (const make of frontEnds) await checkFrontEnd(args, { ...part, setup: ({ frontEnd }) => frontEnd(make) }, note);
    for (const make of egresses) await checkEgress(args, { ...part, setup: ({ egress }) => egress(make) }, note);
  } catch (thrown) {
    note("its part on hosts can be used", "failed", messageOf(thrown));
  }
}

async function loadedPart({ specifier, plugin }: PartArgs): Promise<HostPart> {
  const { host } = plugin;
  if (host && "load" in host) return host.load();
  const code = await hostCodeOf(specifier, plugin, locatePlugin(specifier, process.cwd()));
  if (!code) throw new NoRouterError("plugin-invalid", "There is no module for hosts");
  return (await codeLoader().load(code)) as HostPart;
}

async function checkFrontEnd(args: PartArgs, part: HostPart, note: Note): Promise<void> {
  const keys = args.keys.filter(({ way }) => !way);
  const [first] = keys;
  if (first && args.settings === undefined) {
    const why = `add --settings '{ ${first.name}: ... }', as this machine would have it in a manifest`;
    return note("cases of front-ends", "left out", why);
  }
  const own: Record<string, Json> = {};
  if (first && args.settings !== undefined) {
    const { settings, diagnostics } = parseWay(args.settings, "--settings", keys);
    if (settings === undefined) return note("settings are read", "failed", diagnostics.map(formatDiagnostic).join("\n"));
    for (const key of keys) if (Object.hasOwn(settings, key.name)) Object.assign(own, await exposed(key, settings[key.name]));
  }
  const idle = first === undefined ? {} : { idle: [{ own: {} }, WEB] };
  await noteAll(
    runCases(frontEndCases, () => ({ part, wanted: [{ own }, WEB], ...idle })),
    "front-end",
    note,
  );
}

/** What a host knows of its key. */
async function exposed(key: PluginKey, value: unknown): Promise<Record<string, Json>> {
  const host = plainHost("local", "127.0.42.1", {});
  const known = key.expose ? await key.expose(value, { host, before: undefined, draft: false }) : { own: value as Json };
  if (known === undefined) return {};
  const { all, own } = known;
  const isMapping = (one: Json | undefined) =>
    one === undefined || (typeof one === "object" && one !== null && !Array.isArray(one));
  return { [key.name]: isMapping(all) && isMapping(own) ? { ...(all as object), ...(own as object) } : (own ?? all ?? null) };
}

async function checkEgress({ target }: PartArgs, part: HostPart, note: Note): Promise<void> {
  const echo = target === undefined ? {} : { echo: targetOf(target) };
  await noteAll(
    runCases(egressCases, () => ({ part, ...echo })),
    "egress",
    note,
    "; add --target PORT if one does",
  );
}

/** @throws NoRouterError `usage` */
function targetOf(text: string): Target {
  const [, service, host, port] = /^(?:service:([a-z0-9-]+)|(?:(.+):)?(\d{1,5}))$/.exec(text) ?? [];
  if (service !== undefined) return { kind: "service", name: service, port: 1 };
  if (port === undefined) throw new NoRouterError("usage", `"${text}" is no target; PORT, HOST:PORT or service:NAME was wanted`);
  return host === undefined ? { kind: "published", port: Number(port) } : { kind: "address", host, port: Number(port) };
}

async function noteAll(outcomes: AsyncIterable<CaseOutcome>, kind: string, note: Note, hint = ""): Promise<void> {
  for await (const { name, result, message } of outcomes)
    note(`${kind}: ${name}`, result, result === "left out" ? `${message}${hint}` : message);
}
