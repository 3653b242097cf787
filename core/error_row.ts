// One row of the table of codes: what it holds, and its defaults.

/** What the project knows about one error code. */
export interface ErrorRow {
  /** One clause: what happened. Sentence case, no full stop. */
  readonly meaning: string;
  /** One clause: what the reader can do about it. */
  readonly advice: string;
  /** Reply byte of SOCKS5 (RFC 1928 section 6). */
  readonly socks: number;
  /** HTTP status (RFC 9110 section 15). */
  readonly http: number;
  /** Process exit code: 0, 1 or a value of BSD's sysexits. */
  readonly exit: number;
  /** Number in a reset frame (1..65535); absent for codes that never cross a link. */
  readonly wire?: number;
  /** False: a host that failed so will fail so again until somebody does something, and is tried less often. */
  readonly mends?: false;
  /** False: a host that failed so is not tried again. */
  readonly again?: false;
}

/** Numbers of a row, as {@link ErrorRow} has them. */
interface Numbers extends Pick<ErrorRow, "wire"> {
  /** Default: 69, EX_UNAVAILABLE. */
  readonly exit?: number;
  /** Default: 1, a failure of any kind. */
  readonly socks?: number;
  /** Default: 502, Bad Gateway. */
  readonly http?: number;
}

/** The row of a failure. */
export function row<const N extends Numbers>(meaning: string, advice: string, numbers: N): ErrorRow & Pick<N, "wire" & keyof N> {
  return { meaning, advice, socks: 1, http: 502, exit: 69, ...numbers };
}

/** The row of a failure to start that does not mend by itself. */
export function stuck<const N extends Numbers>(
  meaning: string,
  advice: string,
  numbers: N,
): ErrorRow & Pick<N, "wire" & keyof N> {
  return { ...row(meaning, advice, numbers), mends: false };
}
