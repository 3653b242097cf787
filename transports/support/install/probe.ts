// The first thing a host is told: a POSIX shell script that starts the agent it has, or says what it could run.
// Must work in any `sh`, and must never read beyond its own end.

import type { AgentChoice } from "../../../core/mod.ts";
import { RUNTIME_SWITCHES } from "../runtime_switches.ts";
import { shellQuoted } from "../words.ts";
import { BECOME, BOUNDED } from "./clock.ts";
import { MEMORY } from "./memory.ts";
import { KEPT, OFFER } from "./places.ts";

/** How long a program in the PATH may take to say what it is; one that takes longer is killed. */
const ASK_SECONDS = 5;

/** How each line begins that a host says to the manager; all else that it prints is a banner. */
export const MARK = "norouter:";

/** The first line of the script. A program that sends it back is not a shell. */
export const PROBE_HEAD = ": norouter looks for an agent";

/**
 * The one line that is sent before the script. What is not a shell, such as a prompt for a password, gets no more than this line.
 * A POSIX shell answers `hello 00`, csh answers with one digit.
 */
export const HELLO = `${PROBE_HEAD}; printf '\\n${MARK}hello %s\\n' "$?0"\n`;

/**
 * What an agent and its runtime get of the host's environment: where things are, whose they are, and how names are resolved.
 * All else could change what a runtime, a shell or a tool does, such as `NODE_OPTIONS`, `LD_PRELOAD`, `BLOCK_SIZE` or an exported
 * function `ls`.
 */
const KEPT_VARIABLES: readonly string[] = [
  ...["HOME", "PATH", "USER", "LOGNAME", "TMPDIR", "TZ", "LD_LIBRARY_PATH"],
  ...["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"],
  ...["RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES"],
  // Where version managers keep runtimes, which their shims ask for.
  ...["NODENV_ROOT", "NODENV_VERSION", "ASDF_DIR", "ASDF_DATA_DIR", "ASDF_NODEJS_VERSION", "VOLTA_HOME", "MISE_DATA_DIR"],
];

/** Variables that are taken away where there is no `env` to start with none. */
const DROPPED_VARIABLES: readonly string[] = [
  ...RUNTIME_SWITCHES,
  ...["NODE_PATH", "NODE_EXTRA_CA_CERTS", "DENO_DIR", "LD_PRELOAD", "LD_AUDIT", "ENV", "BASH_ENV"],
  ...["BLOCK_SIZE", "POSIXLY_CORRECT", "TIME_STYLE", "GREP_OPTIONS", "CDPATH", "GZIP"],
];

/** What a host is told of the agent that is wanted. */
export interface ProbeOptions {
  /** The names of its folders on hosts, one for each form. */
  readonly agents: readonly string[];
  /** Letters and digits for names of files, other ones at each start. */
  readonly nonce: string;
  /** The nonces of earlier starts that are over, and may have left something behind. */
  readonly over: readonly string[];
  /** The only folder that is looked at; default: the known ones. */
  readonly agentDir?: string | undefined;
  /** What is asked for: a kept agent that is of another kind is not started. */
  readonly choice: AgentChoice;
  /** An agent that is kept there is not started again: nothing was heard of it the last time. */
  readonly forget?: boolean;
  /** How long an agent has from its start to its first words. */
  readonly helloMs: number;
}

/**
 * The script that looks for an agent of one of these names. It is one compound command, so that a shell has read all of it
 * before any of it runs, and what comes later on standard input belongs to the commands within. These start a shell without
 * the environment, functions and aliases of the one that was found; without `env` they run in that one.
 *
 * A mark begins a line of its own, whatever a login printed before. A kept agent is its folder with a file `start`, which
 * says which choices it `serves` and `why` it was chosen, and defines `fit` (it is whole, and what it runs on is what it was put
 * there for) and `go` (become it).
 */
export function probeScript(options: ProbeOptions): string {
  const kept = KEPT_VARIABLES.map((variable) => `\${${variable}+"${variable}=$${variable}"}`).join(" ");
  return `${PROBE_HEAD}
{
case $- in *r*) printf '\\n${MARK}restricted\\n'; exit;; esac
norouter=${shellQuoted(script(options))}
if ( \\exec env -i PATH="$PATH" sh -c : ) </dev/null >/dev/null 2>&1; then
\\exec env -i ${kept} sh -c "$norouter"
else
\\unset ${DROPPED_VARIABLES.join(" ")}
\\unalias -a 2>/dev/null
\\eval "$norouter"
fi
exit
}
`;
}

const KNOWN_PLACES = `  [ "\${HOME:-/nowhere}" = /nowhere ] || printf '%s\\n' "$HOME/.norouter"
  [ -z "$XDG_CACHE_HOME" ] || printf '%s\\n' "$XDG_CACHE_HOME/norouter"
  printf '%s\\n' "/tmp/.norouter-$user" "/dev/shm/.norouter-$user"`;

function placeLine(path: string): string {
  const words = path.startsWith("~/") ? `"$HOME"${shellQuoted(path.slice(1))}` : shellQuoted(path);
  return `  printf '%s\\n' ${words}`;
}

function script({ agents, nonce, over, agentDir, choice, forget = false, helloMs }: ProbeOptions): string {
  return `say() { printf '\\n${MARK}%s\\n' "$*"; }
cd / 2>/dev/null
umask 077
LC_ALL=C
export LC_ALL
nonce=${nonce}
over=${shellQuoted(over.join(" "))}
choice=${choice}
why=
sums=
tried=
user=$(id -u 2>/dev/null)
PATH=$PATH:/usr/local/bin:/opt/homebrew/bin:$HOME/.deno/bin:$HOME/.bun/bin
seconds=${Math.ceil(helloMs / 1000) + 1}
trial=${Math.ceil(helloMs / 2000)}
timeout --version </dev/null >/dev/null 2>&1 && timeout=1 || timeout=
${BOUNDED}
${BECOME}
ask() {
  case $1 in
  node) bounded ${ASK_SECONDS} "$2" -e 'console.log(process.versions.node, process.execPath)';;
  deno) bounded ${ASK_SECONDS} "$2" eval --no-config --no-lock 'console.log(Deno.version.deno, Deno.execPath())';;
  bun) bounded ${ASK_SECONDS} "$2" -e 'console.log(process.versions.bun, process.execPath)';;
  esac
}
places() {
${agentDir === undefined ? KNOWN_PLACES : placeLine(agentDir)}
}
ours() {
  [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] || return 1
  case $(ls -ld "$1" 2>/dev/null) in d????w*|d???????w*) return 1;; esac
}
look() { set -- $(ls -lLn "$1" 2>/dev/null); echo $5 $6 $7 $8; }
same() { [ -x "$1" ] && [ "$(look "$1")" = "$2" ]; }
sized() {
  [ -s "$1" ] || return 1
  [ "$(find "$1" -size "$2c" 2>/dev/null)" = "$1" ] && return
  size=$(wc -c <"$1" 2>/dev/null) || return 0
  [ "$size" -eq "$2" ]
}
whole() {
  [ -s "$1" ] || return 1
  [ -n "$sums" ] || { echo x | sha256sum >/dev/null 2>&1 && sums=1 || sums=0; }
  [ $sums = 1 ] || { sized "$1" "$2"; return; }
  set -- "$3" $(sha256sum <"$1")
  [ "$1" = "$2" ]
}
room() {
  df -Pk "$1" 2>/dev/null | {
    read -r line
    read -r device size used free line
    case $free in ''|*[!0-9]*) ;; *) echo "$free";; esac
  }
}
${KEPT}
${OFFER}
IFS='
'
set -f
set -- $(places)
set +f
unset IFS
for place; do for agent in ${agents.join(" ")}; do if kept; then ${forget ? 'rm -f "$d/start"' : "sweep; go"}; fi; done; done
say probe
say machine "$(uname -sm)"
${MEMORY}
offer
for name in node deno bun; do
  path=$(command -v $name) || continue
  set -f
  set -- $(ask $name "$path")
  set +f
  version=$1
  [ $# -lt 2 ] || shift
  [ "$(ask $name "$*")" != "$version $*" ] || path=$*
  say runtime $name "$path" "$version"
  say runtime-file $name "$(look "$path")"
done
path=$(command -v norouter) && say norouter "$path" $(bounded ${ASK_SECONDS} "$path" --version)
for loader in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do [ ! -e $loader ] || say glibc; done
for loader in /lib/ld-musl-*; do [ ! -e "$loader" ] || say musl; done
[ "$(echo x | head -c 1 2>/dev/null)" = x ] && say tool head
[ "$(echo x | gzip -c 2>/dev/null | gzip -dc 2>/dev/null)" = x ] && say tool gzip
echo x | sha256sum >/dev/null 2>&1 && say tool sha256sum
say end
read -r line && eval "$line"
`;
}
