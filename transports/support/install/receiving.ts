// How a host's shell takes files and makes room for them: pieces of the lines of `stages.ts`, in which `$place` is the folder that
// agents are kept in, `$d` the agent's own, and `$t` what this start puts together.

import type { AgentFile } from "../../../core/mod.ts";
import { shellQuoted } from "../words.ts";

/** Where files go, and how they come. */
interface Taking {
  readonly place: string;
  /** With gzip. */
  readonly packed: boolean;
}

/** The functions that take files. Where the place is full, the manager hears of it and says another line. */
export function receiving({ place, packed }: Taking): string[] {
  const write = packed ? "gzip -dc" : "cat";
  // Whatever happens, all that is sent is read: what were left would be taken for commands.
  const take = `{ head -c "$2" | { ${write} >"$t/$1" || { cat >/dev/null; false; }; }; } 2>&1`;
  return [
    `place=${shellQuoted(place)}; d=$place/agents/$agent; t=$place/agents/.part-$nonce`,
    `fail() { rm -rf "$t"; set -f; say failed $*; exit 1; }`,
    `isfull() { case $1 in *"No space"*|*uota*) full "$1";; esac; }`,
    `why() { isfull "$1"; fail agent-damaged "$1"; }`,
    `full() { rm -rf "$t"; set -f; say full in $place: $1; set +f; offer "$place"; say end; read -r line && eval "$line"; exit; }`,
    `sum() { if echo x | sha256sum >/dev/null 2>&1; then s=$(sha256sum <"$1"); [ "\${s%% *}" = "$3" ]; else [ "$(wc -c <"$1")" -eq "$2" ]; fi; }`,
    `get() { say send "$1"; e=$(${take}) || why "$e"; sum "$t/$1" "$3" "$4" || why "$e"; chmod 700 "$t/$1"; }`,
    `has() { [ -f "$t/$1" ] && sum "$t/$1" "$3" "$4"; }`,
  ];
}

/** Asks for a file, unless it came before. */
export function receive({ name, size, sha256 }: AgentFile, sent: { readonly size: number } | undefined): string {
  return `set -- ${shellQuoted(name)} ${sent?.size ?? size} ${size} ${sha256}; has "$@" || get "$@"`;
}

/**
 * Removes other agents, engines but the one at `engine`, and what starts left behind a day ago; no folder of another name, which is
 * somebody else's. While another start is under way,
 * nothing but that is removed: it may be about to run what it has put there.
 */
export function tidy(engine: string): string[] {
  const kept = `[ "$o" = "$d" ] || [ "$o" = ${engine || '""'} ]`;
  const others = `for o in "$place"/agents/* "$place"/engines/*; do ${kept} || ! ours_by_name "$o" || rm -rf "$o"; done`;
  return [
    `find "$place/agents" -name ".part-*" -mtime +0 -exec rm -rf {} + 2>/dev/null`,
    `alone() { for o in "$place"/agents/.part-*; do [ "$o" = "$t" ] || [ ! -e "$o" ] || return 1; done; }`,
    `ours_by_name() { case \${1##*/} in *[!0-9a-f]*) return 1;; ????????????????) ;; *) return 1;; esac; }`,
    `! alone || ${others}`,
  ];
}
