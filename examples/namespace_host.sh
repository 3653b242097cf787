#!/bin/sh
# Runs a command as a host of its own on this machine, without root: a new network with nothing in it but a loopback
# interface. Everything in it ends with the command.
#
#   namespace_host.sh COMMAND...
set -eu
exec unshare --user --map-root-user --net --pid --fork --kill-child -- sh -eu -c 'ip link set lo up; exec "$@"' sh "$@"
