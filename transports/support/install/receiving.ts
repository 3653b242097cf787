// How a host's shell takes files and makes room for them: pieces of the lines of `stages.ts`, in which `$place` is the folder that
// agents are kept in, `$d` the agent's own, and `$t` what this start puts together.

import type { AgentFile } from "../../../core/mod.ts";
import { shellQuoted } from "../words.ts";
import { FORMS, UNUSED_MINUTES } from "./names.ts";

/** Names of agents' folders, as a pattern of the shell. */
const AGENT_NAMES = FORMS.map((form) => `*-${form}`).join("|");

/** Where files go, and how they come. */
interface Taking {
  /** The name of the agent's folder. */
  readonly agent: string;
  readonly place: string;
  /** With gzip. */
  readonly packed: boolean;
}

/** The functions that take files. Where the place is full, the manager hears of it and says another line. */
export function receiving({ agent, place, packed }: Taking): string[] {
  const write = packed ? "gzip -dc" : "cat";
  // Whatever happens, all that is sent is read: what were left would be taken for commands.
  const take = `{ head -c "$2" | { ${write} >"$t/$1" || { cat >/dev/null; false; }; }; } 2>&1`;
  return [
    `agent=${agent}; place=${shellQuoted(place)}; d=$place/agents/$agent; t=$place/agents/.part-$nonce`,
    `fail() { rm -rf "$t"; set -f; say failed $*; exit 1; }`,
    `isfull() { case $1 in *"No space"*|*uota*) full "$1";; esac; }`,
    `why() { isfull "$1"; fail agent-damaged "$1"; }`,
    `full() { rm -rf "$t"; set -f; say full in $place: $1; set +f; offer "$place"; say end; read -r line && eval "$line"; exit; }`,
    `unfit() { rm -rf "$t"; set -f; say unfit $*; read -r line && eval "$line"; exit; }`,
    `get() { say send "$1"; e=$(${take}) || why "$e"; whole "$t/$1" "$3" "$4" || why "$e"; chmod 700 "$t/$1"; }`,
    `has() { whole "$t/$1" "$3" "$4"; }`,
  ];
}

/** Asks for a file, unless it came before. */
export function receive({ name, size, sha256 }: AgentFile, sent: { readonly size: number } | undefined): string {
  return `set -- ${shellQuoted(name)} ${sent?.size ?? size} ${size} ${sha256}; has "$@" || get "$@"`;
}

/**
 * Removes agents of other versions, and engines but the one at `engine`, that no start has used for an hour: whoever starts one touches
 * it first. Where the agent that was put there needs no engine, engines stay as long as an agent is left that does. While another start is
 * under way nothing is removed: it may be about to run what it has put there. Folders of other names are somebody else's.
 */
export function tidy(engine: string): string[] {
  const engines = engine === "" ? `[ "$n" = 0 ]` : `[ "$o" != ${engine} ]`;
  return [
    `alone() { for o in "$place"/agents/.part-*; do [ "$o" = "$t" ] || [ ! -e "$o" ] || return 1; done; }`,
    `hash() { case $1 in *[!0-9a-f]*) return 1;; ????????????????) ;; *) return 1;; esac; }`,
    `unused() { [ -n "$(find "$1" -prune -mmin +${UNUSED_MINUTES} 2>/dev/null)" ]; }`,
    `other() { w=\${1##*/}; case $w in "\${agent%-*}"-*) false;; ${AGENT_NAMES}) hash "\${w%-*}";; *) false;; esac; }`,
    `others() { for o in "$place"/agents/*; do ! other "$o" || ! unused "$o" || rm -rf "$o"; done; n=0; for o in "$place"/agents/*-engine; do [ ! -e "$o" ] || n=1; done; for o in "$place"/engines/*; do ! hash "\${o##*/}" || ! ${engines} || ! unused "$o" || rm -rf "$o"; done; }`,
    "! alone || others",
  ];
}
