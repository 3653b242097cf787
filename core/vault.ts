// What must never be in the log: the ways to hosts with all that stands in them, passwords of proxies. In the manager's memory
// alone, under ids that stay the same while the network changes.

import { isSame } from "./ledger/same.ts";

/** One secret. */
interface Kept {
  readonly value: unknown;
  readonly revision: number;
}

/** The secrets of one manager. */
export class Vault {
  #kept: ReadonlyMap<string, Kept> = new Map();
  /** What the change under way puts. */
  #drafted: ReadonlyMap<string, Kept> = new Map();
  /** The highest revision that an id ever had. */
  readonly #highest = new Map<string, number>();

  /**
   * What is kept under an id; undefined when nothing is.
   * @param revision This one alone, also of a change that is not committed yet: the log may tell of it a moment before.
   */
  get(id: string, revision?: number): unknown {
    const found = [this.#kept.get(id), this.#drafted.get(id)];
    if (revision === undefined) return found[0]?.value;
    return found.find((kept) => kept?.revision === revision)?.value;
  }

  /** Begins a change of the whole. */
  draft(): VaultDraft {
    const before = this.#kept;
    const kept = new Map<string, Kept>();
    this.#drafted = kept;
    return {
      put: (id, value, last = 0) => {
        const old = before.get(id);
        const isKept = old !== undefined && isSame(old.value, value);
        const revision = isKept ? old.revision : Math.max(last, (this.#highest.get(id) ?? 0) + 1);
        this.#highest.set(id, Math.max(revision, this.#highest.get(id) ?? 0));
        kept.set(id, { value, revision });
        return revision;
      },
      commit: () => {
        this.#kept = kept;
      },
    };
  }
}

/** A change of a vault. */
export interface VaultDraft {
  /**
   * Keeps a value under an id.
   * @param last Revision that the log has for this id; a manager that takes up a log goes on from there.
   * @returns Its revision, from 1: a new one when the value is another than the one before.
   */
  put(id: string, value: unknown, last?: number): number;
  /** Makes it so, and forgets what was not put. */
  commit(): void;
}
