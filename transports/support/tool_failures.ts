// What the words of a tool mean when it fails.

import { type CarrierEnd, cannotRun, ERRORS, type ErrorCode, NoRouterError } from "../../core/mod.ts";

/** What a tool says when something is wrong, and what it means. */
export interface ToolFailure {
  /** Found in the last lines of standard error, joined by line ends. */
  readonly says: RegExp;
  readonly code: ErrorCode;
  /** The sentence; `$1`, `$2` are the groups of `says`. Default: the meaning of the code. */
  readonly message?: string;
  /** It also tells how an agent that ran was lost; all others are about the way to it. */
  readonly later?: true;
}

/** Words that a tool may say. */
interface Known {
  readonly failures: readonly ToolFailure[];
}

/** What a tool's end means, if it is known. */
export function explained(
  { failures }: Known,
  [tool = ""]: readonly string[],
  { error, stderr }: CarrierEnd,
): NoRouterError | undefined {
  if (error?.code === "agent-not-found") return new NoRouterError("tool-missing", `"${tool}" is not installed on this machine`);
  return error ?? meant(failures, stderr.join("\n"));
}

/** What the end of an agent that ran means: most of what a tool says, it said on the way there. */
export function lost({ failures }: Known, { exitCode, stderr }: CarrierEnd): NoRouterError | undefined {
  const last = stderr.at(-1) ?? "";
  if (cannotRun(exitCode) && /not found|no such file|permission denied|exec format/i.test(last))
    return new NoRouterError("agent-damaged", `The agent that is kept on the host cannot be started: ${last}`);
  return meant(
    failures.filter(({ later }) => later),
    last,
  );
}

function meant(failures: readonly ToolFailure[], said: string): NoRouterError | undefined {
  for (const { says, code, message } of failures) {
    const found = says.exec(said);
    if (!found) continue;
    const sentence = message ?? ERRORS[code].meaning;
    return new NoRouterError(
      code,
      sentence.replace(/\$(\d)/g, (_, at: string) => found[Number(at)] ?? ""),
    );
  }
  return undefined;
}
