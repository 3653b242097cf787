// The command line: words to one command. Pure; must not read files or print.

import { parseArgs } from "node:util";
import { messageOf, NoRouterError } from "../core/errors.ts";
import { nearest } from "../core/manifest/near.ts";

/** What the user asked for. */
export type Invocation =
  | { readonly command: "run"; readonly file: string; readonly json: boolean; readonly debug: boolean }
  | { readonly command: "check"; readonly file: string; readonly json: boolean }
  | { readonly command: "agent"; readonly debug: boolean }
  | { readonly command: "schema" | "version" }
  | { readonly command: "help"; readonly topic: string };

const COMMANDS = ["run", "manager", "check", "schema", "agent", "help"];

const OPTIONS = {
  json: { type: "boolean", default: false },
  debug: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", short: "V", default: false },
} as const;

/**
 * The command that `argv` (without program and script) asks for. A first word that is no command is a manifest.
 * @throws NoRouterError `usage`
 */
export function parseInvocation(argv: readonly string[]): Invocation {
  const { values, positionals } = parsed(argv);
  const { json, debug } = values;
  const [first = "help", ...rest] = positionals;
  if (values.version) return { command: "version" };
  if (values.help) return { command: "help", topic: COMMANDS.includes(first) ? first : "" };
  switch (first) {
    case "help":
      return { command: "help", topic: rest[0] ?? "" };
    case "agent":
      none(first, rest);
      return { command: "agent", debug };
    case "schema":
      none(first, rest);
      return { command: "schema" };
    case "check":
      return { command: "check", file: one(first, rest), json };
    case "run":
    case "manager":
      return { command: "run", file: one(first, rest), json, debug };
    default:
      if (!looksLikeFile(first)) usage(`There is no command "${first}"${suggestion(first)}`);
      none(first, rest);
      return { command: "run", file: first, json, debug };
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (thrown) {
    return usage(messageOf(thrown).split(/\.\s/)[0] ?? "");
  }
}

function suggestion(word: string): string {
  const near = nearest(word.toLowerCase(), COMMANDS);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

function looksLikeFile(word: string): boolean {
  return word === "-" || /[./\\]/.test(word);
}

function one(command: string, words: readonly string[]): string {
  const [file, ...more] = words;
  if (file === undefined) return usage(`'norouter ${command}' wants the path of a manifest`);
  none(`${command} ${file}`, more);
  return file;
}

function none(command: string, words: readonly string[]): void {
  if (words.length > 0) usage(`'norouter ${command}' does not expect "${words.join(" ")}"`);
}

function usage(message: string): never {
  throw new NoRouterError("usage", message);
}
