// The journal as a plugin: the log on disk.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { JOURNAL_LIMIT_ROWS } from "./limits.ts";
import { journalPath } from "./path.ts";
import { journalStore } from "./store.ts";

export { type JournalOptions, journalStore } from "./store.ts";

/**
 * Keeps the log in a file of the user's state folder. What the disk does not take while the network runs is kept in memory: a
 * network whose log takes nothing could not even say that a host has failed.
 */
export const journalPlugin: Plugin = {
  name: "journal",
  api: PLUGIN_API,
  setup(context) {
    context.limits(JOURNAL_LIMIT_ROWS);
    context.store({
      name: "journal",
      open: ({ network, path = journalPath(network), limits, note }) =>
        journalStore({ path, network, limits, note, goesOn: note }),
    });
  },
};
