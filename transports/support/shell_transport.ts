// What all transports have in common whose tool runs a shell on the host: the manifest key, the tool's process, the
// agent that is sent, and the tool's own words for what went wrong. A transport adds its argv and its words.

import {
  type AgentWay,
  type Carrier,
  type CarrierEnd,
  ERRORS,
  type HostSettings,
  type ManifestCheck,
  NoRouterError,
  PLUGIN_API,
  type Plugin,
  type SettingsSchema,
  type StarterRequest,
  settlesWithin,
  type TransportRequest,
} from "../../core/mod.ts";
import type { ContainerTool } from "./copies/container_tool.ts";
import { copiedAgent } from "./copies/copied.ts";
import { type Entering, enginePreferred, placeTold } from "./entering.ts";
import { agentBehind, failedCarrier } from "./install/install.ts";
import { processCarrier } from "./process_carrier.ts";
import { runTool } from "./run_tool.ts";
import { commandsOnHost } from "./starters/commands_on_host.ts";
import {
  type HostIdentity,
  type RegisteredStarter,
  type ShellStarter,
  starterOf,
  type WrongField,
} from "./starters/shell_starter.ts";
import type { Tool } from "./tool.ts";
import { explained, lost, type ToolFailure } from "./tool_failures.ts";
import { watchedCarrier } from "./watched_carrier.ts";

export type { HostIdentity, Run, ShellStarter, StarterTool, WrongField } from "./starters/shell_starter.ts";
export type { Tool } from "./tool.ts";
export type { ToolFailure } from "./tool_failures.ts";

/** One way to reach a host's shell. */
export interface ShellTransport<S> {
  /** Name of the plugin, the transport and the host's key in the manifest. */
  readonly name: string;
  /** One sentence on the key. */
  readonly description: string;
  readonly settings: SettingsSchema<S>;
  /** What is wrong with settings that are each right: fields that do not go together. Pure. */
  check?(settings: NoInfer<S>, host: HostSettings): readonly WrongField[];
  /** Words of the command that runs `command` on the host with its standard streams; the first is the tool. */
  argv(settings: S, command: readonly string[], tool: Tool): readonly string[] | Promise<readonly string[]>;
  /** The way as people read it, without secrets. */
  describe(settings: S): string;
  /** In order: the first that fits is what happened. */
  readonly failures: readonly ToolFailure[];
  /** Added to the tool's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * How the tool reaches a container, where it takes the words of docker and podman: with `cp`, `inspect`, `import` and `run` an agent
   * gets to a container that has no shell, or that cannot be written to.
   */
  copies?(settings: S, host: HostIdentity): ContainerTool;
  /** How the host's network is entered, and nothing is started in the host; undefined: the agent is sent to the host itself. */
  enters?(settings: S): Entering | undefined;
  /** It leads to a machine that is there before: commands of `onDemand` run there unless they are to run here. Default: false. */
  readonly isMachine?: boolean;
  /** Starts what the host runs in, and stops it, where the tool can. */
  readonly starter?: ShellStarter<NoInfer<S>>;
}

/** The plugin of such a transport. */
export function shellTransport<S>(transport: ShellTransport<S>): Plugin {
  checkDefinition(transport);
  const { name, description, settings: schema } = transport;
  // What a tool says is recognised by its words, which are not to be in the language of whoever runs it.
  const env = { LC_ALL: "C", ...transport.env };
  const settingsOf = (settings: Readonly<Record<string, unknown>>) => settings[name] as S;
  const explain = (argv: readonly string[], end: CarrierEnd) => explained(transport, argv, end);
  const starts = transport.starter && starterOf({ name, starter: transport.starter, env, explain });
  return {
    name,
    api: PLUGIN_API,
    setup(context) {
      context.hostKey({ name, description, schema, way: true, check: checkFields(transport) });
      context.transport({
        name,
        key: name,
        claims: (settings) => settings[name] !== undefined,
        describe: (settings) => transport.describe(settingsOf(settings)),
        sends: (settings) => waysOf(transport, settingsOf(settings)),
        open: (request) => opened(transport, env, request, starts),
      });
      const shell = (request: StarterRequest) => shellOn(transport, env, request);
      context.starter(commandsOnHost({ name, isMachine: transport.isMachine ?? false, env, explain, shell }));
      if (starts) context.starter(starts.starter);
    },
  };
}

/** What words are asked for. */
type Asked = Pick<TransportRequest, "name" | "network" | "limits" | "signal" | "failed">;

/** The words that give a shell on a host, for a starter: also where its network alone is entered for the agent. */
function shellOn<S>(
  transport: ShellTransport<S>,
  env: Readonly<Record<string, string>>,
  request: StarterRequest,
): Promise<readonly string[]> {
  const { name, argv } = transport;
  return wordsOf({ name, argv }, request.settings[name] as S, toolFor(transport, env, request), request);
}

/** Notes what a transport finds wrong with its key. */
function checkFields<S>({ name: key, check }: ShellTransport<S>): ManifestCheck {
  return ({ hosts, owner }, note) => {
    for (const { name: host, settings } of hosts.filter((one) => one.settings[key] !== undefined))
      for (const { severity = "error", field, message, hint } of check?.(settings[key] as S, settings) ?? [])
        note({
          severity,
          message: `'${key}.${field}' of ${owner(host, key, [field])} ${message}`,
          ...(hint === undefined ? {} : { hint }),
          at: { host, key, path: [field] },
        });
  };
}

function waysOf<S>(transport: ShellTransport<S>, settings: S): readonly AgentWay[] {
  const entering = transport.enters?.(settings);
  if (entering) return [entering.way];
  return transport.copies ? ["shell", "copy", "beside"] : ["shell"];
}

/** A carrier to the host's agent, or one that tells why there is none. @throws NoRouterError */
async function opened<S>(
  transport: ShellTransport<S>,
  env: Readonly<Record<string, string>>,
  request: TransportRequest,
  starts: RegisteredStarter | undefined,
): Promise<Carrier> {
  const { limits, debug } = request;
  const settings = request.settings[transport.name] as S;
  const entering = transport.enters?.(settings);
  const where = entering && entering.way !== "beside" ? undefined : transport.copies?.(settings, request);
  const copied = (to: ContainerTool, why: string) => {
    const explains = { explain: (words: readonly string[], end: CarrierEnd) => explained(transport, words, end) };
    return copiedAgent(to, { request, env, why, ...explains, lost: (end) => lost(transport, end) });
  };
  const hasEnded = async (end: Partial<CarrierEnd>) => {
    const error = await starts?.whyEnded(request);
    return error && failedCarrier({ ...end, error });
  };
  // Nothing is started in the host that could tell: what looks for its network only finds that it does not run.
  const before = entering && (await hasEnded({}));
  if (before) return before;
  if (entering && where)
    return mayCopy(request) ? copied({ ...where, enter: "network" }, "its network is entered") : failedCarrier(NOT_BESIDE);
  const argv = await wordsOf(transport, settings, toolFor(transport, env, request), request);
  const watch = entering?.watch?.(argv);
  let runs = false;
  const explain = (end: CarrierEnd) => (runs ? lost(transport, end) : explained(transport, argv, end));
  const sends = entering ? placeTold(entering.way === "nsenter" ? enginePreferred(request) : request, entering.way) : request;
  const found = await agentBehind(processCarrier({ argv, limits, debug, env, explain }), sends, explain);
  runs = true;
  if ("carrier" in found) return watch ? watchedCarrier(found.carrier, watch) : found.carrier;
  const after = await hasEnded(found.end);
  if (after) return after;
  if (!where) return failedCarrier(found.end);
  const why = whyCopied(found.end, request);
  return why === undefined ? failedCarrier(withHint(found.end)) : copied(where, why);
}

const NOT_BESIDE: Partial<CarrierEnd> = {
  error: new NoRouterError(
    "settings-refused",
    "Only the engine runs beside a container: leave out 'agent' and '--agent', or ask for 'engine'",
  ),
};

/** Only the engine is copied. */
function mayCopy({ settings, agents }: TransportRequest): boolean {
  const { agent = agents?.choice ?? "auto" } = settings;
  return agent === "auto" || agent === "engine";
}

/** What engines say of a program that is not there, or none that can be run: one that lacks memory for it says something else. */
const NOT_THERE = /not found|no such file|permission denied|exec format/i;

/**
 * Why an agent is copied where none could be sent through a shell; undefined where that would not help, or is not asked for. What a
 * shell says of the folder that was asked for holds for a copy as well.
 */
function whyCopied(end: Partial<CarrierEnd>, request: TransportRequest): string | undefined {
  if (!mayCopy(request)) return undefined;
  if (isWithoutShell(end)) return "container has no shell";
  const isOwnPlace = end.error?.code === "no-place" && request.settings.agentDir === undefined;
  return isOwnPlace ? "its shell finds no folder where an agent can be put and started" : undefined;
}

function isWithoutShell({ error, stderr = [] }: Partial<CarrierEnd>): boolean {
  return error?.code === "no-shell" && NOT_THERE.test(stderr.join("\n"));
}

/** An end without a shell, where the engine would be copied if nothing else were asked for. */
function withHint(end: Partial<CarrierEnd>): Partial<CarrierEnd> {
  if (!end.error || !isWithoutShell(end)) return end;
  const message = `${end.error.message}, and only the engine can be copied into it: leave out 'agent', or ask for 'engine'`;
  return { ...end, error: new NoRouterError("no-shell", message) };
}

/** A mistake of an author is found when the plugin is made, not when a host fails. @throws NoRouterError `plugin-invalid` */
function checkDefinition<S>({ name, argv, describe, failures, settings, env = {}, copies, starter }: ShellTransport<S>): void {
  const wrong = (what: string): never => {
    throw new NoRouterError("plugin-invalid", `Shell transport "${name}" ${what}`);
  };
  if (typeof argv !== "function") wrong("has no function 'argv'");
  if (typeof describe !== "function") wrong("has no function 'describe'");
  if (typeof settings?.["~standard"]?.validate !== "function") wrong("has no 'settings', such as 'settingsOf' makes");
  if (copies !== undefined && typeof copies !== "function") wrong("has 'copies' that are no function");
  if (starter !== undefined && !(typeof starter?.start === "function" && typeof starter.stop === "function"))
    wrong("has a 'starter' without functions 'start' and 'stop'");
  if (!Array.isArray(failures)) wrong("has no list of 'failures'");
  for (const [index, { says, code }] of failures.entries()) {
    if (!(says instanceof RegExp)) wrong(`has a failure (${index + 1}) whose 'says' is no regular expression`);
    if (says.global || says.sticky) wrong(`has a failure (${index + 1}) whose 'says' has the flag 'g' or 'y'`);
    if (!Object.hasOwn(ERRORS, code)) wrong(`has a failure (${index + 1}) with the code '${code}', which does not exist`);
  }
  if (!Object.values(env).every((value) => typeof value === "string")) wrong("has an 'env' whose values are not all strings");
}

/** The words of the tool; whether they are words is not taken on trust, and looking something up takes no longer than a login. */
async function wordsOf<S>(
  { name, argv, enters }: Pick<ShellTransport<S>, "name" | "argv" | "enters">,
  settings: S,
  tool: Tool,
  { limits: { helloMs } }: Asked,
): Promise<readonly string[]> {
  const answer = Promise.resolve(enters?.(settings)?.argv?.(["sh"], tool) ?? argv(settings, ["sh"], tool));
  if (!(await settlesWithin(answer, helloMs))) {
    const message = `Transport "${name}" did not say within ${helloMs / 1000} s how to reach the host`;
    throw new NoRouterError("agent-silent", message);
  }
  const words: unknown = await answer;
  if (Array.isArray(words) && words[0] && words.every((word) => typeof word === "string")) return words as string[];
  const message = `Transport "${name}" gave ${JSON.stringify(words)} as its 'argv', a list of words was wanted`;
  throw new NoRouterError("plugin-invalid", message);
}

function toolFor(
  transport: Pick<ShellTransport<never>, "failures">,
  env: Readonly<Record<string, string>>,
  { name, network, limits, signal, failed }: Asked,
): Tool {
  const explain = (words: readonly string[], end: CarrierEnd) => explained(transport, words, end);
  const means = { limits, signal, env, explain, silentMs: limits.helloMs / 2, progress: () => undefined };
  return {
    afterSilence: failed === "agent-silent" || failed === "link-silent",
    host: { name, ...(network && { network }) },
    output: (argv) => runTool(argv, means),
  };
}
