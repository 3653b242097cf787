// The help texts of commands that make agents and plugins.

/** By the commands' names. */
export const TOOL_TOPICS: Readonly<Record<string, string>> = {
  exec: `Usage: norouter exec [--name NETWORK | --manifest MANIFEST] [--host NAME]
                     [--publish auto|none|PORTS] [--outside direct|routes|none]
                     [--debug] -- PROGRAM [ARGUMENT...]
       norouter exec --check [--json]

Runs a program as if the network were its machine's: every host's name and VIP
connects, and what the program listens on, low ports too, is there for the other
hosts. The program needs no change, no privilege and no proxy settings; user,
files, terminal and exit code are as without it. When it ends, its host leaves.
  norouter exec -- curl http://web:8080
  norouter exec --host api -- node server.js

  --name NETWORK       which running network. Default: the one that runs
  --manifest MANIFEST  a network of its own, for as long as the program runs
  --host NAME          what the program's host is called. Default: as the
                       program, with a number where that is taken
  --publish WHAT       'auto': every port that it listens on, while it does (the
                       default); 'none'; or ports such as '80,8080:3000'
  --outside WHAT       destinations that are no host's: 'direct', reached as this
                       machine does (the default); 'routes', only where a route
                       of the network leads there; 'none'
  --check              run nothing: try whether a program can be run inside here,
                       and say what forbids it and what to do
  --debug              say what the program's network has to do without

It needs Linux with user namespaces and nftables, and the agent's engine.
Exit code: the program's; 126 and 127 as from a shell when it cannot be run, 71
when no network can be made for it.
`,
  serve: `Usage: norouter serve --listen ADDRESS --secret-file [PEER=]FILE
                      [--allow [PEER=]WHAT]... [--json] [--debug]
       norouter serve --listen ADDRESS --cert FILE --key FILE --ca FILE
                      [--allow [PEER=]WHAT]... [--json] [--debug]

Lets managers reach this machine, over TLS 1.3: a host of their manifests with
  tls: { address: "this.machine:7443", secretFile: ~/.norouter/key }
is served by an agent here, which does what '--allow' says and nothing else.

  --listen ADDRESS    address and port, such as '0.0.0.0:7443'; a port alone is
                      one of 127.0.0.1. May be repeated
  --secret-file FILE  the secret that the manager has as well, closed to other
                      users. Where it is missing, it is made. With 'PEER=' and
                      repeated, each peer has its own
  --cert, --key, --ca given certificates, in PEM, in the place of a secret; a
                      peer's name is the common name of its certificate
  --allow WHAT        lets peers reach 'ADDRESS:PORT', 'NETWORK:PORT',
                      'NAME:PORT', '*:PORT' or 'unix:PATH'; run 'run:COMMAND';
                      or do what 'listen', 'files', 'dns', 'code' and 'run'
                      stand for (docs/serve.md). May be repeated. Default:
                      nothing
  --json              one JSON event a line
`,
  "agent bundle": `Usage: norouter agent bundle [--platform OS-ARCH[-bundled]]...
                             [--agent FORM] [--json]

Makes the agents that 'norouter run' sends to hosts, and lists them: the script,
and what runs it where there is no Node, Deno or Bun: an engine on Linux, a
program made with Bun elsewhere. 'norouter run' makes what it needs by itself;
this makes it beforehand.

  --platform NAME  what it is made for, such as 'linux-arm64' or 'darwin-arm64'.
                   May be repeated. Default: every engine, and on macOS this
                   machine's program
  --agent FORM     'auto' (the default), 'engine', 'runtime' (the script alone)
                   or 'bun'; with 'bun' 'linux-x64-bundled' brings the
                   libraries along that systems without glibc lack
  --json           one JSON document on standard output
`,
  "show-installer": `Usage: norouter show-installer [--embed [--platform OS-ARCH [--agent FORM]]]

Prints a shell script that installs this version of norouter on a host:
  norouter show-installer --embed | ssh HOST sh

  (no option)      the whole of norouter, fetched with npm on the host
  --embed          the agent alone, carried by the script; wants Node 22, Deno
                   or Bun on the host
  --platform NAME  with --embed: an agent that needs no runtime, for a platform
                   such as 'linux-x64': 0.7 MB with an engine for Linux
  --agent bun      with --platform: a program made with Bun, 72 MB; also for
                   'darwin-arm64', and 'linux-x64-bundled' without glibc

The command is put into NOROUTER_BINDIR: by default /usr/local/bin for root,
~/.local/bin for others. What belongs to it goes into ../lib/norouter beside
that folder. An older norouter there is replaced, another program is not.
`,
  verify: `Usage: norouter verify PLUGIN [--settings YAML] [--target TARGET]
                       [--json]

Loads a plugin as a manifest would and runs the cases of the kinds that it
registers. With --settings it also tries a transport on a host. So it tells
whether a host is fit, with a transport that is built in:
  norouter verify docker --settings '{ docker: web }'

  PLUGIN           path of a module, name of a package that is installed here,
                   or of what is built in (docker, ssh, socks, ...)
  --settings YAML  keys of a host, or the key of a rule, as in a manifest
  --target TARGET  what an egress sends back all bytes for: PORT that a host
                   publishes, HOST:PORT or service:NAME
  --json           one JSON document on standard output
`,
  "plugin new": `Usage: norouter plugin new NAME --kind KIND [--dir DIR]

Writes the folder NAME with a plugin that works, its test, a page and a
manifest to try it with. Nothing is overwritten.

  NAME         lower case letters, digits and dashes
  --kind KIND  transport, front-end, egress, rule, store or observer
  --dir DIR    where the folder is made. Default: the present one
`,
};
