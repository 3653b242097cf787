// Pieces of the probe that find agents in the places for them, and find out which places will do: texts, since they run on the host.

/** Free space with which a folder is taken without a look at further ones: more than any agent and its parts need. */
const AMPLE_KIB = 300_000;

/** What the last line of a kept agent's `start` is; one that was cut off is not run. */
export const WHOLE = "# whole";

/**
 * `kept` reads the file `start` of `$agent` in `$place` and says whether it may be started. `sweep` removes from there what starts that
 * were killed left behind, at once those of `$over`, others after a day: files that were on their way, files that were tried, and what
 * the engine was writing.
 */
export const KEPT = `kept() {
  d=$place/agents/$agent
  [ -f "$d/start" ] && ours "$place" && ours "$d" || return 1
  start=$(cat "$d/start" 2>/dev/null)
  case $start in "serves="*"${WHOLE}") eval "$start";; *) return 1;; esac
  case " $serves " in *" $choice "*) fit;; *) false;; esac
}
sweep() {
  for one in $over; do
    for left in part try; do [ ! -e "$place/agents/.$left-$one" ] || rm -rf "$place/agents/.$left-$one"; done
  done
  for left in "$place"/agents/.part-* "$place"/agents/.try-* "$place"/agents/*/agent.mjs.compiled.*; do
    [ -e "$left" ] || continue
    case \${left##*/} in .part-*|.try-*|*.compiled.*[0-9]) find "$left" -prune -mtime +0 -exec rm -rf {} \\; ;; esac
  done 2>/dev/null
}`;

/** Says which places files can be written to, and started from, and why others will not do; the first with ample room is the last. */
export const OFFER = `refuse() { say refused "$place: \${1##*: }"; }
offer() {
  after=$1
  IFS='
'
  set -f
  set -- $(places)
  set +f
  unset IFS
  for place; do
    [ -z "$after" ] || { [ "$place" != "$after" ] || after=; continue; }
    e=
    [ -e "$place" ] || e=$(mkdir -p "$place" 2>&1)
    ours "$place" || { refuse "\${e:-a link, or another user can write to it}"; continue; }
    [ -e "$place/agents" ] || e=$(mkdir "$place/agents" 2>&1)
    ours "$place/agents" || { refuse "\${e:-a link, or another user can write to it}"; continue; }
    sweep
    try=$place/agents/.try-$nonce
    e=$( { printf '#!/bin/sh\\n' >"$try"; } 2>&1) || { refuse "\${e:-cannot be written to}"; continue; }
    say place "$place"
    room=$(room "$place")
    [ -z "$room" ] || say room "$room" "$place"
    chmod 700 "$try" && e=$("$try" 2>&1) && program=1 || program=
    rm -f "$try"
    [ -n "$program" ] || { refuse "\${e:-starts no programs}"; continue; }
    say program-place "$place"
    [ "\${room:-${AMPLE_KIB}}" -ge ${AMPLE_KIB} ] && break
  done
}`;
