// What a host is told after it said what it has: one line for its shell. What follows the line is sent only once
// the host has asked for it, so that no buffer of a shell or a tool can swallow it. The functions that the lines call
// are those of the probe.

import { type AgentChoice, type AgentFile, shortHash } from "../../../core/mod.ts";
import { shellQuoted } from "../words.ts";
import type { HostRuntime } from "./facts.ts";
import { loaderSource } from "./loader.ts";
import { agentName, type Names } from "./names.ts";
import { WHOLE } from "./places.ts";
import type { Plan } from "./plan.ts";
import { receive, receiving, tidy } from "./receiving.ts";

/** How a runtime evaluates a program from its command line. */
const EVALUATE: Readonly<Record<HostRuntime["name"], string>> = { node: "-e", deno: "eval --no-config --no-lock", bun: "-e" };
/** How a runtime runs a file; nothing beside the file may change what it does. */
const RUN: Readonly<Record<HostRuntime["name"], string>> = { node: "", deno: "run -A -q --no-config --no-lock ", bun: "" };
const DENO_QUIET = "DENO_NO_UPDATE_CHECK=1; export DENO_NO_UPDATE_CHECK; ";
/** A program that cannot be executed is not tried again; shells run the trap when `exec` fails (not all, but none when it works). */
const FORGET = `trap 'rm -f "$d/start"' EXIT`;
const TRIAL = "version >/dev/null";

/** Why an agent is kept, and for whom. */
export interface Reason {
  /** What is started, and why, for people. */
  readonly why: string;
  /** What may be asked for so that it is started. */
  readonly serves: readonly AgentChoice[];
}

/** How a kept agent is looked at and started, in words of the probe. */
interface Kept {
  readonly fit: string;
  readonly go: string;
  /** What it needs beside its folder. */
  readonly used?: string;
}

/** The file that starts an agent from its folder `$d`: one line, as it is sent within one. */
function startFile({ why, serves }: Reason, { fit, go, used = "" }: Kept): string {
  const facts = `serves=${shellQuoted(serves.join(" "))}; why=${shellQuoted(why)}`;
  // Nobody removes what was just used.
  return `${facts}; fit() { ${fit}; }; go() { touch "$d" ${used} 2>/dev/null; cd "$d"; ${go}; }; ${WHOLE}`;
}

/** Starts the `norouter` that somebody put there. */
export function placedStage({ path }: Plan & { kind: "placed" }): string {
  return `say start; exec ${shellQuoted(path)} agent`;
}

/** What is known of an agent that is about to be sent. */
export interface Sending extends Reason {
  readonly names: Names;
  /** As the host's `uname -sm` says it. */
  readonly machine: string;
  readonly files: readonly AgentFile[];
  /** The same files as they go over the link. */
  readonly sent: readonly { readonly size: number }[];
  readonly sparesOthers: boolean;
}

/** Starts a runtime on the loader, which asks for the agent and keeps it. */
export function scriptStage(
  { runtime, place = "" }: Plan & { kind: "script"; place: string | undefined },
  { names, sent: [packed], ...reason }: Pick<Sending, "names" | "sent" | "why" | "serves">,
  { size, sha256 }: AgentFile,
): string {
  const program = shellQuoted(runtime.path);
  const quiet = runtime.name === "deno" ? DENO_QUIET : "";
  const starts = startFile(reason, {
    fit: `same ${program} ${shellQuoted(runtime.file)} && whole "$d/agent.mjs" ${size} ${sha256}`,
    go: `${quiet}become ${program} ${RUN[runtime.name]}"$d/agent.mjs"`,
  });
  const { nonce } = names;
  const name = agentName(names, "script");
  const loader = loaderSource({ name, nonce, packedSize: packed?.size ?? size, sha256, place, starts });
  // Nothing of another folder, such as '.env' or 'bunfig.toml', may be read.
  const own = place === "" ? "" : `cd ${shellQuoted(`${place}/agents`)}; `;
  return `${own}${quiet}exec ${program} ${EVALUATE[runtime.name]} ${shellQuoted(loader)}`;
}

/**
 * Asks for what is missing of the engine and the script, checks each, puts them in place and starts them. The engine has a file of
 * its own beside the agents, so that the next version of the agent finds it there. Where it does not run, says so and waits for another
 * line.
 */
export function engineStage(plan: Plan & { kind: "engine"; place: string }, sending: Sending): string {
  const [engine, script] = sending.files as readonly [AgentFile, AgentFile];
  const [engineSent, scriptSent] = sending.sent;
  const path = `"$place/engines/${shortHash(engine.sha256)}"`;
  const fit = `[ "$(uname -sm)" = ${shellQuoted(sending.machine)} ] && [ -x ${path} ] && ours "$place/engines" && whole ${path} ${engine.size} ${engine.sha256} && whole "$d/agent.mjs" ${script.size} ${script.sha256}`;
  // It was tried when it was put there, and its hash is checked at each start.
  const starts = startFile(sending, { fit, go: `${FORGET}; tried=1; become ${path} "$d/agent.mjs"`, used: path });
  return [
    ...receiving({ ...plan, agent: agentName(sending.names, "engine") }),
    `x=${path}`,
    `e=$(mkdir -p "$place/engines" "$t" 2>&1) || why "$e"`,
    `ours "$place/engines" || fail agent-damaged "$place/engines is a link, or belongs to somebody else"`,
    `if [ -x "$x" ] && whole "$x" ${engine.size} ${engine.sha256}; then r=$x; else r=$t/engine; ${receive(engine, engineSent)}; fi`,
    receive(script, scriptSent),
    `bounded "$trial" "$r" "$t/agent.mjs" ${TRIAL} || unfit the engine does not run there`,
    ...keeping(starts, ["agent.mjs"], sending.sparesOthers, `"$x"`),
  ].join("; ");
}

/**
 * Asks for one file after the other, checks each, puts them in place of older agents and starts the program. Where Linux'
 * libraries turn out to be unfit for it, or the place is full, says so and waits for another line.
 */
export function programStage(plan: Plan & { kind: "program"; place: string }, sending: Sending): string {
  const { files, sent, machine } = sending;
  return [
    ...receiving({ ...plan, agent: agentName(sending.names, "program") }),
    `e=$(mkdir -p "$t" 2>&1) || why "$e"`,
    ...files.map((file, index) => receive(file, sent[index])),
    trial(plan, machine),
    ...keeping(
      programStart(plan, sending),
      files.map(({ name }) => name),
      sending.sparesOthers,
    ),
  ].join("; ");
}

/**
 * Moves what lies in `$t` to the agent's folder and starts it. An agent that another start has put there meanwhile is used and not replaced,
 * since it may be about to run. Whoever makes the folder fills it, and moves `start` last. A folder whose `start` is not fit is replaced.
 */
function keeping(starts: string, names: readonly string[], sparesOthers: boolean, engine = ""): string[] {
  const moved = [
    ...(engine === "" ? [] : [`{ [ "$r" = ${engine} ] || { [ ! -d ${engine} ] || rm -rf ${engine}; mv -f "$r" ${engine}; }; }`]),
    `mv ${names.map((name) => `"$t/${name}"`).join(" ")} "$d"`,
    `mv "$t/start" "$d"`,
  ];
  return [
    // Some shells do not say why they could not write.
    `e=$( { printf "%s" ${shellQuoted(starts)} | cat >"$t/start"; } 2>&1 ) || why "$e"`,
    `put() { e=$(mkdir "$d" 2>&1) || { isfull "$e"; return 1; }; ${moved.join(" && ")}; }`,
    `[ ! -f "$d/start" ] || kept || mv "$d" "$t.old" 2>/dev/null`,
    `kept || put || sleep 1; kept || sleep 2; kept || { mv "$d" "$t.old" 2>/dev/null; put; }; rm -rf "$t.old"`,
    ...(sparesOthers ? [] : tidy(engine)),
    `if kept; then rm -rf "$t"; go; fi; sleep 2; rm -rf "$t"; if kept; then go; fi; fail agent-damaged "it cannot be started"`,
  ];
}

/** Starts the program once before it is kept. */
function trial({ platform }: Plan & { kind: "program" }, machine: string): string {
  const unfit = 'fail agent-unavailable "the program does not run there (is /proc mounted, and is there memory for it?)"';
  if (!platform.glibc) return `bounded "$trial" "$t/loader" --library-path "$t" "$t/agent" ${TRIAL} || ${unfit}`;
  if (!machine.startsWith("Linux "))
    return `bounded "$trial" "$t/agent" ${TRIAL} || fail agent-unavailable "the program does not run there"`;
  return `bounded "$trial" "$t/agent" ${TRIAL} || { say unfit the program does not run there; read -r line && eval "$line"; exit; }`;
}

/** Starts the program, unless the folder is shared with a host of another kind. */
function programStart({ platform: { glibc } }: Plan & { kind: "program" }, { machine, files, ...reason }: Sending): string {
  const here = `[ "$(uname -sm)" = ${shellQuoted(machine)} ]`;
  const programs = glibc ? ["agent"] : ["agent", "loader"];
  const whole = [
    ...files.map(({ name, size }) => `sized "$d/${name}" ${size}`),
    ...programs.map((name) => `[ -x "$d/${name}" ]`),
  ];
  if (!glibc)
    return startFile(reason, {
      fit: [here, ...whole].join(" && "),
      go: `${FORGET}; become "$d/loader" --library-path "$d" "$d/agent"`,
    });
  const loader = "{ [ -e /lib64/ld-linux-x86-64.so.2 ] || [ -e /lib/ld-linux-aarch64.so.1 ]; }";
  const system = machine.startsWith("Linux ") ? [loader] : [];
  return startFile(reason, { fit: [here, ...system, ...whole].join(" && "), go: `${FORGET}; become "$d/agent"` });
}
