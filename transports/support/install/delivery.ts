// Sends an agent to a host's shell: says a line, sends the files that the host asks for, and goes on to another folder or another form
// where the host cannot take this one.

import {
  type AgentChoice,
  type AgentFile,
  type AgentSource,
  asNoRouterError,
  ERRORS,
  type ErrorCode,
  NoRouterError,
} from "../../../core/mod.ts";
import { answers, isStart } from "./answers.ts";
import type { Conversation } from "./conversation.ts";
import { type AgentFolder, type ProbeFacts, parseFacts } from "./facts.ts";
import type { Names } from "./names.ts";
import { choicesOf, folderFor, type Plan, plansFor } from "./plan.ts";
import type { InstallRequest } from "./request.ts";
import { engineStage, placedStage, programStage, scriptStage } from "./stages.ts";

/** What is known of a host, and what it may be sent. */
export interface Parts {
  readonly facts: ProbeFacts;
  readonly names: Names;
  readonly script: AgentFile;
  readonly agents: AgentSource;
  readonly choice: AgentChoice;
  /** Hears which agent it is, and why. */
  tell(why: string): void;
}

/** A line for the host's shell, and the files that the host may ask for. */
interface Stage {
  readonly line: string;
  readonly files: ReadonlyMap<string, OpenFile>;
  /** What is said next when the host's libraries are unfit for the program. */
  readonly libraries?: () => Promise<Stage>;
  /** What is said next when the folder is full and there are others. */
  readonly elsewhere?: (folders: readonly AgentFolder[]) => Promise<Stage>;
  /** What is said next when the host cannot run or keep this form, and may get another one. */
  readonly next?: (reason: string) => Promise<Stage>;
}

type OpenFile = Awaited<ReturnType<AgentFile["open"]>>;

/** What a person does where the engine cannot be had. */
const DO_WITHOUT = "or do without the engine, with '--agent bun' or 'agent: bun'";

/** The name by which a loader asks for the one file there is. */
const THE_SCRIPT = "";

/** A plan, what may be asked for so that it is this one, and what comes after it. */
interface Chosen {
  readonly plan: Plan;
  readonly serves: readonly AgentChoice[];
  readonly next: Stage["next"];
}

/**
 * The stage of the first form that can be had. @throws NoRouterError `no-place`, `agent-unavailable`, `out-of-memory`
 */
export function firstStage(parts: Parts): Promise<Stage> {
  const { facts, agents, choice } = parts;
  return stageOf(plansFor(facts, agents.version, choice), parts);
}

/** Why the form before is not what the host gets. What a host refused it is not sent again: what it gets instead is kept for `auto`, too. */
interface Refused {
  readonly by: "manager" | "host";
  readonly reason: string;
}

async function stageOf([plan, ...others]: readonly [Plan, ...Plan[]], parts: Parts, refused?: Refused): Promise<Stage> {
  const [second, ...more] = others;
  const after =
    second &&
    ((by: Refused["by"], message: string) => {
      const reason = `since the ${plan.kind} cannot be used: ${message.replaceAll(/\s+/g, " ")}`;
      return stageOf([second, ...more], parts, { by, reason });
    });
  const serves = choicesOf(plan, parts.facts, parts.agents.version);
  const chosen: Chosen = {
    plan: refused ? { ...plan, why: `${plan.why}, ${refused.reason}` } : plan,
    serves: refused?.by === "host" && !serves.includes("auto") ? ["auto", ...serves] : serves,
    next: after && ((reason) => after("host", reason)),
  };
  try {
    const stage = await stageFor(chosen, parts);
    parts.tell(chosen.plan.why);
    return stage;
  } catch (thrown) {
    const { code, message } = asNoRouterError(thrown);
    if (code === "agent-unavailable" && after) return after("manager", message);
    if (code !== "agent-unavailable" || plan.kind !== "engine") throw thrown;
    throw new NoRouterError(code, `${message}; ${DO_WITHOUT}`, { cause: thrown });
  }
}

async function stageFor(chosen: Chosen, parts: Parts): Promise<Stage> {
  const { plan, serves } = chosen;
  const { names, script, agents } = parts;
  if (plan.kind === "placed") return { line: placedStage(plan), files: new Map() };
  if (plan.kind === "engine" || plan.kind === "program") return filesStage({ ...chosen, plan }, parts);
  const opened = await script.open(true);
  // Runtimes take a backslash in a path for a separator.
  const place = folderFor(plan.folders, script.size);
  const kept = agents.sparesOthers || place?.includes("\\") ? undefined : place;
  const line = scriptStage({ ...plan, place: kept }, { names, sent: [opened], why: plan.why, serves }, script);
  return { line, files: new Map([[THE_SCRIPT, opened]]) };
}

/** Of what the host's shell takes, file by file. */
async function filesStage(
  chosen: Chosen & { readonly plan: Plan & { kind: "engine" | "program" } },
  parts: Parts,
): Promise<Stage> {
  const { plan, serves, next } = chosen;
  const { names, script, agents } = parts;
  const { machine } = parts.facts;
  const files = plan.kind === "engine" ? [await agents.engine(plan.platform), script] : await agents.program(plan.platform);
  const opened = await Promise.all(files.map((file) => file.open(plan.packed)));
  const bytes = files.reduce((total, { size }) => total + size, 0);
  const place = folderFor(plan.folders, bytes) ?? "";
  const sparesOthers = agents.sparesOthers === true;
  const sending = { names, machine, files, sent: opened, sparesOthers, why: plan.why, serves };
  const again = (change: Partial<typeof plan>) => stageFor({ ...chosen, plan: { ...plan, ...change } as Plan }, parts);
  const libraries =
    plan.kind === "program" && plan.platform.glibc ? () => again({ platform: { ...plan.platform, glibc: false } }) : undefined;
  return {
    line: plan.kind === "engine" ? engineStage({ ...plan, place }, sending) : programStage({ ...plan, place }, sending),
    files: new Map(files.map(({ name }, index) => [name, opened[index] as OpenFile])),
    elsewhere: (folders) => again({ folders }),
    ...(libraries && { libraries }),
    ...(next && { next }),
  };
}

/** How often a host may ask for another folder: a probe looks at four. */
const MOST_FOLDERS = 4;

/**
 * Says a stage and sends each file that the host asks for, once.
 * @throws TalkEnded, NoRouterError with the code that the host said
 */
export async function send(
  talk: Conversation,
  stage: Stage,
  request: Pick<InstallRequest, "progress">,
  { sent, moves }: { readonly sent: ReadonlySet<string>; readonly moves: number } = { sent: new Set(), moves: MOST_FOLDERS },
): Promise<void> {
  const { line, files, libraries } = stage;
  const left = new Map(files);
  const sizes = (names: readonly string[]) => names.reduce((total, name) => total + (files.get(name)?.size ?? 0), 0);
  let total = sizes([...files.keys()]);
  let done = sizes([...sent]);
  talk.say(`${line}\n`);
  for (let mark = await talk.listen(); !isStart(mark); mark = await talk.listen()) {
    const [word, first = "", ...reason] = mark.split(" ");
    const words = [first, ...reason].join(" ");
    if (word === "failed") throw hostFailure(first, reason.join(" "));
    if (word === "full")
      return send(talk, await afterFull(talk, stage, words, moves), request, { sent: new Set(), moves: moves - 1 });
    if (word === "unfit" && libraries) return send(talk, await libraries(), request, { sent: new Set(files.keys()), moves });
    if (word === "unfit") return send(talk, await afterRefusal(stage, "agent-unavailable", words), request);
    if (word !== "send") continue;
    const file = left.get(first);
    if (!file) throw new NoRouterError("not-an-agent", "Host asked for a file of the agent twice, or for one that there is not");
    // The host asks for files in their order: those before this one that it did not ask for are there already.
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

/** Another folder that the host offers, else another form. @throws NoRouterError `disk-full` */
async function afterFull(talk: Conversation, stage: Stage, reason: string, moves: number): Promise<Stage> {
  const more = await answers(talk);
  const { programFolders } = parseFacts(typeof more === "string" ? [] : more);
  if (stage.elsewhere && programFolders.length > 0 && moves > 0) return stage.elsewhere(programFolders);
  return afterRefusal(stage, "disk-full", reason);
}

/** Another form, if there is one. @throws NoRouterError with the code */
function afterRefusal({ next }: Stage, code: ErrorCode, reason: string): Promise<Stage> {
  const error = hostFailure(code, reason);
  if (!next) throw error;
  return next(error.message);
}

function hostFailure(code: string, reason: string): NoRouterError {
  const known: ErrorCode = code === "disk-full" || code === "agent-unavailable" ? code : "agent-damaged";
  const { meaning } = ERRORS[known];
  return new NoRouterError(known, reason === "" ? meaning : `${meaning}: ${reason}`);
}
