#!/bin/sh
# A host of its own on this machine, for an ordinary user: a new network with nothing in it but a loopback
# interface, a web server on port 80, and an agent. Everything in it ends with the agent.
#
#   namespace_host.sh RUNTIME HELLO_TS NAME NEIGHBOUR_URL COMMAND...     (norouter appends the word 'agent')
set -eu
exec unshare --user --map-root-user --net --pid --fork --kill-child -- sh -eu -c '
  ip link set lo up
  runtime=$1 hello=$2 name=$3 neighbour=$4; shift 4
  $runtime "$hello" "$name" 80 "$neighbour" </dev/null >&2 &
  "$@"
' sh "$@"
