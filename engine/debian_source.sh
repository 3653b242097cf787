#!/bin/sh
# debian_source.sh PATH SHA256 FILE: fetches a file of Debian's pool with apt's own helper, from the mirror that this machine's
# apt is configured with. Reads apt's settings, and writes to none of its folders. A file that is there already is only checked.
set -eu

path=$1
sha256=$2
file=$3

is_right() {
  echo "$sha256  $1" | sha256sum --check --status
}

fail() {
  echo "$1" >&2
  exit 1
}

if [ -f "$file" ] && is_right "$file"; then exit 0; fi

helper=/usr/lib/apt/apt-helper
[ -x "$helper" ] || fail "This machine has no apt (no $helper), with which sources are fetched from Debian's mirror"
VERSION_CODENAME=
[ ! -r /etc/os-release ] || . /etc/os-release

# The mirrors of the running release itself: not those of its updates, and no third party's. Known without `apt-get update`.
mirrors=$(apt-get --no-release-info indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  sed -n "s/^$VERSION_CODENAME main //p" | sort -u)
[ -n "$mirrors" ] || fail "apt has no mirror of Debian's release \"$VERSION_CODENAME\" in its settings"

# Methods such as `mirror+https` keep their lists there.
state=$(mktemp -d)
trap 'rm -rf "$state"; rm -f "$file.new" "$file.new.FAILED"' EXIT
mkdir -p "$state/lists/partial" "$state/cache/archives/partial"

for mirror in $mirrors; do
  rm -f "$file.new"
  "$helper" -q -o APT::Sandbox::User= -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" \
    download-file "${mirror%/}/$path" "$file.new" "SHA256:$sha256" >&2 || continue
  is_right "$file.new" || continue
  mv "$file.new" "$file"
  exit 0
done
fail "No mirror that apt knows has $path with the SHA-256 that was wanted"
