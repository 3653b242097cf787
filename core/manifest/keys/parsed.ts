// What a parser of one text gives back.

/** A value, or a sentence saying what is and what was wanted, and maybe advice. */
export type Parsed<T> = { readonly value: T } | ParseFailure;

/** Why a text was not taken. */
export interface ParseFailure {
  readonly wrong: string;
  readonly hint: string | undefined;
}

/** A failure. */
export function wrong(message: string, hint?: string): ParseFailure {
  return { wrong: message, hint };
}
