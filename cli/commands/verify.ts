// `norouter verify`: loads a plugin as a manifest would and tells what is wrong with it, on a real host if there is one.
// Which checks there are stands in `verify_checks.ts` and `verify_host.ts`.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCases } from "../../conformance/case.ts";
import { observerCases } from "../../conformance/observer_cases.ts";
import { type RuleSubject, ruleCases } from "../../conformance/rule_cases.ts";
import { ERRORS, messageOf } from "../../core/errors.ts";
import { formatDiagnostic, parseWay, safeJson } from "../../core/manifest/mod.ts";
import { type PluginKeys, type Registry, registryOf, type SetUpPlugin, setUp, type Transport } from "../../core/mod.ts";
import { BUILTINS, loadApi, loadBuiltins } from "../builtins.ts";
import { hostCodeOf } from "../load/host_modules.ts";
import type { Io } from "../load/io.ts";
import { locatePlugin } from "../load/plugin_files.ts";
import { alone, checkPlugin, importPlugin } from "../load/plugins.ts";
import { type Check, checkContract, checkKey, checkRule, type NoteResult, noteAll } from "./verify_checks.ts";
import { checkOnHost } from "./verify_host.ts";
import { checkPart } from "./verify_part.ts";
import { checkStore } from "./verify_store.ts";

/** What `verify` is asked for. */
export interface VerifyArgs {
  readonly specifier: string;
  /** The keys of a host that reach a real one, as YAML. */
  readonly settings: string | undefined;
  /** A target of an egress that sends back what it gets: `PORT`, `HOST:PORT` or `service:NAME`. */
  readonly target?: string | undefined;
  readonly json: boolean;
}

/** Runs all checks that can be run; returns 0 when none failed, else the exit code of `plugin-invalid`. */
export async function verify({ specifier, settings, target, json }: VerifyArgs, io: Pick<Io, "stdout">): Promise<number> {
  const checks: Check[] = [];
  const note: NoteResult = (name, result, message) => {
    checks.push(message === undefined ? { name, result } : { name, result, message });
    const words = { ok: "ok", failed: "FAILED", "left out": "left out" }[result];
    if (!json) io.stdout(`${words.padEnd(9)} ${name}${message === undefined ? "" : `: ${message}`}\n`);
  };
  const folder = await mkdtemp(join(tmpdir(), "norouter-verify-"));
  try {
    const registry = await loaded(specifier, folder, note);
    if (registry) {
      await checkAll(registry, settings, note);
      for (const plugin of registry.plugins)
        if (plugin.host) await checkPart({ specifier, plugin, keys: registry.keys.host, settings, target }, note);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const ok = checks.every(({ result }) => result !== "failed");
  if (json) io.stdout(`${safeJson({ ok, specifier, checks }, 2)}\n`);
  return ok ? 0 : ERRORS["plugin-invalid"].exit;
}

/** What the plugin registers, if it can be used at all; what it writes for itself is put into `folder`. */
async function loaded(specifier: string, folder: string, note: NoteResult): Promise<Registry | undefined> {
  const api = { name: "api", load: async () => (await loadApi()).apiPlugin({ name: "verify", folders: [join(folder, "run")] }) };
  const builtin = [...BUILTINS, api].find(({ name }) => name === specifier);
  try {
    const exported = await (builtin ? builtin.load() : importPlugin(specifier, process.cwd()));
    note("it is loaded", "ok");
    const builtins = (await loadBuiltins()).map(setUp);
    const part = builtin ? setUp(exported) : checkPlugin(specifier, exported, (one) => beside(one, builtins));
    note("it fits the contract and stands beside the built-in plugins", "ok");
    const code = builtin ? undefined : await hostCodeOf(specifier, part.plugin, locatePlugin(specifier, process.cwd()));
    if (code) note("its part on hosts is one module that can be run", "ok");
    return registryOf([alone(part)]);
  } catch (thrown) {
    note("it can be used", "failed", messageOf(thrown));
    return undefined;
  }
}

/** The built-in plugins that a manifest would leave in: a network has one store. */
function beside(part: SetUpPlugin, builtins: readonly SetUpPlugin[]): readonly SetUpPlugin[] {
  return part.stores.length === 0 ? builtins : builtins.filter(({ stores }) => stores.length === 0);
}

async function checkAll(registry: Registry, text: string | undefined, note: NoteResult): Promise<void> {
  const { keys: brought, plugins, transports, starters, rules, observers, store } = registry;
  if (
    transports.length + starters.length + rules.length + observers.length + (store ? 1 : 0) + countOf(brought) === 0 &&
    plugins.every(({ host }) => host === undefined)
  )
    note("it registers something", "failed", "nothing was registered");
  for (const transport of transports) checkContract(transport, note);
  for (const kind of ["host", "route", "network"] as const) for (const key of registry.keys[kind]) checkKey(key, note);
  // A transport's own starter is no more than what its tool can do.
  for (const { name } of transports.length === 0 ? starters : [])
    note(
      `starter "${name}"`,
      "left out",
      "its cases start and stop a host: run 'starterCases' of norouter/conformance in a test",
    );
  if (rules.length > 0) await checkRules(registry, transports.length === 0 ? text : undefined, note);
  for (const observer of observers) {
    // Each case observes with a plugin that was set up for it.
    const fresh = () => plugins.flatMap((plugin) => setUp(plugin).observers);
    const make = () => fresh().find(({ name }) => name === observer.name) ?? observer;
    const outcomes = runCases(observerCases, () => ({ make }));
    await noteAll(outcomes, `observer "${observer.name}"`, note);
  }
  if (store) await checkStore(store, note);
  if (transports.length === 0) return;
  const ways = registry.keys.host.filter(({ way }) => way);
  const keys = ways.map(({ name }) => name);
  if (text === undefined) {
    const key = keys[0] ?? (transports.some((one) => claims(one, { cmd: ["true"] })) ? "cmd" : undefined);
    const missing = key && `add --settings '{ ${key}: ... }', as the host would have it in a manifest`;
    return note("cases on a real host", "left out", missing ?? "no key of a manifest leads to this transport");
  }
  const { settings, diagnostics } = parseWay(text, "--settings", ways);
  if (settings === undefined) return note("settings are read", "failed", diagnostics.map(formatDiagnostic).join("\n"));
  const transport = transports.find((one) => claims(one, settings));
  if (transport === undefined)
    return note("a transport claims the settings", "failed", `none does; the keys of this plugin: ${keys.join(", ") || "none"}`);
  note(`transport "${transport.name}" claims the settings`, "ok");
  await checkOnHost(transport, settings, note);
}

function countOf({ host, route, network }: PluginKeys): number {
  return host.length + route.length + network.length;
}

async function checkRules(registry: Registry, text: string | undefined, note: NoteResult): Promise<void> {
  // A value of a rule's key is read as one of a transport's is: the two keys are of one shape.
  const { settings, diagnostics } = text === undefined ? { diagnostics: [] } : parseWay(text, "--settings", registry.keys.route);
  if (diagnostics.length > 0) note("settings are read", "failed", diagnostics.map(formatDiagnostic).join("\n"));
  for (const rule of registry.rules) {
    checkRule(rule, settings, note);
    const key = registry.keys.route.find(({ name }) => name === rule.key);
    const subject = key && { rule, key, settings: settings?.[rule.key], folder: process.cwd() };
    // Why the rest is left out has been said.
    for await (const { name, result, message } of runCases(subject ? ruleCases : [], () => subject as RuleSubject))
      if (result !== "left out") note(`rule "${rule.name}": ${name}`, result, message);
  }
}

function claims(transport: Transport, settings: Parameters<Transport["claims"]>[0]): boolean {
  try {
    return transport.claims(settings);
  } catch {
    return false;
  }
}
