// The command line: words to one command. Pure.

import { type Asking, agentChoice, nearestOf, type OfAgents, parsed, SPECIAL, usage, type Values } from "./options.ts";
import { SERVE_OPTIONS, type ServeValues, serveValues } from "./serve_args.ts";

/** What the user asked for. */
export type Invocation =
  | (OfAgents & {
      readonly command: "run";
      readonly file: string;
      readonly json: boolean;
      readonly debug: boolean;
      /** What the network is called; undefined: as its file. */
      readonly name: string | undefined;
      /** Whether the manifest is applied anew when its file changes. */
      readonly watch: boolean;
      /** Whether there is a socket for commands. */
      readonly api: boolean;
      /** Path of the journal; undefined for the user's state folder, false for none. */
      readonly journal: string | false | undefined;
    })
  | { readonly command: "open-editor"; readonly debug: boolean }
  | (OfAgents & { readonly command: "check"; readonly file: string; readonly json: boolean })
  | {
      readonly command: "explain";
      readonly destination: string;
      /** Path of a manifest; undefined: the network that runs is asked. */
      readonly file: string | undefined;
      readonly from: string | undefined;
      /** Name of the network that is asked; undefined for the one that runs. */
      readonly name: string | undefined;
      readonly json: boolean;
    }
  | {
      readonly command: "env";
      readonly file: string;
      readonly host: string | undefined;
      readonly shell: string | undefined;
      readonly withPassword: boolean;
    }
  | { readonly command: "agent"; readonly debug: boolean }
  | ({ readonly command: "serve" } & ServeValues)
  | (OfAgents & { readonly command: "agent bundle"; readonly platforms: readonly string[]; readonly json: boolean })
  | (OfAgents & { readonly command: "show-installer"; readonly embed: boolean; readonly platforms: readonly string[] })
  | {
      readonly command: "verify";
      readonly specifier: string;
      readonly settings: string | undefined;
      readonly target: string | undefined;
      readonly json: boolean;
    }
  | {
      readonly command: "plugin new";
      readonly name: string;
      readonly kind: string | undefined;
      readonly dir: string | undefined;
    }
  | { readonly command: "replay"; readonly journal: string; readonly at: string | undefined; readonly json: boolean }
  | { readonly command: "why"; readonly asked: string; readonly journal: string | undefined; readonly json: boolean }
  | ({ readonly command: "status" | "streams" } & Asking)
  | ({ readonly command: "traffic"; readonly by: string | undefined; readonly since: string | undefined } & Asking)
  | ({ readonly command: "ls"; readonly what: string } & Asking)
  | ({ readonly command: "reload" } & Asking)
  | ({ readonly command: "stop"; readonly host: string | undefined } & Asking)
  | ({ readonly command: "start"; readonly host: string } & Asking)
  | ({ readonly command: "logs"; readonly follow: boolean; readonly since: string | undefined } & Asking)
  | ({ readonly command: "retry"; readonly host: string } & Asking)
  | ({ readonly command: "drain"; readonly host: string; readonly undo: boolean } & Asking)
  | ({ readonly command: "remove"; readonly host: string } & Asking)
  | ({ readonly command: "add"; readonly host: string; readonly spec: string } & Asking)
  | { readonly command: "schema" | "show-example" | "version" }
  | { readonly command: "help"; readonly topic: string };

/** One command: what it wants and what it then is. */
interface Command {
  /** What its one word is, such as `the path of a manifest`; without it the command takes no word. */
  readonly wants?: string;
  /** It may be left out. */
  readonly isOptional?: boolean;
  /** Options that other commands do not have. */
  readonly options?: readonly (keyof Values)[];
  /** The last parameter is its one word, or "". */
  read(values: Values, word: string): Invocation;
}

const MANIFEST = "the path of a manifest";
const NOT_BOTH = "'--open-editor' begins a manifest of its own, so none is named";
const HOST = "the name of a host";
const run: Command = {
  wants: MANIFEST,
  options: ["name", "watch", "no-api", "journal", "no-journal", "agent"],
  read(values, file) {
    const { json, debug, name, watch, "no-api": noApi, "no-journal": noJournal } = values;
    if (noJournal && values.journal !== undefined) return usage("'--journal' and '--no-journal' exclude each other");
    if (watch && file === "-") return usage("'--watch' wants a file; standard input is read once");
    const journal = noJournal ? false : values.journal;
    const agent = agentChoice(values.agent);
    return { command: "run", file, json, debug, name, watch, api: !noApi, journal, agent };
  },
};

const showExample: Command = { read: () => ({ command: "show-example" }) };

const COMMANDS: Readonly<Record<string, Command>> = {
  run,
  manager: run,
  m: run,
  check: {
    wants: MANIFEST,
    options: ["agent"],
    read: ({ json, agent }, file) => ({ command: "check", file, json, agent: agentChoice(agent) }),
  },
  explain: {
    wants: "a name, maybe with a port, such as 'web:80'",
    options: ["manifest", "from", "name"],
    read: ({ manifest: file, from, name, json }, destination) => {
      if (file !== undefined && name !== undefined) return usage("'--manifest' and '--name' exclude each other");
      return { command: "explain", destination, file, from, name, json };
    },
  },
  env: {
    wants: MANIFEST,
    options: ["host", "shell", "with-password"],
    read: ({ host, shell, "with-password": withPassword }, file) => ({ command: "env", file, host, shell, withPassword }),
  },
  replay: {
    wants: "the path of a journal, or the name of a network",
    options: ["at"],
    read: ({ at, json }, journal) => ({ command: "replay", journal, at, json }),
  },
  why: {
    wants: "the name of a host, maybe with a port, such as 'web:8080'",
    options: ["journal"],
    read: ({ journal, json }, asked) => ({ command: "why", asked, journal, json }),
  },
  status: asking("status"),
  streams: asking("streams"),
  traffic: {
    options: ["name", "by", "since"],
    read: ({ name, json, by, since }) => ({ command: "traffic", name, json, by, since }),
  },
  ls: {
    wants: "'hosts', 'services' or 'tunnels'",
    isOptional: true,
    options: ["name"],
    read: ({ name, json }, what) => ({ command: "ls", what, name, json }),
  },
  reload: asking("reload"),
  stop: {
    wants: HOST,
    isOptional: true,
    options: ["name"],
    read: ({ name, json }, host) => ({ command: "stop", host: host === "" ? undefined : host, name, json }),
  },
  start: { wants: HOST, options: ["name"], read: ({ name, json }, host) => ({ command: "start", host, name, json }) },
  logs: {
    options: ["name", "follow", "since"],
    read: ({ name, json, follow, since }) => ({ command: "logs", name, json, follow, since }),
  },
  retry: { wants: HOST, options: ["name"], read: ({ name, json }, host) => ({ command: "retry", host, name, json }) },
  drain: {
    wants: HOST,
    options: ["name", "undo"],
    read: ({ name, json, undo }, host) => ({ command: "drain", host, undo, name, json }),
  },
  remove: { wants: HOST, options: ["name"], read: ({ name, json }, host) => ({ command: "remove", host, name, json }) },
  add: {
    wants: HOST,
    options: ["name", "spec"],
    read({ name, json, spec }, host) {
      if (spec === undefined) return usage("'norouter add' wants --spec and what stands under a host in a manifest");
      return { command: "add", host, spec, name, json };
    },
  },
  schema: { read: () => ({ command: "schema" }) },
  serve: { options: SERVE_OPTIONS, read: (values) => ({ command: "serve", ...serveValues(values) }) },
  agent: { read: ({ debug }) => ({ command: "agent", debug }) },
  "agent bundle": {
    options: ["platform", "agent"],
    read: ({ json, platform = [], agent }) => ({
      command: "agent bundle",
      platforms: platform,
      json,
      agent: agentChoice(agent),
    }),
  },
  "show-example": showExample,
  "show-ex": showExample,
  "show-installer": {
    options: ["embed", "platform", "agent"],
    read: ({ embed, platform = [], agent }) => ({
      command: "show-installer",
      embed,
      platforms: platform,
      agent: agentChoice(agent),
    }),
  },
  verify: {
    wants: "the name of a plugin, or its path",
    options: ["settings", "target"],
    read: ({ settings, target, json }, specifier) => ({ command: "verify", specifier, settings, target, json }),
  },
  "plugin new": {
    wants: "a name for the plugin, such as 'my-front-end'",
    options: ["kind", "dir"],
    read: ({ kind, dir }, name) => ({ command: "plugin new", name, kind, dir }),
  },
  version: { read: () => ({ command: "version" }) },
};

/**
 * The command that `argv` (without program and script) asks for. A first word that is no command is a manifest.
 * @throws NoRouterError `usage`
 */
export function parseInvocation(argv: readonly string[]): Invocation {
  const { values, positionals } = parsed(argv);
  const [first, ...rest] = named(positionals);
  if (values.version || values.v) return version(first, rest);
  if (values.help) return { command: "help", topic: first !== undefined && isCommand(first) ? first : "" };
  if (values["open-editor"]) return edited(first, rest, values);
  if (first === undefined || first === "help" || (first === "h" && rest.length < 2))
    return { command: "help", topic: named(rest)[0] ?? "" };
  if (isCommand(first)) return read(first, COMMANDS[first] as Command, values, rest);
  if (!looksLikeFile(first)) usage(`There is no command "${first}"${nearestOf(first, [...Object.keys(COMMANDS), "help"])}`);
  none(first, rest);
  return read("run", run, values, [first]);
}

/** The command line that explains the command of `argv`, whatever is wrong with its other words. */
export function helpFor(argv: readonly string[]): string {
  const [command] = named(argv.filter((word) => !word.startsWith("-")));
  return command !== undefined && isCommand(command) ? `norouter ${command} --help` : "norouter --help";
}

/** The editor makes the manifest that is run. */
function edited(command: string | undefined, rest: readonly string[], { debug, json }: Values): Invocation {
  if (json) return usage("'--open-editor' is for people and has no '--json'");
  if (command !== undefined && !(isCommand(command) && COMMANDS[command] === run))
    return usage(isCommand(command) ? `'norouter ${command}' has no option "--open-editor"` : NOT_BOTH);
  return rest.length > 0 ? usage(NOT_BOTH) : { command: "open-editor", debug };
}

/** A version that is asked for is another thing than the one that runs. */
function version(command: string | undefined, [wanted]: readonly string[]): Invocation {
  if (wanted === undefined) return { command: "version" };
  const hint = command === "show-installer" ? "; an installer installs the version that printed it" : "";
  return usage(`'--version' prints the version that runs and does not expect "${wanted}"${hint}`);
}

function read(name: string, command: Command, values: Values, words: readonly string[]): Invocation {
  for (const option of SPECIAL) {
    const given = values[option] !== undefined && values[option] !== false;
    if (given && !command.options?.includes(option)) usage(`'norouter ${name}' has no option "--${option}"`);
  }
  if (command.wants === undefined) {
    none(name, words);
    return command.read(values, "");
  }
  const [word, ...more] = words;
  if (word === undefined)
    return command.isOptional ? command.read(values, "") : usage(`'norouter ${name}' wants ${command.wants}`);
  none(`${name} ${word}`, more);
  return command.read(values, word);
}

/** A command of a word that asks a running network. */
function asking(command: "status" | "streams" | "reload"): Command {
  return { options: ["name"], read: ({ name, json }) => ({ command, name, json }) };
}

/** The same words, with the name of a command that is two words as one. */
function named(words: readonly string[]): readonly string[] {
  const [first, second, ...rest] = words;
  const both = `${first} ${second}`;
  return isCommand(both) ? [both, ...rest] : words;
}

function isCommand(word: string): boolean {
  return Object.hasOwn(COMMANDS, word);
}

function looksLikeFile(word: string): boolean {
  return word === "-" || /[./\\]/.test(word);
}

function none(command: string, words: readonly string[]): void {
  if (words.length > 0) usage(`'norouter ${command}' does not expect "${words.join(" ")}"`);
}
