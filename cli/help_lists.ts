// The help texts of commands that list what a network has and has carried.

/** What every command says of the network that it asks. */
export const NAMED = `  --name NAME  which network. Default: the one that runs`;

/** By the commands' names. */
export const LIST_TOPICS: Readonly<Record<string, string>> = {
  ls: `Usage: norouter ls [hosts|services|tunnels] [--name NAME] [--json]

Lists what there is in a network and what it leads to, a line for each: without
a word all of it. How hosts fare is told by 'norouter status'.

  hosts        name, VIP, state, what reaches the host, what it publishes, its
               further names
  services     name, VIP, ports, and the hosts behind it
  tunnels      links of the manager to hosts, with what they have carried;
               then addresses on hosts, and what is behind them:
                 127.0.42.101:8080  on local  -> web:8080
${NAMED}
  --json       one JSON document on standard output
`,
  traffic: `Usage: norouter traffic [--by edge|host|port] [--since AGO|TIME]
                        [--name NAME] [--json]

Shows how many bytes connections have carried, up to now: what programs sent and
received through them. Connections that are open count, too.

  --by edge     from which host to which host (the default); 'out' is what the
                one that connected sent
  --by host     what each host sent and received
  --by port     by the port that was connected to
  --since AGO   of the last 30 minutes ('30m'), hour ('1h') or two days ('2d')
  --since TIME  since 14:03 (of today), '2026-11-29 14:03' or milliseconds since
                1970. What is long ago is known by the hour or day alone; the
                first line says from when on it counts
${NAMED}
  --json        one JSON document on standard output, with the exact bytes
`,
};
