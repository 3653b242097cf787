// What the cases of every kind have in common, and the running of them. Must not need a test runner.

import { messageOf } from "../core/errors.ts";

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

/** Runs cases one after the other, each on a subject of its own, and gives what came of each. */
export async function* runCases<Subject>(
  cases: readonly Case<Subject>[],
  makeSubject: () => Subject | Promise<Subject>,
): AsyncGenerator<CaseOutcome, void, undefined> {
  for (const one of cases) yield await outcomeOf(one, makeSubject);
}

async function outcomeOf<Subject>(
  { name, leftOut, run }: Case<Subject>,
  makeSubject: () => Subject | Promise<Subject>,
): Promise<CaseOutcome> {
  try {
    const subject = await makeSubject();
    const why = leftOut?.(subject);
    if (why !== undefined) return { name, result: "left out", message: why };
    await run(subject);
    return { name, result: "ok" };
  } catch (thrown) {
    return { name, result: "failed", message: messageOf(thrown) };
  }
}
