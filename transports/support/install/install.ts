// Gets an agent started on a host that has nothing but a shell: looks, decides, sends, hands over.

import {
  type AgentChoice,
  type AgentFile,
  type AgentSource,
  asNoRouterError,
  type Carrier,
  type CarrierEnd,
  ERRORS,
  type ErrorCode,
  type HostSettings,
  NoRouterError,
  shortHash,
  type TransportRequest,
} from "../../../core/mod.ts";
import { Conversation, type FirstWords, TalkEnded } from "./conversation.ts";
import { foreignShell, knownProgram, restrictedShell, withoutShell } from "./no_shell.ts";
import { choicesOf, folderFor, type Plan, planFor } from "./plan.ts";
import { type AgentFolder, HELLO, parseFacts, probeScript } from "./probe.ts";
import { engineStage, type Names, placedStage, programStage, scriptStage } from "./stages.ts";

/** What installing needs of a transport's request. */
export type InstallRequest = Pick<TransportRequest, "agents" | "limits" | "signal" | "progress" | "debug"> &
  Partial<Pick<TransportRequest, "settings" | "chosen">>;

/** What an end means, where the words of a tool tell. */
export type Explain = (end: CarrierEnd) => NoRouterError | undefined;

/**
 * Talks to the shell behind `shell` until an agent runs there.
 * @param shell A carrier, not started, whose far end is a POSIX `sh` that reads its commands from standard input.
 * @returns The agent's carrier. One that failed ends as soon as it is started, with the reason; this never rejects.
 */
export async function withAgent(shell: Carrier, request: InstallRequest, explain?: Explain): Promise<Carrier> {
  const found = await agentBehind(shell, request, explain);
  return "carrier" in found ? found.carrier : failedCarrier(found.end);
}

/** An agent that starts, or why there is none: what was found, or how the carrier ended. */
export type Found = { readonly carrier: Carrier } | { readonly end: Partial<CarrierEnd> };

/** {@link withAgent}, for who knows another way where there is none. */
export async function agentBehind(shell: Carrier, request: InstallRequest, explain?: Explain): Promise<Found> {
  const { agents, limits, signal } = request;
  if (!agents) return { end: { error: new NoRouterError("agent-unavailable", "This program has no agent to send") } };
  const talk = new Conversation(shell, limits);
  const stop = () => void talk.close();
  signal.addEventListener("abort", stop);
  try {
    const how = await start(talk, agents, request);
    return { carrier: talk.handOver(watchFirstWords(request.settings, how)) };
  } catch (thrown) {
    const found: Partial<CarrierEnd> = thrown instanceof TalkEnded ? thrown.end : { error: asNoRouterError(thrown) };
    const silent = found.error?.code === "agent-silent" && !signal.aborted;
    const last = silent ? await talk.lastWords() : {};
    const ended = found.exitCode !== undefined;
    await talk.close();
    const said = [...talk.printed(), ...(found.stderr ?? last.stderr ?? [])].slice(-limits.stderrLines);
    const end = { ...talk.ranAs(), ...last, ...found, stderr: said };
    const error = silent
      ? (withoutShell({ ...last, stderr: said }, true) ?? found.error)
      : ((ended ? knownProgram(end) : undefined) ?? end.error ?? explain?.(end) ?? withoutShell(end, false));
    return { end: error ? { ...end, error } : end };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Hosts, by their settings, whose kept agent ended before it was heard: the next start forgets it, so that another is sent, once.
 * Until an agent is heard there, what is kept is then started as it is.
 */
const doubts = new WeakMap<HostSettings, "new" | "told">();

/** What is to be known of an agent's end. */
function watchFirstWords(settings: HostSettings | undefined, how: "kept" | "sent"): FirstWords {
  if (!settings) return { heard: () => undefined, unheard: () => undefined };
  return {
    heard: () => void doubts.delete(settings),
    unheard: () => {
      if (how === "kept" && !doubts.has(settings)) doubts.set(settings, "new");
    },
  };
}

/** Resolves when the host has said that the agent starts, with whether it was there. */
async function start(talk: Conversation, agents: AgentSource, request: InstallRequest): Promise<"kept" | "sent"> {
  const script = await agents.script();
  if (request.signal.aborted) throw new NoRouterError("link-closed", "Manager stops");
  const names = { agent: shortHash(script.sha256), nonce: crypto.randomUUID().slice(0, 8) };
  talk.start(HELLO);
  const foreign = foreignShell(await talk.listen());
  if (foreign) throw foreign;
  const { settings, limits } = request;
  const choice = settings?.agent ?? agents.choice ?? "auto";
  const doubt = settings && doubts.get(settings);
  if (settings && doubt === "new") doubts.set(settings, "told");
  talk.say(
    probeScript({
      name: names.agent,
      nonce: names.nonce,
      agentDir: settings?.agentDir,
      choice,
      forget: doubt === "new",
      helloMs: limits.helloMs,
    }),
  );
  const lines = await answers(talk);
  if (typeof lines === "string") {
    tell(request, lines);
    return "kept";
  }
  const facts = parseFacts(lines);
  request.debug(`Host has ${lines.join("; ")}`);
  const plan = planFor(facts, agents.version, choice);
  tell(request, plan.why);
  const serves = choicesOf(plan, facts, agents.version);
  await send(talk, await stageFor(plan, { machine: facts.machine, names, script, agents, serves }), request);
  return "sent";
}

function tell({ debug, chosen }: InstallRequest, why: string): void {
  debug(`Agent chosen: ${why}`);
  chosen?.(why);
}

/** What the host says up to `end`; a text when it says that an agent starts: which, and why. @throws TalkEnded */
async function answers(talk: Conversation): Promise<string[] | string> {
  const lines: string[] = [];
  for (let line = await talk.listen(); line !== "end"; line = await talk.listen()) {
    if (isStart(line)) return line.slice(START.length + 1);
    if (line === "restricted") throw restrictedShell();
    lines.push(line);
  }
  return lines;
}

const START = "start";

function isStart(line: string): boolean {
  return line === START || line.startsWith(`${START} `);
}

/** A line for the host's shell, and the files that the host may ask for. */
interface Stage {
  readonly line: string;
  readonly files: ReadonlyMap<string, OpenFile>;
  /** What is said next when the host's libraries are unfit for the program. */
  readonly fallback?: () => Promise<Stage>;
  /** What is said next when the folder is full and there are others. */
  readonly elsewhere?: (folders: readonly AgentFolder[]) => Promise<Stage>;
}

type OpenFile = Awaited<ReturnType<AgentFile["open"]>>;

/** The name by which a loader asks for the one file there is. */
const THE_SCRIPT = "";

/** What a stage is made of, beside the plan. */
interface Parts {
  readonly machine: string;
  readonly names: Names;
  readonly script: AgentFile;
  readonly agents: AgentSource;
  /** What may be asked for so that the plan is this one. */
  readonly serves: readonly AgentChoice[];
}

async function stageFor(plan: Plan, parts: Parts): Promise<Stage> {
  const { names, script, agents, serves } = parts;
  if (plan.kind === "placed") return { line: placedStage(plan), files: new Map() };
  if (plan.kind === "engine" || plan.kind === "program") return filesStage(plan, parts);
  const opened = await script.open(true);
  // Runtimes take a backslash in a path for a separator.
  const place = folderFor(plan.folders, script.size);
  const kept = agents.sparesOthers || place?.includes("\\") ? undefined : place;
  const line = scriptStage({ ...plan, place: kept }, { names, sent: [opened], why: plan.why, serves }, script);
  return { line, files: new Map([[THE_SCRIPT, opened]]) };
}

/** Of what the host's shell takes, file by file. */
async function filesStage(plan: Plan & { kind: "engine" | "program" }, parts: Parts): Promise<Stage> {
  const { machine, names, script, agents, serves } = parts;
  const files = plan.kind === "engine" ? [await agents.engine(plan.platform), script] : await agents.program(plan.platform);
  const opened = await Promise.all(files.map((file) => file.open(plan.packed)));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const place = folderFor(plan.folders, bytes) ?? "";
  const sparesOthers = agents.sparesOthers === true;
  const sending = { names, machine, files, sent: opened, sparesOthers, why: plan.why, serves };
  const again = (change: Partial<typeof plan>) => stageFor({ ...plan, ...change } as Plan, parts);
  const fallback =
    plan.kind === "program" && plan.platform.glibc ? () => again({ platform: { ...plan.platform, glibc: false } }) : undefined;
  return {
    line: plan.kind === "engine" ? engineStage({ ...plan, place }, sending) : programStage({ ...plan, place }, sending),
    files: new Map(files.map(({ name }, index) => [name, opened[index] as OpenFile])),
    elsewhere: (folders) => again({ folders }),
    ...(fallback && { fallback }),
  };
}

/** How often a host may ask for another folder: a probe looks at four. */
const MOST_FOLDERS = 4;

/**
 * Says a stage and sends each file that the host asks for, once.
 * @throws TalkEnded, NoRouterError with the code that the host said
 */
async function send(
  talk: Conversation,
  { line, files, fallback, elsewhere }: Stage,
  request: Pick<InstallRequest, "progress">,
  { sent, moves }: { readonly sent: ReadonlySet<string>; readonly moves: number } = { sent: new Set(), moves: MOST_FOLDERS },
): Promise<void> {
  const left = new Map(files);
  const sizes = (names: readonly string[]) => names.reduce((sum, name) => sum + (files.get(name)?.size ?? 0), 0);
  let total = sizes([...files.keys()]);
  let done = sizes([...sent]);
  talk.say(`${line}\n`);
  for (let mark = await talk.listen(); !isStart(mark); mark = await talk.listen()) {
    const [word, first = "", ...reason] = mark.split(" ");
    if (word === "failed") throw hostFailure(first, reason.join(" "));
    if (word === "full") {
      const more = await answers(talk);
      const { programFolders } = parseFacts(typeof more === "string" ? [] : more);
      if (!elsewhere || programFolders.length === 0 || moves === 0) throw hostFailure("disk-full", [first, ...reason].join(" "));
      return send(talk, await elsewhere(programFolders), request, { sent: new Set(), moves: moves - 1 });
    }
    if (word === "unfit" && fallback) return send(talk, await fallback(), request, { sent: new Set(files.keys()), moves });
    if (word !== "send") continue;
    const file = left.get(first);
    if (!file) throw new NoRouterError("not-an-agent", "Host asked for a file of the agent twice, or for one that there is not");
    // They are asked for in order: what was passed over is there.
    const passed = [...left.keys()].slice(0, [...left.keys()].indexOf(first)).filter((name) => !sent.has(name));
    total -= sizes(passed);
    for (const name of [...passed, first]) left.delete(name);
    for await (const chunk of file.chunks) {
      request.progress({ what: "sending agent", done, total });
      if (!(await talk.send(chunk))) break;
      done += chunk.length;
    }
    request.progress({ what: "sending agent", done, total });
  }
}

function hostFailure(code: string, reason: string): NoRouterError {
  const known: ErrorCode = code === "disk-full" || code === "agent-unavailable" ? code : "agent-damaged";
  const { meaning } = ERRORS[known];
  return new NoRouterError(known, reason === "" ? meaning : `${meaning}: ${reason}`);
}

/** A carrier that ends as soon as it is started. */
export function failedCarrier(end: Partial<CarrierEnd>): Carrier {
  return {
    start: (handlers) => queueMicrotask(() => handlers.closed({ stderr: [], ...end })),
    write: () => true,
    close: () => Promise.resolve(),
  };
}
