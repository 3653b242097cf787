// The help texts.

import { VERSION } from "../core/version.ts";
import { LIST_TOPICS, NAMED } from "./help_lists.ts";
import { TOOL_TOPICS } from "./help_tools.ts";

const GENERAL = `norouter ${VERSION}: joins containers, pods, VMs and machines into one network

Usage:
  norouter run MANIFEST      start every host and keep the network up
  norouter check MANIFEST    print its resolved form, or what is wrong with it
  norouter explain NAME      say where a name, an address or a port leads
  norouter env MANIFEST      print lines that lead a shell into the network
  norouter replay JOURNAL    show a network as it was at some moment
  norouter why HOST          say which events led to how a host or a port is
  norouter status            show the network that runs, and its hosts
  norouter ls [WHAT]         list its hosts, services and tunnels
  norouter streams           list its open connections
  norouter traffic           show how many bytes connections have carried
  norouter logs              show what it did; with --follow, what it does
  norouter retry HOST        start a host at once that waits for its next start
  norouter drain HOST        give a host no new connections of services
  norouter reload            read its manifest again
  norouter add HOST          add a host while it runs; 'remove' takes it out
  norouter stop              stop it
  norouter start HOST        start a host that starts on demand; 'stop' stops it
  norouter exec -- PROGRAM   run a program inside the network
  norouter serve             let managers reach this machine over TLS
  norouter schema            print the manifest's JSON Schema, for editors
  norouter show-example      print a manifest with comments, to begin with
  norouter show-installer    print a script that installs norouter on a host
  norouter agent bundle      make and list the agents that can be sent to hosts
  norouter verify PLUGIN     try a plugin against the rules of its kind
  norouter plugin new NAME   write a plugin that works, to begin with
  norouter help [COMMAND]    explain a command

Options:
  --json         JSON for programs instead of text for people
  --debug        say more
  -e, --open-editor
                 open an editor with an example, and run what becomes of it
  -v, --version  print the version (also -V)
  -h, --help     print this text

A first manifest:
  hosts:
    local:
      vip: "127.0.42.100"
    web:
      docker: web
      vip: "127.0.42.101"
      ports: ["8080:127.0.0.1:80"]

After 'norouter run' with it, port 80 of the container "web" answers on
127.0.42.101:8080, on this machine and in the container. Try it with
'curl http://127.0.42.101:8080'. The container needs a shell and nothing else:
the agent is sent. 'norouter show-example' has more ways to hosts.
`;

const TOPICS: Readonly<Record<string, string>> = {
  run: `Usage: norouter run MANIFEST [--watch] [--name NAME] [--no-api]
                    [--journal PATH | --no-journal] [--agent FORM]
                    [--json] [--debug]
       norouter MANIFEST            the same
       norouter manager MANIFEST    the same, or 'm' for 'manager'
       norouter --open-editor       write a manifest in an editor (also -e)

Reaches every host as the manifest says, starts the agent there and says what
can be reached where. The network stays up until Ctrl-C or SIGTERM. A key such
as 'docker', 'kubectl' or 'ssh', and 'cmd' with 'install: true', lead to a
shell: the agent that is kept there is started, or sent first. 'cmd' alone
starts a norouter that is installed there: the word 'agent' is appended to it. A
host that fails is shown with its command, exit code and last lines of output,
and started again by itself; the others keep working.

  MANIFEST        path of a YAML file, or '-' for standard input
  --watch         apply the manifest anew whenever its file changes; so does
                  SIGHUP where there is no terminal, and 'norouter reload'. A
                  manifest that is not valid changes nothing
  --name NAME     what the network is called: its journal, and its socket for
                  'norouter status' and the like. Default: the file's name,
                  with a number where a network that runs has it
  --journal PATH  keep the journal there. Default: NAME.jsonl in
                  ~/.local/state/norouter
  --no-journal    keep no journal
  --no-api        have no socket: no command can ask or change the network
  --agent FORM    what hosts are sent whose key 'agent' does not say: 'runtime'
                  (a script for their own Node, Deno or Bun), 'engine' (that
                  script and an engine for it) or 'bun' (a large program).
                  Default: 'auto', what suits each host
  --json          one JSON event a line on standard output; 'network.ready'
                  comes once, when every host is ready or has failed
  --debug         what hosts print, and other details, on standard error

Scripts and services start 'norouter' itself, or
'node /path/to/norouter/cli/norouter.mjs', not 'npx norouter': npx does not pass
SIGTERM on.

On a terminal it shows a live table; elsewhere it writes lines.
`,
  check: `Usage: norouter check MANIFEST [--agent FORM] [--json]

Prints the manifest with its template applied and every default filled in, or
every error at once with file, line and column. Passwords are printed as
'********'. Comments below it say which hosts are sent an agent, how large it
is, and in which ways; '--agent' is that of 'norouter run'.

Exit code 0 when the manifest is valid, 65 when it is not, 66 when it cannot be
read. Warnings do not change the exit code.
`,
  explain: `Usage: norouter explain NAME[:PORT] [--manifest MANIFEST | --name NETWORK]
                        [--from HOST] [--json]

Says where a destination leads, by which route, who dials and resolves it, and
what each entrance of a host does with it. The network that runs is asked, but
none of its hosts; with --manifest nothing needs to run.

  NAME                 name of a host, alias, VIP, any name or address, or a URL
  --manifest MANIFEST  path of a YAML file, or '-' for standard input
  --name NETWORK       which network is asked. Default: the one that runs
  --from HOST          the host where the program runs. Default: the manager's
                       own, else the first
  --json               one JSON document on standard output

Exit code 0 when it leads somewhere or outside, else that of the error a program
gets: 69 for a port that is not published, 77 for what is refused.
`,
  env: `Usage: norouter env MANIFEST [--host HOST] [--shell sh|fish|powershell]
                    [--with-password]

Prints the lines that lead a shell's programs into the network: http_proxy,
ALL_PROXY and the like, and HOSTALIASES.
  eval "$(norouter env net.yaml)"                   in sh, bash, zsh
  norouter env net.yaml --shell fish | source       in fish

  MANIFEST         path of a YAML file, or '-' for standard input
  --host HOST      the host whose proxies are used. Default: the manager's own
  --shell SHELL    whose language the lines are in. Default: that of $SHELL
  --with-password  write the passwords of 'auth' out; else the lines take
                   'name:password' from NOROUTER_PROXY_AUTH
`,
  replay: `Usage: norouter replay JOURNAL [--at SEQ|TIME] [--json]

Shows a network as it was: hosts, VIPs, states, listeners and routes. Nothing is
started. A journal that is being written can be read, too.

  JOURNAL    path of a journal, or name of a network whose journal is in the
             user's state folder
  --at SEQ   after the event of that number
  --at TIME  at a time, such as 14:03:07 (of the journal's last day),
             '2026-11-29 14:03' or milliseconds since 1970
  --json     one JSON document on standard output
`,
  why: `Usage: norouter why HOST[:PORT] [--journal JOURNAL] [--json]

Prints the events that led to how a host is: admitted, started, links that
opened and ended, what it listens on, failures with what to do about them. With
a port: what leads to that port, on every host, and connections to it that
failed. What repeats is told once.

  HOST               name, alias or VIP of a host
  --journal JOURNAL  path of a journal, or name of a network. Default: that of
                     the network that runs, or the only one there is
  --json             one JSON document on standard output: every event, with its
                     sentence
`,
  status: `Usage: norouter status [--name NAME] [--json]

Shows a network that runs on this machine: its hosts, where they stand, and why
one failed. Columns: name, VIP, state, connections that were opened there and
that are served there, ports that the host publishes on its VIP.

${NAMED}
  --json       one JSON document on standard output
`,
  streams: `Usage: norouter streams [--name NAME] [--json]

Lists the open connections of a network: since when, from which host, to which
port of which host.

${NAMED}
  --json       one JSON document on standard output
`,
  logs: `Usage: norouter logs [--follow] [--since SEQ|TIME] [--name NAME] [--json]

Shows what a network did, as 'norouter run' does where it has no terminal.

  -f, --follow  go on until the network ends
  --since SEQ   only what came after the event of that number
  --since TIME  only what came since then: 14:03:07 (of today),
                '2026-11-29 14:03' or milliseconds since 1970
${NAMED}
  --json       one JSON event a line
`,
  retry: `Usage: norouter retry HOST [--name NAME] [--json]

Starts a host at once that failed and waits for its next start.

${NAMED}
  --json       one JSON document on standard output
`,
  drain: `Usage: norouter drain HOST [--undo] [--name NAME] [--json]

Gives a host no new connections of the services that it is in. Those that it
has go on, and its own VIP still leads to it. It stays so until '--undo', also
when the network is started again with its journal.

  --undo       give it new connections again
${NAMED}
  --json       one JSON document on standard output
`,
  reload: `Usage: norouter reload [--name NAME] [--json]

Has a network read its manifest's file again. Hosts, ports, routes and proxies
come, change and go; connections that the change does not touch go on. A
manifest that is not valid is refused with its findings, and nothing changes.
Plugins stay those that the network was started with.

${NAMED}
  --json       one JSON document on standard output
`,
  start: `Usage: norouter start HOST [--name NAME] [--json]

Starts a host that starts on demand (the key 'onDemand'), as a connection to it
would. It is not stopped for want of use, until 'norouter stop HOST'.

${NAMED}
  --json       one JSON document on standard output
`,
  stop: `Usage: norouter stop [HOST] [--name NAME] [--json]

Stops a network in order and waits for its end. What was started on demand is
stopped as well.

  HOST         stop this host alone, which starts on demand, and the connections
               to it; the next one starts it again
${NAMED}
  --json       one JSON document on standard output
`,
  add: `Usage: norouter add HOST --spec YAML|- [--name NAME] [--json]

Adds a host to a network that runs, or changes one that was added. It stays when
the manifest is read again, until 'norouter remove' or the end of the network.
  norouter add db --spec '{ docker: db, vip: 127.0.42.103 }'

  HOST         its name
  --spec YAML  what stands under a host in a manifest; '-' reads standard input
${NAMED}
  --json       one JSON document on standard output
`,
  remove: `Usage: norouter remove HOST [--name NAME] [--json]

Takes a host out of a network that was put there with 'norouter add'. One of the
manifest is taken out there; then 'norouter reload'.

${NAMED}
  --json       one JSON document on standard output
`,
  schema: `Usage: norouter schema

Prints a JSON Schema (draft 2020-12) of the manifest. For completion in an
editor, save it and begin the manifest with:
  # yaml-language-server: $schema=./norouter.schema.json
`,
  agent: `Usage: norouter agent

Runs on a host. 'norouter run' starts it through the host's command; it is not
meant to be started by hand. It takes its whole configuration from standard
input and leaves when that ends.
`,
  "show-example": `Usage: norouter show-example

Prints a manifest with comments. 'norouter show-example > net.yaml' is a start.
`,
  ...LIST_TOPICS,
  ...TOOL_TOPICS,
};

/** The text for a topic; the general one for a topic that is not known. */
export function helpText(topic: string): string {
  const name = { manager: "run", m: "run", "show-ex": "show-example" }[topic] ?? topic;
  return (Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined) ?? GENERAL;
}
