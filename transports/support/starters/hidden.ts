// What must not be seen in what a tool says: values that its command line held. Pure.

import { MASK } from "../../../core/mod.ts";

/** Shorter values are found only together with their name: on their own they would be found everywhere. */
const SHORTEST = 4;
/** Names of options whose value is the next word. */
const SECRET_NAME = /pass|secret|token|credential|api-?key|auth/i;

/** Of the words of a command line, those parts that may be secret: values of `NAME=value`, and what follows an option for a password. */
export function secretsIn(words: readonly string[]): string[] {
  const found = words.flatMap((word, at) => (SECRET_NAME.test(optionBefore(words, at)) ? [word] : valuesIn(word)));
  return found.filter((value) => value.length >= SHORTEST);
}

/** `--network=host` is no secret, `--env=NAME=value` and `-eNAME=value` are. */
function valuesIn(word: string): string[] {
  const [, name, value = ""] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
  if (name === undefined) return [];
  if (!name.startsWith("--") || SECRET_NAME.test(name)) return [value, word];
  return value.includes("=") ? [value.slice(value.indexOf("=") + 1), value] : [];
}

function optionBefore(words: readonly string[], at: number): string {
  const before = words[at - 1] ?? "";
  return before.startsWith("-") && !before.includes("=") ? before : "";
}

/** A value as tools write it: as it is, in quotation marks, and line by line. */
function formsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).filter((line) => line.length >= SHORTEST);
  return [value, JSON.stringify(value).slice(1, -1), ...lines];
}

/** A text without these values. */
export function without(text: string, hidden: readonly string[]): string {
  const longestFirst = [...new Set(hidden.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, value) => rest.replaceAll(value, () => MASK), text);
}
