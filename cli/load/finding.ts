// A finding that has no place within its file. Must not know what is found.

/** An error about a file as a whole. */
export const FILE_FINDING = { severity: "error", line: 0, column: 0, text: "", length: 1 } as const;
