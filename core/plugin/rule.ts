// What says which destinations a route is about. Types only.

/** What an entry of `routes` comes to. */
export interface RuleRoute {
  /** Networks in CIDR notation and globs of names, each maybe with ports behind a colon. One has to fit. */
  readonly to: readonly string[];
  /** The same, left out of `to`. */
  readonly notTo?: readonly string[];
}

/** What a rule may know. */
export interface RuleContext {
  /** The manifest's folder, to which paths in it are relative; undefined where there is none. */
  readonly folder: string | undefined;
}

/**
 * Says which destinations an entry of `routes` is about; what becomes of them, `via` or `action`, stands in the entry.
 * It runs at the manager, before anything is started, and what it gives is data: every host decides by it, and agents load no
 * code for it. It is asked once each time the manifest is read, and again when it says that its answer may be another.
 */
export interface Rule {
  readonly name: string;
  /** Name of the route key that it reads, registered beside it. */
  readonly key: string;
  /**
   * The routes of one entry, in order; among them too the last that fits wins. Must answer at once.
   * @throws NoRouterError when they cannot be had, such as from a file that is not there
   */
  routes(settings: unknown, context: RuleContext): readonly RuleRoute[];
  /**
   * Calls `changed` whenever {@link Rule.routes} may give something else for these settings, such as when a file was written; it is
   * asked again then. What it returns ends that. Absent: the first answer holds until the manifest is read again.
   */
  watch?(settings: unknown, context: RuleContext, changed: () => void): () => void;
}
