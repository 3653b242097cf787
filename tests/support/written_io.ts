// The outside world of a command as a test has it: one text to read, and what was written.

/** What a command may touch. */
export interface WrittenIo {
  readonly io: {
    readonly stdout: (text: string) => void;
    readonly stderr: (text: string) => void;
    readonly readInput: () => Promise<Uint8Array>;
  };
  /** Standard output so far. */
  out(): string;
  /** Standard error so far. */
  err(): string;
}

/** Every file holds `text`. */
export function writtenIo(text: string): WrittenIo {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    stdout: (part: string) => void out.push(part),
    stderr: (part: string) => void err.push(part),
    readInput: async () => new TextEncoder().encode(text),
  };
  return { io, out: () => out.join(""), err: () => err.join("") };
}
