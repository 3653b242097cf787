// Runs the cases of front-ends and egresses on what a plugin runs on hosts, on this machine and without a network.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeLoader } from "../../agents/code_loader.ts";
import { runCases } from "../../conformance/case.ts";
import { egressCases, WITHOUT_ECHO } from "../../conformance/egress_cases.ts";
import { frontEndCases } from "../../conformance/front_end_cases.ts";
import { plainHost } from "../../conformance/host_spec.ts";
import type { ShownHost } from "../../conformance/lone_host.ts";
import { messageOf, NoRouterError } from "../../core/errors.ts";
import { formatDiagnostic, parseWay } from "../../core/manifest/mod.ts";
import {
  type HostPart,
  type HostSpec,
  type Json,
  type Plugin,
  type PluginKey,
  registerHostPart,
  registryOf,
  setUp,
  type Target,
} from "../../core/mod.ts";
import { loadBuiltins } from "../builtins.ts";
import { hostCodeOf } from "../load/host_modules.ts";
import { locatePlugin } from "../load/plugin_files.ts";
import { alone } from "../load/plugins.ts";
import { type NoteResult, noteAll } from "./verify_checks.ts";

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

/** A host to lead programs to. Whoever may listen on its address may do so on its port. */
const WEB: ShownHost = { name: "web", vip: "127.0.42.2", ports: [{ listen: 17_080, protocol: "tcp" }] };

/** Notes what the part does. */
export async function checkPart(args: PartArgs, note: NoteResult): Promise<void> {
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

async function checkFrontEnd(args: PartArgs, part: HostPart, note: NoteResult): Promise<void> {
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
    const host = plainHost("local", "127.0.42.1", { keys: { ...(await unwritten()), ...settings } });
    for (const key of keys) if (Object.hasOwn(settings, key.name)) Object.assign(own, await exposed(key, host));
    if (Object.keys(own).length === 0) return note("cases of front-ends", "left out", "with these settings it is off");
  }
  const idle = first === undefined ? {} : { idle: [{ own: {} }, WEB] };
  const copy = await onCopy(args.plugin);
  try {
    const subject = { part, wanted: [{ own }, WEB], ...idle, ...copy?.subject };
    await noteAll(
      runCases(frontEndCases, () => subject),
      "front-end",
      note,
    );
  } finally {
    await copy?.remove();
  }
}

/** The one that writes a file of this machine is tried on another file. */
async function onCopy({ name, host }: Plugin) {
  if (name !== "etc-hosts" || !host || !("load" in host)) return undefined;
  const { etcHostsFrontEnd, etcHostsHost } = await import("../../plugins/etc_hosts/host.ts");
  const folder = await mkdtemp(join(tmpdir(), "norouter-verify-"));
  const path = join(folder, "hosts");
  await writeFile(path, "127.0.0.1 localhost\n");
  const part: HostPart = { ...etcHostsHost, setup: ({ frontEnd }) => frontEnd(etcHostsFrontEnd(path)) };
  const isThere = async () => (await readFile(path, "utf8")).includes("# BEGIN norouter");
  return { subject: { part, isThere }, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** What holds at the built-in keys of a host that writes none of them. */
async function unwritten(): Promise<Record<string, unknown>> {
  const { keys } = registryOf((await loadBuiltins()).map((builtin) => alone(setUp(builtin))));
  const held: Record<string, unknown> = {};
  for (const { name, schema, fallback, fallbackWith } of keys.host) {
    const result = fallback === undefined || fallbackWith ? undefined : await schema["~standard"].validate(fallback);
    if (result && !result.issues) held[name] = result.value;
  }
  return held;
}

/** What a host knows of its key. */
async function exposed(key: PluginKey, host: HostSpec): Promise<Record<string, Json>> {
  const value = host.keys[key.name];
  const known = key.expose ? await key.expose(value, { host, before: undefined, draft: false }) : { own: value as Json };
  if (known === undefined) return {};
  const { all, own } = known;
  const isMapping = (one: Json | undefined) =>
    one === undefined || (typeof one === "object" && one !== null && !Array.isArray(one));
  return { [key.name]: isMapping(all) && isMapping(own) ? { ...(all as object), ...(own as object) } : (own ?? all ?? null) };
}

async function checkEgress({ target }: PartArgs, part: HostPart, note: NoteResult): Promise<void> {
  const echo = target === undefined ? {} : { echo: targetOf(target) };
  await noteAll(
    runCases(egressCases, () => ({ part, ...echo })),
    "egress",
    (name, result, message) => note(name, result, message === WITHOUT_ECHO ? `${message}; name one with --target` : message),
  );
}

/** @throws NoRouterError `usage` */
function targetOf(text: string): Target {
  const [, service, host, port] = /^(?:service:([a-z0-9-]+)|(?:(.+):)?(\d{1,5}))$/.exec(text) ?? [];
  if (service !== undefined) return { kind: "service", name: service, port: 1 };
  if (port === undefined) throw new NoRouterError("usage", `"${text}" is no target; PORT, HOST:PORT or service:NAME was wanted`);
  return host === undefined ? { kind: "published", port: Number(port) } : { kind: "address", host, port: Number(port) };
}
