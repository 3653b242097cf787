// The command line: words to one command. Pure.

import { EXEC_OPTIONS, execValues } from "./exec_args.ts";
import type { Invocation } from "./invocation.ts";
import { agentChoice, nearestOf, parsed, SPECIAL, usage, type Values } from "./options.ts";
import { SERVE_OPTIONS, serveValues } from "./serve_args.ts";

/** One command: what it wants and what it then is. */
interface Command {
  /** What its one word is, such as `the path of a manifest`; without it the command takes no word. */
  readonly wants?: string;
  /** It may be left out. */
  readonly isOptional?: boolean;
  /** Options that other commands do not have. */
  readonly options?: readonly (keyof Values)[];
  /** The second parameter is its one word, or ""; the last is what stands behind `--`. */
  read(values: Values, word: string, program: readonly string[]): Invocation;
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
  exec: { options: EXEC_OPTIONS, read: (values, _, program) => ({ command: "exec", ...execValues(values, program) }) },
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
  const { words, program } = programOf(argv);
  const { values, positionals } = parsed(words);
  const [first, ...rest] = named(positionals);
  if (values.version || values.v) return version(first, rest);
  if (values.help) return { command: "help", topic: first !== undefined && isCommand(first) ? first : "" };
  if (values["open-editor"]) return edited(first, rest, values);
  if (first === undefined || first === "help" || (first === "h" && rest.length < 2))
    return { command: "help", topic: named(rest)[0] ?? "" };
  if (isCommand(first)) return read(first, COMMANDS[first] as Command, values, rest, program);
  if (!looksLikeFile(first)) usage(`There is no command "${first}"${nearestOf(first, [...Object.keys(COMMANDS), "help"])}`);
  none(first, rest);
  return read("run", run, values, [first]);
}

/** The command line of `exec` ends with one of its own, whose words mean nothing here. */
function programOf(argv: readonly string[]): { readonly words: readonly string[]; readonly program: readonly string[] } {
  const end = argv.find((word) => !word.startsWith("-")) === "exec" ? argv.indexOf("--") : -1;
  return end === -1 ? { words: argv, program: [] } : { words: argv.slice(0, end), program: argv.slice(end + 1) };
}

/** The command line that explains the command of `argv`, whatever is wrong with its other words. */
export function helpFor(argv: readonly string[]): string {
  const [command] = named(programOf(argv).words.filter((word) => !word.startsWith("-")));
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

function read(
  name: string,
  command: Command,
  values: Values,
  words: readonly string[],
  program: readonly string[] = [],
): Invocation {
  for (const option of SPECIAL) {
    const given = values[option] !== undefined && values[option] !== false;
    if (given && !command.options?.includes(option)) usage(`'norouter ${name}' has no option "--${option}"`);
  }
  if (command.wants === undefined) {
    if (name === "exec" && words.length > 0) usage(`Put '--' before the program: 'norouter exec -- ${words.join(" ")}'`);
    none(name, words);
    return command.read(values, "", program);
  }
  const [word, ...more] = words;
  if (word === undefined)
    return command.isOptional ? command.read(values, "", program) : usage(`'norouter ${name}' wants ${command.wants}`);
  none(`${name} ${word}`, more);
  return command.read(values, word, program);
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
