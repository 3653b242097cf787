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

  /** What is kept under an id; undefined when nothing is. */
  get(id: string): unknown {
    return this.#kept.get(id)?.value;
  }

  /** Begins a change of the whole, which nobody sees before it is committed. */
  draft(): VaultDraft {
    const before = this.#kept;
    const kept = new Map<string, Kept>();
    return {
      put(id, value, last = 0) {
        const old = before.get(id);
        const revision = old ? old.revision + (isSame(old.value, value) ? 0 : 1) : Math.max(last, 1);
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
