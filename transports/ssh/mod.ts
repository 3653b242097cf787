// Reaches a machine with OpenSSH, in batch mode: nothing is ever asked, since there is no terminal to answer at.

import type { Plugin } from "../../core/mod.ts";
import { settingsOf } from "../support/settings.ts";
import { shellTransport } from "../support/shell_transport.ts";
import { option } from "../support/words.ts";

const ASKS_NOTHING = "ssh asks for nothing here: use a key, and an agent for its passphrase ('ssh-add')";

/** Claims hosts with `ssh`; the agent is sent. */
export const sshTransport: Plugin = shellTransport({
  name: "ssh",
  description: "Machine behind OpenSSH: [user@]host or a name of the ssh configuration, or a mapping.",
  settings: settingsOf({
    shorthand: "host",
    fields: {
      host: {
        description: "Address or name, also one of the ssh configuration, with 'user@' before it if wanted.",
        required: true,
        pattern: /ssh:\/\/\S+|[^\s:]+|\S*:\S*:\S*/, // an IPv6 address has two colons at least
        wanted: "a host alone ('port' is an option of its own)",
      },
      user: { description: "User on the machine." },
      port: { description: "Port of the server.", type: "port" },
      identityFile: { description: "File with the private key." },
      jump: { description: "Machine to go through, [user@]host[:port]; several with commas." },
      config: { description: "File with the ssh configuration; default ssh's own." },
      options: { description: "Further options as in 'ssh -o', such as ServerAliveInterval=5.", type: "list of strings" },
    },
  }),
  argv: ({ host, user, port, identityFile, jump, config, options = [] }, command) => [
    ...["ssh", "-T", "-o", "BatchMode=yes", ...options.flatMap((one) => ["-o", one]), "-o", "ConnectTimeout=15"],
    ...[...option("-F", config), ...option("-l", user), ...option("-p", port), ...option("-i", identityFile)],
    ...[...option("-J", jump), host, "--", ...command],
  ],
  describe: ({ host }) => `ssh ${host}`,
  env: { SSH_ASKPASS_REQUIRE: "never" },
  failures: [
    { says: /HOST IDENTIFICATION HAS CHANGED[\s\S]*verification failed/, code: "host-key-changed" },
    { says: /Host key verification failed/, code: "host-key-unknown" },
    {
      says: /Permissions \d+ for '(.+?)' are too open[\s\S]*Permission denied/,
      code: "access-denied",
      message: 'Others may read the key file "$1"; ssh does not use it',
    },
    {
      says: /Identity file (\S+) not accessible[\s\S]*Permission denied/,
      code: "access-denied",
      message: 'There is no key file "$1"',
    },
    { says: /Permission denied \((.+?)\)/, code: "access-denied", message: `Not let in (the server takes: $1); ${ASKS_NOTHING}` },
    { says: /Could not resolve hostname (\S+?):/, code: "host-unreachable", message: 'There is no host "$1"' },
    { says: /connect to host (\S+) port (\d+): (.+)/, code: "host-unreachable", message: "$1 port $2: $3" },
    { says: /Can't open user config file (.+?):/, code: "settings-refused", message: 'There is no configuration file "$1"' },
    {
      says: /(Bad configuration option: \S+|[Uu]nknown option.*|[Bb]ad port.*|keyword \S+ .*)/,
      code: "settings-refused",
      message: "ssh refuses its options: $1",
    },
    { says: /Unable to negotiate with .*?: (.+)/, code: "settings-refused", message: "No agreement with the server: $1" },
    { says: /sh: (?:command )?not found|Unknown command: sh/, code: "no-shell" },
    {
      says: /^(?:Connection to \S+ (?:closed|timed out)|Connection (?:closed|reset) by|Timeout, server|client_loop:|kex_exchange_identification:)/m,
      code: "host-unreachable",
      message: "Connection was lost",
      later: true,
    },
  ],
});
