// What commands are often written wrong, before anything is started. Knows the well-known tools by name; must not
// refuse anything, as a command may be a wrapper of its own.

import { quoted } from "../../core/manifest/keys/mod.ts";
import type { CheckedManifest, Note } from "../../core/mod.ts";

/** A finding about a command that may still work. */
export interface Advice {
  readonly message: string;
  readonly hint: string;
}

/** Tools whose `exec` or `run` passes standard input and output on, and the flags that put a terminal in between. */
const CONTAINER_TOOL = /^(docker|podman|nerdctl|kubectl|oc|lxc|incus)$/;
const CONTAINER_TERMINAL = /^(-[dit]*t[dit]*[a-z]?|--tty(=true)?|--force-interactive)$/;
const SSH_TERMINAL = /^(-[46AaCfGgKkMNnqsTVvXxYy]*t[46AaCfGgKkMNnqsTtVvXxYy]*|(-o)?RequestTTY=(yes|force))$/;
/** Those of them that pass standard input on only when told to. */
const NEEDS_INPUT = /^(docker|podman|nerdctl|kubectl|oc)$/;
const SHELL = /^(sh|bash|dash|ash|ksh|zsh)$/;
const SHELL_SCRIPT = /^-[a-z]*c$/;

/** Warns of commands that are likely wrong. */
export function checkCommands({ hosts }: CheckedManifest, note: Note): void {
  for (const { name, settings } of hosts) {
    const advice = settings.cmd && commandAdvice(settings.cmd, settings.install);
    if (advice) note({ severity: "warning", ...advice, at: { host: name, key: "cmd" } });
  }
}

/** What is likely wrong with the words of a command; undefined for most. With `install` they are the prefix of another. */
export function commandAdvice(words: readonly string[], install = false): Advice | undefined {
  const programs = words.map((word) => word.slice(word.lastIndexOf("/") + 1));
  return (
    terminalAdvice(words, programs) ??
    inputAdvice(words, programs) ??
    shellAdvice(words, programs) ??
    (install ? prefixAdvice(words, programs) : agentAdvice(words, programs))
  );
}

/** `docker exec web` without `-i` has no standard input. */
function inputAdvice(words: readonly string[], programs: readonly string[]): Advice | undefined {
  const { tool, verb: exec } = toolIn(words, programs, NEEDS_INPUT, ["exec"]);
  if (exec < 0 || words[exec - 1] === "compose") return undefined;
  // kubectl takes options behind the pod as well.
  const own = /^(kubectl|oc)$/.test(programs[tool] ?? "") ? wordsUpToDashes(words, exec) : optionsAfter(words, exec);
  if (own.some((word) => /^(-[a-z]*i[a-z]*|--interactive|--stdin)(=true)?$/.test(word))) return undefined;
  return { message: "Command gives the agent no standard input", hint: `Write '${programs[tool]} exec -i'` };
}

/** Operators, redirections, homes and expansions. ssh hands them to a shell. */
const SHELL_SYNTAX = /^(\|\|?|&&?|;|[0-9]?>.*|<.*|#)$|.;$|^~($|\/)|\$[A-Za-z_({]|`/;
/** Patterns of file names, and lists in braces that hold no JSON; `?` is in URLs as well. */
const SHELL_PATTERN = /^(?!.*:\/\/).*(?:[*?]|\{[^{}"':]*,[^{}"':]*\})/;
/** So much of a word is looked at. */
const LONGEST_PATTERN = 1000;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;
/** Commands that only a shell has. */
const SHELL_COMMAND = /^(\.|:|alias|cd|eval|exec|export|if|set|source|trap|ulimit|umask|unset)$/;

function shellAdvice(words: readonly string[], programs: readonly string[]): Advice | undefined {
  if (programs.some((program) => SHELL.test(program) || program === "ssh")) return undefined;
  const [first = ""] = words;
  if (ASSIGNMENT.test(first))
    return { message: `Command begins with '${nameOf(first)}', and no shell reads it`, hint: "Write 'env' before it" };
  const word =
    words.find((one) => SHELL_SYNTAX.test(one) || SHELL_PATTERN.test(one.slice(0, LONGEST_PATTERN))) ??
    (SHELL_COMMAND.test(first) ? first : undefined);
  if (word === undefined) return undefined;
  const hint = 'Write ["sh", "-c", "... norouter \\"$@\\"", "sh"] to have one, or the path in full';
  return { message: `Command holds ${quoted(word)}, and no shell reads it`, hint };
}

/** An assignment without its value, which may be a password. */
function nameOf(assignment: string): string {
  return `${assignment.slice(0, assignment.indexOf("=") + 1)}...`;
}

function wordsUpToDashes(words: readonly string[], at: number): readonly string[] {
  const rest = words.slice(at + 1);
  return rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
}

/** What follows a prefix is a shell's command, so `norouter` or a shell at its end would get it as arguments. */
function prefixAdvice(words: readonly string[], programs: readonly string[]): Advice | undefined {
  if (words.length > 1 && SHELL.test(programs.at(-1) ?? ""))
    return { message: "Command ends in a shell, which 'install' appends by itself", hint: "Leave it out" };
  const named = words.at(-1) === "agent" ? programs.at(-2) : programs.at(-1);
  if (named !== "norouter" || words.length < 2) return undefined;
  const hint = "End it where the shell's command would begin, such as 'docker exec -i web', or take 'install' out";
  return { message: "Command ends in 'norouter', but 'install' makes it the prefix of a shell command", hint };
}

/** Where the first of these tools stands, and its verb; -1 where there is none. */
function toolIn(words: readonly string[], programs: readonly string[], tools: RegExp, verbs: readonly string[]) {
  const tool = programs.findIndex((program) => tools.test(program));
  return { tool, verb: tool < 0 ? -1 : words.findIndex((word, at) => at > tool && verbs.includes(word)) };
}

function terminalAdvice(words: readonly string[], programs: readonly string[]): Advice | undefined {
  const { verb: exec } = toolIn(words, programs, CONTAINER_TOOL, ["exec", "run"]);
  const flag = exec < 0 ? undefined : optionsAfter(words, exec).find((word) => CONTAINER_TERMINAL.test(word));
  if (flag !== undefined) return terminal(flag, "Write '-i' alone");
  if (exec > 0 && words[exec - 1] === "compose" && !optionsAfter(words, exec).some((word) => /^(-[a-z]*T|--no-T)/i.test(word)))
    return terminal(`compose ${words[exec]}`, "Add '-T'");
  const ssh = programs.indexOf("ssh");
  const inSsh = ssh < 0 ? undefined : optionsAfter(words, ssh).find((word) => SSH_TERMINAL.test(word));
  return inSsh === undefined ? undefined : terminal(inSsh, "Leave it out");
}

function terminal(what: string, hint: string): Advice {
  return { message: `Command asks for a terminal with '${what}', which changes the bytes on their way`, hint };
}

/** The words up to `--`, or up to a word that is neither an option, nor may be its value, nor the first of all. */
function optionsAfter(words: readonly string[], at: number): readonly string[] {
  const rest = words.slice(at + 1);
  const isOption = (word: string | undefined) => word === undefined || word.startsWith("-");
  const end = rest.findIndex((word, index) => word === "--" || !(isOption(word) || isOption(rest[index - 1])));
  return end < 0 ? rest : rest.slice(0, end);
}

/** The word `agent` is appended: it must reach `norouter`, and once. */
function agentAdvice(words: readonly string[], programs: readonly string[]): Advice | undefined {
  if (programs.at(-2) === "norouter" && words.at(-1) === "agent")
    return { message: "Command ends in 'agent', a word that is appended by itself", hint: "Leave it out" };
  const { verb: exec } = toolIn(words, programs, CONTAINER_TOOL, ["exec"]);
  if (
    exec > 0 &&
    words[exec - 1] !== "compose" &&
    programs.at(-1) !== "norouter" &&
    optionsAfter(words, exec).length === words.length - exec - 1
  )
    return {
      message: "Command names no program on the host",
      hint: "End it in 'norouter', or add 'install: true' to have the agent sent",
    };
  const shell = programs.findIndex((program) => SHELL.test(program));
  const flag = shell < 0 ? -1 : words.findIndex((word, at) => at > shell && SHELL_SCRIPT.test(word));
  const [script, ...parameters] = flag < 0 ? [] : words.slice(flag + 1);
  if (script === undefined || !script.includes("norouter")) return undefined; // what else it starts is its own affair
  const ssh = programs.indexOf("ssh");
  if (ssh >= 0 && ssh < shell) {
    if (!script.includes(" ") || /^['"]/.test(script)) return undefined;
    const hint = "Write what the other side's shell is to read, such as ssh web norouter";
    return { message: "ssh joins its words with spaces, so that the script ends at its first space", hint };
  }
  if (/\bagent\b/.test(script)) return undefined;
  // The first word after the script is its $0; "agent" is one more at the end.
  const passedOn = parameters.length > 0 ? /\$\{?[@*1-9]/ : /\$\{?0/;
  if (passedOn.test(script)) return undefined;
  const hint = `Write ["sh", "-c", "exec norouter \\"$@\\"", "sh"]: "$@" is the word, and the last "sh" is the script's own name`;
  return { message: "Script does not pass on the word 'agent', which is appended to the command", hint };
}
