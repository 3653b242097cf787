// Functions of the probe's shell that end what hangs. Texts, since they run elsewhere.

/**
 * Runs a command that is killed when it takes longer than so many seconds, without input and messages. Where `timeout` is that of
 * the GNU project, it ends the command's children too; that of busybox would leave a process behind for a second, and its remains
 * where process 1 takes none away. Nothing of ours is left. The clock is killed by force: a shell that has just been forked
 * loses what it could handle.
 */
export const BOUNDED = `bounded() {
  most=$1
  shift
  if [ -n "$timeout" ]; then timeout -s KILL "$most" "$@" </dev/null; return; fi
  "$@" </dev/null &
  ran=$!
  (
    s=
    trap 'kill -KILL "$s"; wait "$s"; exit' TERM
    sleep "$most" &
    s=$!
    wait "$s"
    kill -KILL "$ran"
  ) >/dev/null &
  clock=$!
  wait "$ran"
  code=$?
  kill "$clock"
  wait "$clock"
  return $code
} 2>/dev/null`;

/**
 * Becomes an agent that a clock ends unless it gets as far as to run: one that hangs in its runtime's start hears of nothing,
 * not even that its manager is gone. An alarm outlives `exec` (POSIX.1-2024, exec), and agents take no notice of it. Where there
 * is no Perl to set one, it is tried before, unless it was `tried`.
 */
export const BECOME = `become() {
  [ ! -x /usr/bin/perl ] || { say start "$why"; exec /usr/bin/perl -e '
    alarm shift; exec {$ARGV[0]} @ARGV; print STDERR "$ARGV[0]: $!\n"; exit 126' "$seconds" "$@" agent; }
  [ -n "$tried" ] || bounded "$trial" "$@" version >/dev/null || return 1
  say start "$why"
  exec "$@" agent
}`;
