// A host's command to words, and the only file that knows the splitting library.

import { split } from "shlex";
import { type Parsed, wrong } from "./parsed.ts";

/** The words of a command line, quotes and backslashes as in a POSIX shell; nothing is expanded. */
export function splitCommand(line: string): Parsed<readonly string[]> {
  try {
    return checkWords(split(line));
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes("escape")) return wrong("'cmd' ends in a lone backslash");
    return wrong("'cmd' has a quote that is not closed", "Close it, or write 'cmd' as a list of words");
  }
}

/** The words as they are, unless no program could be started with them. */
export function checkWords(words: readonly string[]): Parsed<readonly string[]> {
  if (words[0]?.trim() === "") return wrong("First word of 'cmd' is empty, the name of a program was wanted");
  // The operating system ends a word at NUL, so the program would get another word than the one written.
  if (words.some((word) => word.includes("\0"))) return wrong("'cmd' holds a NUL character");
  return { value: words };
}
