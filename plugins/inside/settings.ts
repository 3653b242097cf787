// What the log keeps of the key `inside` for its host. Types, and what may be chosen.

/** What becomes of destinations that are no host's. */
export const OUTSIDE = ["direct", "routes", "none"] as const;

/** Which ports of the program are published beside those of the manifest. */
export const PUBLISH = ["auto", "none"] as const;

/** A program inside, as its host knows it. */
export interface InsideSettings {
  /** `direct`: its machine reaches them, as it does without the network; `routes`: routes alone lead there; `none`: nothing does. */
  readonly outside: (typeof OUTSIDE)[number];
  /** `auto`: all that it listens on. */
  readonly publish: (typeof PUBLISH)[number];
}
