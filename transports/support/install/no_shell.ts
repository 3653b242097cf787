// What a command that gave no shell was instead, by its exit code and its last words. Pure.

import { type CarrierEnd, cannotRun, firstCharacters, NoRouterError } from "../../../core/mod.ts";

const RESTRICTED = "Account's shell is a restricted one, such as 'rbash': it may start chosen programs only, and write nothing";

/** Programs in a shell's place that are known by their words. */
const KNOWN: readonly (readonly [says: RegExp, sentence: string])[] = [
  [/account is (?:currently )?not available/i, "Account may not log in: its shell is 'nologin'"],
  [/git shell|unrecognized command 'sh'/i, "Account is for Git alone: its shell is 'git-shell'"],
  [/^fish: |in fish, please|Unable to read input file/m, "Host's shell is fish, a POSIX 'sh' was wanted"],
  [/File "<stdin>", line \d+/, "Host's command is Python, a POSIX 'sh' was wanted"],
  [/\bnu::/, "Host's shell is Nushell, a POSIX 'sh' was wanted"],
  [/^xonsh: /m, "Host's shell is xonsh, a POSIX 'sh' was wanted"],
  [/Exception: .*exec: ":"/, "Host's shell is Elvish, a POSIX 'sh' was wanted"],
  [/(?:^|\/)-?r(?:bash|ksh|zsh): /m, RESTRICTED],
];

/** The longest line that is repeated in a sentence, in characters. */
const LONGEST_QUOTE = 120;

/** What the first answer tells of a shell that is not POSIX's: csh and tcsh read `$?0` as one word. */
export function foreignShell(answer: string): NoRouterError | undefined {
  if (!/^hello \d$/.test(answer)) return undefined;
  return new NoRouterError("not-a-shell", "Host's shell is csh or tcsh, a POSIX 'sh' was wanted");
}

/** What a shell said of itself that starts no other program and writes no file. */
export function restrictedShell(): NoRouterError {
  return new NoRouterError("not-a-shell", RESTRICTED);
}

/** What is known by its words, which an end's last lines hold. */
export function knownProgram({ stderr = [] }: Partial<CarrierEnd>): NoRouterError | undefined {
  const known = KNOWN.find(([says]) => says.test(stderr.join("\n")));
  return known && new NoRouterError("not-a-shell", known[1]);
}

/**
 * What an end means where a shell was wanted; undefined when nothing is known.
 * @param end `stderr` holds all that was printed.
 * @param silent It ended only when its input was closed, since it had not answered.
 */
export function withoutShell({ exitCode, stderr = [] }: Partial<CarrierEnd>, silent: boolean): NoRouterError | undefined {
  const known = knownProgram({ stderr });
  if (known) return known;
  const last = firstCharacters(stderr.at(-1)?.trim() ?? "", LONGEST_QUOTE);
  if (silent && exitCode !== undefined) {
    const words = last ? `then said "${last}"` : "said nothing";
    return new NoRouterError("not-a-shell", `Host's command is no shell: it took what it was sent to the end and ${words}`);
  }
  if (exitCode === 0 && last) return new NoRouterError("not-a-shell", `Host's command said "${last}" and ended without a shell`);
  if (exitCode === 0)
    return new NoRouterError("agent-failed", "Shell ended at once, as one without input does; is '-i' missing?");
  if (!cannotRun(exitCode)) return undefined;
  return new NoRouterError("no-shell", `Command ended with exit code ${exitCode} before a shell answered`);
}
