// Changes of sources that are compiled: each is of a part that is there once.

import { NoRouterError } from "../core/errors.ts";

/** A part of a file, and what stands in its place. */
export interface Mend {
  readonly wrong: string;
  readonly right: string;
}

/**
 * The text of a file, with its faults mended.
 * @throws NoRouterError `agent-unavailable` where the text is another one
 */
export function mend(file: string, text: string, mends: readonly Mend[]): string {
  return mends.reduce((mended, { wrong, right }) => {
    const parts = mended.split(wrong);
    if (parts.length !== 2) throw new NoRouterError("agent-unavailable", `"${file}" is not the text that is known: ${wrong}`);
    return parts.join(right);
  }, text);
}
