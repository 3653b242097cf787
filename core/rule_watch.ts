// Hears of rules whose data change for the manifest that is applied. Must not ask them.

import type { NoRouterError } from "./errors.ts";
import type { Manifest } from "./manifest/types.ts";
import type { Rule } from "./plugin/rule.ts";
import { watchRules } from "./routes/plan.ts";

/** What rules are watched for. */
export interface RuleWatchOptions {
  readonly rules: readonly Rule[];
  /** The folder of the manifests. */
  readonly folder: string | undefined;
  /** What rules say for this manifest may be something else now. */
  readonly changed: (manifest: Manifest) => void;
  /** A rule cannot be watched, or fails when that ends. */
  readonly failed: (error: NoRouterError) => void;
}

/** A manifest whose rules are watched, until it is known whether it is applied. */
export interface Watching {
  /** It is applied: the one before it is watched no longer. */
  keep(): void;
  /** It is not. */
  drop(): void;
}

/** The rules of one network. */
export class RuleWatch {
  readonly #options: RuleWatchOptions;
  #manifest: Manifest | undefined;
  #dropKept: () => void = () => undefined;
  /** All that is watched: the kept one, and one that is not kept yet. */
  readonly #drops = new Set<() => void>();

  constructor(options: RuleWatchOptions) {
    this.#options = options;
  }

  /** Begins; the rules are asked after that, so that no change is missed between their answer and its use. */
  begin(manifest: Manifest): Watching {
    if (this.isKept(manifest)) return { keep: () => undefined, drop: () => undefined };
    const { rules, folder, changed, failed } = this.#options;
    const end = watchRules(manifest.routes, rules, { folder, changed: () => changed(manifest), failed });
    const drop = () => {
      if (this.#drops.delete(drop)) end();
    };
    this.#drops.add(drop);
    const keep = () => {
      this.#dropKept();
      this.#manifest = manifest;
      this.#dropKept = drop;
    };
    return { keep, drop };
  }

  /** Whether this manifest is the one that was applied last. */
  isKept(manifest: Manifest): boolean {
    return this.#manifest === manifest;
  }

  /** Watches nothing any more, also what is not kept yet. Nothing begins after it. */
  stop(): void {
    for (const drop of this.#drops) drop();
  }
}
