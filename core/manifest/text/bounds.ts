// The numbers of the manifest's reader, each once.

/** What a manifest may hold at most. */
export const MANIFEST_BOUNDS = {
  /** Size of the file in bytes; the largest network that fits the ids needs about as much. */
  bytes: 1024 * 1024,
  /** Hosts; their ids have 16 bits, and some stay free for the program's own use. */
  hosts: 65_000,
  /** Collections within each other; a manifest needs five, and the YAML composer is recursive. */
  depth: 32,
  /** YAML tokens; a full mebibyte of the shortest hosts has fewer, hostile files have more. */
  tokens: 500_000,
  /** Values that aliases may stand for, summed over the file; a long text counts as several. */
  aliasValues: 200_000,
  /** Published ports of all hosts, those of the template counted for each host. */
  ports: 500_000,
  /** Findings that are kept; a file with more is not a manifest. */
  diagnostics: 1000,
  /** Findings about one value of a plugin's key; the others are not looked at. */
  issues: 20,
} as const;
