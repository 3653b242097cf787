// What a host is told after it said what it has: one line for its shell. What follows the line is sent only once
// the host has asked for it, so that no buffer of a shell or a tool can swallow it. The functions that the lines call
// are those of the probe.

import type { AgentFile } from "../../../core/mod.ts";
import { shellQuoted } from "../words.ts";
import { loaderSource } from "./loader.ts";
import type { Plan } from "./plan.ts";
import { type HostRuntime, WHOLE } from "./probe.ts";

/** How a runtime evaluates a program from its command line. */
const EVALUATE: Readonly<Record<HostRuntime["name"], string>> = { node: "-e", deno: "eval --no-config --no-lock", bun: "-e" };
/** How a runtime runs a file; nothing beside the file may change what it does. */
const RUN: Readonly<Record<HostRuntime["name"], string>> = { node: "", deno: "run -A -q --no-config --no-lock ", bun: "" };
const DENO_QUIET = "DENO_NO_UPDATE_CHECK=1; export DENO_NO_UPDATE_CHECK; ";
/** A program that cannot be executed is not tried again; shells run the trap when `exec` fails (not all, but none when it works). */
const FORGET = `trap 'rm -f "$d/start"' EXIT`;
const TRIAL = "version >/dev/null";

/** The file that starts an agent from its folder `$d`: one line, as it is sent within one. */
function startFile(fit: string, go: string): string {
  return `fit() { ${fit}; }; go() { cd "$d"; ${go}; }; ${WHOLE}`;
}

/** Starts the `norouter` that somebody put there. */
export function placedStage({ path }: Plan & { kind: "placed" }): string {
  return `say start; exec ${shellQuoted(path)} agent`;
}

/** Names of an agent on a host. */
export interface Names {
  /** Of its folder. */
  readonly agent: string;
  /** Letters and digits that no other start has. */
  readonly nonce: string;
}

/** Starts a runtime on the loader, which asks for the agent and keeps it. */
export function scriptStage(
  { runtime, place = "" }: Plan & { kind: "script"; place: string | undefined },
  names: Names,
  { size, sha256 }: AgentFile,
): string {
  const program = shellQuoted(runtime.path);
  const quiet = runtime.name === "deno" ? DENO_QUIET : "";
  const starts = startFile(
    `same ${program} ${shellQuoted(runtime.file)} && sized "$d/agent.mjs" ${size} && summed "$d/agent.mjs" ${sha256}`,
    `${quiet}become ${program} ${RUN[runtime.name]}"$d/agent.mjs"`,
  );
  const loader = loaderSource({ name: names.agent, nonce: names.nonce, size, sha256, place, starts });
  // Nothing of another folder, such as '.env' or 'bunfig.toml', may be read.
  const own = place === "" ? "" : `cd ${shellQuoted(`${place}/agents`)}; `;
  return `${own}${quiet}exec ${program} ${EVALUATE[runtime.name]} ${shellQuoted(loader)}`;
}

/** What is known of an agent that is about to be sent. */
export interface Sending {
  /** As the host's `uname -sm` says it. */
  readonly machine: string;
  readonly files: readonly AgentFile[];
  /** The same files as they go over the link. */
  readonly sent: readonly { readonly size: number }[];
  readonly sparesOthers: boolean;
}

/**
 * Asks for one file after the other, checks each, puts them in place of older agents and starts the program. Where Linux'
 * libraries turn out to be unfit for it, or the place is full, says so and waits for another line. What another start has put there meanwhile is
 * used and not replaced: it may be about to run.
 */
export function programStage(
  plan: Plan & { kind: "program"; place: string },
  { machine, files, sent, sparesOthers }: Sending,
): string {
  const write = plan.packed ? "gzip -dc" : "cat";
  // Whatever happens, all that is sent is read: what were left would be taken for commands.
  const receive = `{ head -c "$2" | { ${write} >"$t/$1" || { cat >/dev/null; false; }; }; } 2>&1`;
  const others = `for o in "$place"/agents/*; do [ "$o" = "$d" ] || rm -rf "$o"; done`;
  return [
    `place=${shellQuoted(plan.place)}; d=$place/agents/$agent; t=$place/agents/.part-$nonce`,
    `fail() { rm -rf "$t"; set -f; say failed $*; exit 1; }`,
    `why() { case $1 in *"No space"*|*uota*) full "$1";; *) fail agent-damaged "$1";; esac; }`,
    `full() { rm -rf "$t"; set -f; say full in $place: $1; set +f; offer "$place"; say end; read -r line && eval "$line"; exit; }`,
    `sum() { if echo x | sha256sum >/dev/null 2>&1; then s=$(sha256sum <"$1"); [ "\${s%% *}" = "$3" ]; else [ "$(wc -c <"$1")" -eq "$2" ]; fi; }`,
    `get() { say send "$1"; e=$(${receive}) || why "$e"; sum "$t/$1" "$3" "$4" || why "$e"; chmod 700 "$t/$1"; }`,
    `has() { [ -f "$t/$1" ] && sum "$t/$1" "$3" "$4"; }`,
    `e=$(mkdir -p "$t" 2>&1) || why "$e"`,
    ...files.map(
      ({ name, size, sha256 }, index) =>
        `set -- ${shellQuoted(name)} ${sent[index]?.size} ${size} ${sha256}; has "$@" || get "$@"`,
    ),
    trial(plan, machine),
    `e=$( { printf "%s" ${shellQuoted(programStart(plan, machine, files))} >"$t/start"; } 2>&1 ) || why "$e"`,
    // Who makes the folder fills it, and 'start' comes last. One with 'start' that is not fit is of no use to anyone.
    `put() { mkdir "$d" 2>/dev/null && mv ${files.map(({ name }) => `"$t/${name}"`).join(" ")} "$d" && mv "$t/start" "$d"; }`,
    `[ ! -f "$d/start" ] || kept || mv "$d" "$t.old" 2>/dev/null`,
    `kept || put || sleep 1; kept || sleep 2; kept || { mv "$d" "$t.old" 2>/dev/null; put; }; rm -rf "$t" "$t.old"`,
    sparesOthers ? ":" : `${others}; find "$place/agents" -name ".part-*" -mtime +0 -exec rm -rf {} + 2>/dev/null`,
    `if kept; then go; fi; sleep 2; if kept; then go; fi; fail agent-damaged "it cannot be started"`,
  ].join("; ");
}

/** Runs the program before it is kept. */
function trial({ platform }: Plan & { kind: "program" }, machine: string): string {
  const unfit = 'fail agent-unavailable "the program does not run there (is /proc mounted?)"';
  if (!platform.glibc) return `bounded "$trial" "$t/loader" --library-path "$t" "$t/agent" ${TRIAL} || ${unfit}`;
  if (!machine.startsWith("Linux "))
    return `bounded "$trial" "$t/agent" ${TRIAL} || fail agent-unavailable "the program does not run there"`;
  return `bounded "$trial" "$t/agent" ${TRIAL} || { say unfit; read -r line && eval "$line"; exit; }`;
}

/** Starts the program, unless the folder is shared with a host of another kind. */
function programStart({ platform: { glibc } }: Plan & { kind: "program" }, machine: string, files: readonly AgentFile[]): string {
  const here = `[ "$(uname -sm)" = ${shellQuoted(machine)} ]`;
  const programs = glibc ? ["agent"] : ["agent", "loader"];
  const whole = [
    ...files.map(({ name, size }) => `sized "$d/${name}" ${size}`),
    ...programs.map((name) => `[ -x "$d/${name}" ]`),
  ];
  if (!glibc) return startFile([here, ...whole].join(" && "), `${FORGET}; become "$d/loader" --library-path "$d" "$d/agent"`);
  const loader = "{ [ -e /lib64/ld-linux-x86-64.so.2 ] || [ -e /lib/ld-linux-aarch64.so.1 ]; }";
  const system = machine.startsWith("Linux ") ? [loader] : [];
  return startFile([here, ...system, ...whole].join(" && "), `${FORGET}; become "$d/agent"`);
}
