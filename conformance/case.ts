// What the cases of every kind have in common, and the running of them. Must not need a test runner.

import { messageOf } from "../core/errors.ts";
import { settlesWithin } from "../core/settle.ts";

/** One thing that every implementation of a kind has to do. */
export interface Case<Subject> {
  readonly name: string;
  /** Why it cannot be tried on a subject; undefined when it can, as it always can without this. */
  leftOut?(subject: Subject): string | undefined;
  /** Tries it; rejects, with a sentence, where the subject fails. */
  run(subject: Subject): Promise<void>;
}

/** What came of one case. */
export interface CaseOutcome {
  readonly name: string;
  readonly result: "ok" | "failed" | "left out";
  /** Why it failed or was left out. */
  readonly message?: string;
}

/** How cases are run. */
export interface RunOptions {
  /** Longest time for a case, in milliseconds; one that takes longer fails, and what it left is not waited for. Default: 120,000. */
  readonly caseMs?: number;
}

/** Runs cases one after the other, each on a subject of its own, and gives what came of each. */
export async function* runCases<Subject>(
  cases: readonly Case<Subject>[],
  makeSubject: () => Subject | Promise<Subject>,
  { caseMs = 120_000 }: RunOptions = {},
): AsyncGenerator<CaseOutcome, void, undefined> {
  for (const one of cases) yield await outcomeOf(one, makeSubject, caseMs);
}

async function outcomeOf<Subject>(
  { name, leftOut, run }: Case<Subject>,
  makeSubject: () => Subject | Promise<Subject>,
  caseMs: number,
): Promise<CaseOutcome> {
  try {
    const subject = await makeSubject();
    const why = leftOut?.(subject);
    if (why !== undefined) return { name, result: "left out", message: why };
    const running = run(subject);
    if (!(await settlesWithin(running, caseMs)))
      return { name, result: "failed", message: `It has not come to an end within ${caseMs / 1000} s` };
    await running;
    return { name, result: "ok" };
  } catch (thrown) {
    return { name, result: "failed", message: messageOf(thrown) };
  }
}
