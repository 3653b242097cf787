// What a process lets streams reach, whoever manages it. Types only.

import type { Place } from "../place.ts";

/** What the owner of a machine lets streams reach there. Every egress that dials asks it, also for what comes from this very host. */
export interface Guard {
  /** Whether a name may be looked up in order to connect to one of its addresses. */
  mayLookUp(name: string, port: number): boolean;
  /**
   * Whether a place may be connected to.
   * @param place A Unix socket by its absolute path, or an address.
   * @param name The name that the address was found by.
   */
  mayReach(place: Place, name?: string): boolean;
  /** Whether a shell may read a line of the manifest. */
  mayRun(command: string): boolean;
  /** Hears of what was refused. */
  refused(place: Place): void;
}
