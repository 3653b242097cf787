// A step of setting a program's network up that failed.

import { errorText } from "engine:host";

/** What was tried, and what the system said. */
export class SetUpError extends Error {
  readonly step: string;
  /** Above zero. */
  readonly errno: number;

  constructor(step: string, errno: number) {
    super(`${step}: ${errorText(errno)}`);
    this.step = step;
    this.errno = errno;
  }
}

/** The result of a call that has to go well. @throws SetUpError for one below zero */
export function must(step: string, result: number): number {
  if (result < 0) throw new SetUpError(step, -result);
  return result;
}
