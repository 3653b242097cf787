// What a host is told after it said what it has: one line for its shell. What follows the line is sent only once
// the host has asked for it, so that no buffer of a shell or a tool can swallow it.

import type { AgentFile } from "../../../core/mod.ts";
import { loaderSource } from "./loader.ts";
import type { Plan } from "./plan.ts";
import type { HostRuntime } from "./probe.ts";

/** How a runtime evaluates a program from its command line. */
const EVALUATE: Readonly<Record<HostRuntime["name"], string>> = { node: "-e", deno: "eval", bun: "-e" };
/** How a runtime runs a file; nothing beside the file may change what it does. */
const RUN: Readonly<Record<HostRuntime["name"], string>> = { node: "", deno: "run -A -q --no-config --no-lock ", bun: "" };
const DENO_QUIET = "DENO_NO_UPDATE_CHECK=1; export DENO_NO_UPDATE_CHECK; ";

const TRIAL = "version >/dev/null 2>&1 </dev/null";

/** A word that any POSIX shell reads as it is. */
export function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Starts the `norouter` that somebody put there. */
export function placedStage({ path }: Plan & { kind: "placed" }): string {
  return `say start; exec ${shellQuoted(path)} agent`;
}

/** Starts a runtime on the loader, which asks for the agent and keeps it. */
export function scriptStage({ runtime, place = "" }: Plan & { kind: "script" }, name: string, agent: AgentFile): string {
  const program = shellQuoted(runtime.path);
  const quiet = runtime.name === "deno" ? DENO_QUIET : "";
  const run = `${quiet}exec ${program} ${RUN[runtime.name]}"$d/agent.mjs" agent`;
  const starts = `if [ -x ${program} ]; then say start; ${run}; fi\n`;
  const { size, sha256 } = agent;
  const loader = loaderSource({ name, size, sha256, place, starts });
  return `${quiet}exec ${program} ${EVALUATE[runtime.name]} ${shellQuoted(loader)}`;
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
 * Asks for one file after the other, checks each, puts them in place of older agents and starts the program. Where the host's
 * libraries turn out to be unfit for it, says so and waits for another line.
 */
export function programStage(plan: Plan & { kind: "program" }, { machine, files, sent, sparesOthers }: Sending): string {
  const unpack = plan.packed ? "| gzip -dc " : "";
  const receive = `{ head -c "$2" ${unpack}>"$t/$1"; } 2>&1`;
  return [
    `place=${shellQuoted(plan.place)}; d=$place/agents/$agent; t=$place/agents/.part-$$`,
    `fail() { rm -rf "$t"; set -f; say failed $*; exit 1; }`,
    `why() { case $1 in *"No space"*|*uota*) fail disk-full "$1";; *) fail agent-damaged "$1";; esac; }`,
    `sum() { if echo x | sha256sum >/dev/null 2>&1; then s=$(sha256sum <"$1"); [ "\${s%% *}" = "$3" ]; else [ "$(wc -c <"$1")" -eq "$2" ]; fi; }`,
    `get() { say send "$1"; e=$(${receive}) || why "$e"; sum "$t/$1" "$3" "$4" || why "$e"; chmod 700 "$t/$1"; }`,
    `has() { [ -f "$t/$1" ] && sum "$t/$1" "$3" "$4"; }`,
    `e=$(mkdir -p "$t" 2>&1) || why "$e"`,
    ...files.map(
      ({ name, size, sha256 }, index) =>
        `set -- ${shellQuoted(name)} ${sent[index]?.size} ${size} ${sha256}; has "$@" || get "$@"`,
    ),
    plan.platform.glibc
      ? `"$t/agent" ${TRIAL} || { say unfit; read -r line && eval "$line"; exit; }`
      : `"$t/loader" --library-path "$t" "$t/agent" ${TRIAL} || fail agent-unavailable "the program does not run there (is /proc mounted?)"`,
    `e=$( { printf "%s\\n" ${shellQuoted(programStart(plan, machine))} >"$t/start"; } 2>&1 ) || why "$e"`,
    sparesOthers ? 'rm -rf "$d"' : 'for o in "$place"/agents/*; do rm -rf "$o"; done',
    `for o in "$place"/agents/.part-*; do [ "$o" = "$t" ] || kill -0 "\${o##*-}" 2>/dev/null || rm -rf "$o"; done`,
    `mv "$t" "$d" && . "$d/start"; fail agent-damaged "It cannot be started"`,
  ].join("; ");
}

/** Starts the program, unless the folder is shared with a host of another kind. */
function programStart({ platform: { glibc } }: Plan & { kind: "program" }, machine: string): string {
  const condition = `[ "$(uname -sm)" = ${shellQuoted(machine)} ]`;
  const loader = "for l in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do [ ! -e $l ] || g=1; done";
  if (!glibc) return `if ${condition}; then say start; exec "$d/loader" --library-path "$d" "$d/agent" agent; fi`;
  const system = machine.startsWith("Linux") ? `g=; ${loader}; [ -n "$g" ]` : "true";
  return `if ${condition} && { ${system}; }; then say start; exec "$d/agent" agent; fi`;
}
