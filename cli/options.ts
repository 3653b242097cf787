// The options of all commands, and the reading of them.

import { parseArgs } from "node:util";
import { messageOf, NoRouterError } from "../core/errors.ts";
import { nearest } from "../core/manifest/text/near.ts";
import { AGENT_CHOICES, type AgentChoice } from "../core/plugin/agent_source.ts";
import { SERVE_OPTIONS } from "./serve_args.ts";

const OPTIONS = {
  json: { type: "boolean", default: false },
  debug: { type: "boolean", default: false },
  embed: { type: "boolean", default: false },
  platform: { type: "string", multiple: true },
  agent: { type: "string" },
  settings: { type: "string" },
  target: { type: "string" },
  kind: { type: "string" },
  dir: { type: "string" },
  manifest: { type: "string" },
  from: { type: "string" },
  at: { type: "string" },
  journal: { type: "string" },
  "no-journal": { type: "boolean", default: false },
  name: { type: "string" },
  watch: { type: "boolean", default: false },
  "no-api": { type: "boolean", default: false },
  follow: { type: "boolean", short: "f", default: false },
  since: { type: "string" },
  by: { type: "string" },
  spec: { type: "string" },
  listen: { type: "string", multiple: true },
  "secret-file": { type: "string", multiple: true },
  cert: { type: "string" },
  key: { type: "string" },
  ca: { type: "string" },
  allow: { type: "string", multiple: true },
  host: { type: "string" },
  shell: { type: "string" },
  publish: { type: "string" },
  outside: { type: "string" },
  check: { type: "boolean", default: false },
  "with-password": { type: "boolean", default: false },
  undo: { type: "boolean", default: false },
  "open-editor": { type: "boolean", short: "e", default: false },
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", short: "V", default: false },
  v: { type: "boolean", short: "v", default: false },
} as const;

/** What a command asks of a running network. */
export interface Asking {
  /** Name of the network; undefined for the one that runs. */
  readonly name: string | undefined;
  readonly json: boolean;
}

/** What a command makes or sends of agents. */
export interface OfAgents {
  /** What hosts get whose settings do not say; undefined for what suits them. */
  readonly agent: AgentChoice | undefined;
}

/** What was given for each option. */
export type Values = ReturnType<typeof parsed>["values"];

/** The words and options of a command line. @throws NoRouterError `usage` */
export function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (thrown) {
    return usage(wrongOption(argv) ?? messageOf(thrown).split(/\.\s/)[0] ?? "");
  }
}

/** What is wrong with the first option that cannot be read. */
function wrongOption(argv: readonly string[]): string | undefined {
  const { tokens } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(OPTIONS, name)) {
      const near = rawName.startsWith("--") ? nearest(name, Object.keys(OPTIONS)) : undefined;
      return `There is no option "${rawName}"${near === undefined ? "" : `; did you mean "--${near}"?`}`;
    }
    const { type } = OPTIONS[name as keyof typeof OPTIONS];
    if (type === "boolean" && value !== undefined) return `'--${name}' takes no value`;
    if (type === "string" && value === undefined) return `'--${name}' wants a value`;
    if (type === "string" && value?.startsWith("-") && value !== "-" && !inlineValue)
      return `'--${name}' wants a value, and "${value}" looks like an option; write '--${name}=${value}' if it is none`;
  }
  return undefined;
}

/** `; did you mean "x"?` where a word is like one of these. */
export function nearestOf(word: string, words: readonly string[]): string {
  const near = nearest(word.toLowerCase(), words);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** What is asked for of agents. @throws NoRouterError `usage` */
export function agentChoice(word: string | undefined): AgentChoice | undefined {
  const choice = AGENT_CHOICES.find((one) => one === word);
  if (word === undefined || choice !== undefined) return choice;
  const wanted = AGENT_CHOICES.map((one) => `'${one}'`).join(", ");
  return usage(`'--agent' wants one of ${wanted}, not "${word}"${nearestOf(word, AGENT_CHOICES)}`);
}

/** Options that not every command has. */
export const SPECIAL = [
  ...(["embed", "platform", "settings", "manifest", "from", "at", "journal", "no-journal", "host", "shell"] as const),
  ...([
    "with-password",
    "name",
    "watch",
    "no-api",
    "follow",
    "since",
    "spec",
    "target",
    "kind",
    "dir",
    "agent",
    "by",
    "undo",
    "publish",
    "outside",
    "check",
  ] as const),
  ...SERVE_OPTIONS,
];

/** Refuses the command line with a message. @throws NoRouterError `usage`, always */
export function usage(message: string): never {
  throw new NoRouterError("usage", message);
}
