// The shell script of `norouter show-installer`, for any POSIX shell. It does nothing before its last line has arrived,
// and gives no command its own standard input, because that is where the shell reads the script. Pure.

/** What differs from installer to installer, as pieces of shell. */
export interface InstallerParts {
  readonly version: string;
  /** What is installed, as a clause for people. */
  readonly what: string;
  /** Names the folder of this installation; letters, digits, dots and dashes. */
  readonly name: string;
  /** Checks whether this host can run it, before anything is said or changed, and sets `with` to what it runs on. */
  readonly needs: string;
  /** Puts the files into `$new`. */
  readonly put: Iterable<string>;
  /** Prints the words of a command that starts what lies in folder `$1`, quoted. */
  readonly words: string;
}

/** Ends every carried file; its lines cannot be in one. */
export const END_OF_FILE = "END_OF_NOROUTER_FILE";

/** The text of the script, in pieces. */
export function* installerText({ version, what, name, needs, put, words }: InstallerParts): Generator<string> {
  yield `#!/bin/sh
# Installs norouter ${version} on this host: ${what}. Made by 'norouter show-installer'.
#
# NOROUTER_BINDIR  folder for the command; default: /usr/local/bin for root, ~/.local/bin for others
set -eu

version='${version}'
name='${name}'
${HELPERS}
# Checks whether this host can run it.
needs() {
${needs}}

# Puts the files into $new.
put() {
`;
  yield* put;
  yield `}

# The command that starts what lies in folder $1, as quoted words.
words() {
${words}}
${MAIN}
main
`;
}

const HELPERS = `
say() { printf '%s\\n' "$*"; }
fail() {
  printf 'norouter installer: %s\\n' "$1" >&2
  exit "\${2:-69}"
}
has() { command -v "$1" >/dev/null 2>&1; }
quote() { printf '%s\\n' "$1" | sed "s/'/'\\\\\\\\''/g; 1s/^/'/; \\$s/\\$/'/"; }

# Compares a file with its SHA-256, where that can be done.
check() {
  has sha256sum || return 0
  [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$2" ] || fail "$(basename "$1") did not arrive as it was sent" 74
}

# Sets node to the path of Node 22 or later.
find_node() {
  node=$(command -v node 2>/dev/null) || return 1
  "$node" -e 'process.exit(parseInt(process.versions.node) < 22 ? 1 : 0)' </dev/null >/dev/null 2>&1
}

# The platform of this host, as '--platform' takes it.
platform() {
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) return 1 ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) return 1 ;;
  esac
  say "$os-$arch"
}

# Ends with what is missing here, and with the installer that does without it.
fail_without() {
  other='norouter show-installer --embed'
  if ! find_node && ! has deno && ! has bun; then
    platform=$(platform) || fail "$1 was not found here, and there is no other agent for $(uname -sm)"
    other="$other --platform $platform"
  fi
  fail "$1 was not found here; do without it: $other | ssh HOST sh"
}

choose_folders() {
  bindir=\${NOROUTER_BINDIR:-}
  if [ -z "$bindir" ]; then
    if [ "$(id -u)" = 0 ]; then bindir=/usr/local/bin
    elif [ -n "\${HOME:-}" ]; then bindir=$HOME/.local/bin
    else fail 'HOME is not set; set NOROUTER_BINDIR to the folder for the command' 64; fi
  fi
  mkdir -p "$bindir" || fail "the folder \\"$bindir\\" cannot be made; set NOROUTER_BINDIR to another" 73
  bindir=$(cd "$bindir" && pwd)
  case $bindir in
    */bin) libdir=\${bindir%/bin}/lib/norouter ;;
    *) libdir=$bindir/.norouter ;;
  esac
}

# An older norouter may be replaced, another program may not.
look_at_present() {
  there=$bindir/norouter
  [ -e "$there" ] || [ -h "$there" ] || return 0
  was=
  [ -d "$there" ] || was=$("$there" --version </dev/null 2>/dev/null | head -n 1) || was=
  case $was in
    [0-9]*.[0-9]*.[0-9]*) say "Replacing \\"$there\\", which is norouter $was" ;;
    'norouter version '*) say "Replacing \\"$there\\", which is the Go program $was: networks of that program need it" ;;
    *)
      [ ! -d "$there" ] && head -n 2 "$there" 2>/dev/null | grep -q "placed by 'norouter show-installer'" ||
        fail "\\"$there\\" is another program; remove it, or set NOROUTER_BINDIR to another folder" 73
      say "Replacing \\"$there\\", which does not start any more"
      ;;
  esac
}
`;

const MAIN = `
clean_up() {
  [ -n "$done" ] || rm -rf "$new" "$command"
}

main() {
  umask 022
  needs
  choose_folders
  look_at_present
  number=$$
  while [ -e "$libdir/$name.$number" ]; do number=$((number + 1)); done
  new=$libdir/$name.$number
  command=$bindir/.norouter.$number
  done=
  trap clean_up EXIT
  trap 'exit 130' INT TERM HUP
  mkdir -p "$new" || fail "the folder \\"$new\\" cannot be made; set NOROUTER_BINDIR to another" 73
  put
  answer=$(eval "$(words "$new") --version" </dev/null 2>&1) || answer="failed: $answer"
  [ "$answer" = "$version" ] || fail "norouter does not start here ($answer)"
  {
    say '#!/bin/sh'
    say "# norouter $version, placed by 'norouter show-installer'"
    say "exec $(words "$new") \\"\\$@\\""
  } > "$command" || fail "nothing can be written to \\"$bindir\\"; set NOROUTER_BINDIR to another folder" 73
  chmod 755 "$command"
  mv -f "$command" "$bindir/norouter"
  done=yes
  for older in "$libdir"/[0-9]*.[0-9]*.[0-9]*-*.[0-9]*; do
    [ "$older" = "$new" ] || rm -rf "$older"
  done
  say "Installed norouter $version as \\"$bindir/norouter\\" ($with)"
  case ":$PATH:" in
    *":$bindir:"*) ;;
    *) say "\\"$bindir\\" is not in PATH: write the whole path in a manifest's 'cmd'" ;;
  esac
}
`;
