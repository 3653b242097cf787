// The key `stateDir` of a host in the manifest: on unless it says otherwise.

import { otherHome, type Parsed, settingsOf, wrong } from "../../core/manifest/keys/mod.ts";
import type { PluginKey } from "../../core/mod.ts";
import { isInside } from "../support/inside_host.ts";
import { DEFAULT_FOLDER, type StateDirSettings } from "./settings.ts";

/** The directory for what the agent writes, as the manifest has it. */
export interface StateDirSpec extends StateDirSettings {
  readonly disable: boolean;
}

/** The directory for what the agent writes. */
export const stateDirKey: PluginKey<StateDirSpec> = {
  name: "stateDir",
  description: "Directory on the host for what the agent writes.",
  template: true,
  fallback: {},
  schema: settingsOf({
    unknown: "warn",
    fields: {
      pathOnAgent: {
        type: "text",
        parse: parsePath,
        description: "Directory on the host for what the agent writes; '~' and variables are those of the agent's user.",
        fallback: DEFAULT_FOLDER,
      },
      disable: { type: "flag", description: "True: the agent writes no files.", fallback: false },
    },
  }),
  expose: ({ pathOnAgent, disable }, { host }) => (disable || isInside(host) ? undefined : { own: { pathOnAgent } }),
};

function parsePath(path: string): Parsed<string> {
  if (path.includes("\0")) return wrong("'stateDir.pathOnAgent' holds a NUL character");
  // An empty path means the default, as it did for the first NoRouter.
  return otherHome(path) ?? { value: path || DEFAULT_FOLDER };
}
