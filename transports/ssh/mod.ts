// Reaches a machine with OpenSSH, in batch mode: nothing is ever asked, since there is no terminal to answer at.

import { settingsOf } from "../../core/manifest/keys/mod.ts";
import type { Plugin } from "../../core/mod.ts";
import { shellTransport, type Tool } from "../support/shell_transport.ts";
import { option } from "../support/words.ts";

/**
 * What the shell on the host needs, whatever the configuration says: an ssh that runs this command, hands standard input to it
 * alone and stays in the foreground (ssh_config(5)).
 */
const NEEDED = ["BatchMode=yes", "PermitLocalCommand=no", "Tunnel=no"];
/** The same for options of OpenSSH 7.6 and 8.7; an older ssh refuses them, and knows nothing to override. */
const NEEDED_LATER = [["RemoteCommand=none"], ["SessionType=default", "StdinNull=no", "ForkAfterAuthentication=no"]];
/**
 * What `options` may undo. As scp does it: nothing is forwarded, since a forward whose port is taken can end the connection. A
 * master of others' connections would take them with it when it ends; one that is there is used. At level QUIET ssh hides why
 * it fails.
 */
const USUAL = [
  "ConnectTimeout=15",
  "ClearAllForwardings=yes",
  "ForwardX11=no",
  "ForwardAgent=no",
  "ControlMaster=no",
  "LogLevel=INFO",
];
/** After silence: a master whose connection died, or that hangs, would take in each new try. */
const PAST_MASTER = ["ControlPath=none"];

const ASKS_NOTHING = "ssh asks for nothing here: use a key, and an agent for its passphrase ('ssh-add')";

/** Claims hosts with `ssh`; the agent is sent. */
export const sshTransport: Plugin = shellTransport({
  name: "ssh",
  description: "Machine behind OpenSSH: '[user@]host' or a name of the ssh configuration, or a mapping.",
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
      jump: { description: "Machine to go through, '[user@]host[:port]'; several with commas." },
      config: { description: "File with the ssh configuration; default ssh's own." },
      options: { description: "Further options as in 'ssh -o', such as 'ServerAliveInterval=5'.", type: "list of strings" },
    },
  }),
  argv: async ({ host, user, port, identityFile, jump, config, options = [] }, command, tool) => {
    const later = await Promise.all(NEEDED_LATER.map(async (some) => ((await knows(some, tool)) ? some : [])));
    const settings = [...NEEDED, ...later.flat(), ...(tool.afterSilence ? PAST_MASTER : []), ...options, ...USUAL];
    return [
      ...["ssh", "-T", ...asOptions(settings)],
      ...[...option("-F", config), ...option("-l", user), ...option("-p", port), ...option("-i", identityFile)],
      ...[...option("-J", jump), host, "--", ...command],
    ];
  },
  describe: ({ host }) => `ssh ${host}`,
  isMachine: true,
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

function asOptions(settings: readonly string[]): string[] {
  return settings.flatMap((one) => ["-o", one]);
}

/** Whether ssh knows options; nobody is connected to and no configuration is read. */
function knows(settings: readonly string[], tool: Tool): Promise<boolean> {
  const answer = tool.output(["ssh", "-F", "/dev/null", ...asOptions(settings), "-G", "host"]);
  return answer.then(
    () => true,
    () => false,
  );
}
