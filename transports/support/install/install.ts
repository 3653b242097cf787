// Gets an agent started on a host that has nothing but a shell: looks, decides, sends, hands over.

import {
  type AgentSource,
  asNoRouterError,
  type Carrier,
  type CarrierEnd,
  type HostSettings,
  NoRouterError,
} from "../../../core/mod.ts";
import { managerStops } from "../manager_stops.ts";
import { answers } from "./answers.ts";
import { Conversation, type FirstWords, TalkEnded } from "./conversation.ts";
import { firstStage, send } from "./delivery.ts";
import { parseFacts } from "./facts.ts";
import { agentName, FORMS, namesFor } from "./names.ts";
import { foreignShell, knownProgram, withoutShell } from "./no_shell.ts";
import { whyKept } from "./plan.ts";
import { HELLO, probeScript } from "./probe.ts";
import { type InstallRequest, tellChosen } from "./request.ts";

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

/** {@link withAgent}, for a caller that has another way where no agent starts. */
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

/** Starts of hosts, by their settings, that may have left parts of an agent there: the next start removes them. */
const unfinished = new WeakMap<HostSettings, readonly string[]>();
/** Of so many starts in a row that did not get as far as to have them removed. */
const MOST_UNFINISHED = 20;

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
  if (request.signal.aborted) throw managerStops();
  const names = namesFor(script);
  talk.start(HELLO);
  const foreign = foreignShell(await talk.listen());
  if (foreign) throw foreign;
  const { settings, limits } = request;
  const choice = settings?.agent ?? agents.choice ?? "auto";
  const doubt = settings && doubts.get(settings);
  if (settings && doubt === "new") doubts.set(settings, "told");
  const over = (settings && unfinished.get(settings)) ?? [];
  if (settings) unfinished.set(settings, [...over, names.nonce].slice(-MOST_UNFINISHED));
  talk.say(
    probeScript({
      agents: FORMS.map((form) => agentName(names, form)),
      nonce: names.nonce,
      over,
      agentDir: settings?.agentDir,
      choice,
      forget: doubt === "new",
      helloMs: limits.helloMs,
    }),
  );
  const lines = await answers(talk);
  if (settings) unfinished.set(settings, [names.nonce]);
  if (typeof lines === "string") {
    tellChosen(request, whyKept(lines, choice));
    return "kept";
  }
  const facts = parseFacts(lines);
  request.debug(`Host has ${lines.join("; ")}`);
  const parts = { facts, names, script, agents, choice, tell: (why: string) => tellChosen(request, why) };
  await send(talk, await firstStage(parts), request);
  if (settings) unfinished.delete(settings);
  return "sent";
}

/** A carrier that ends as soon as it is started. */
export function failedCarrier(end: Partial<CarrierEnd>): Carrier {
  return {
    start: (handlers) => queueMicrotask(() => handlers.closed({ stderr: [], ...end })),
    write: () => true,
    close: () => Promise.resolve(),
  };
}
