// The key `inside` of a host in the manifest: what a program inside may reach.

import { quoted, settingsOf } from "../../core/manifest/keys/mod.ts";
import type { PluginKey } from "../../core/mod.ts";
import { type InsideSettings, OUTSIDE, PUBLISH } from "./settings.ts";

const NAME = "inside";
/** Keys that lead to the agent of a program inside. */
const WAYS: readonly string[] = ["exec", "agentSocket"];

/** What a program inside may reach. */
export const insideKey: PluginKey<InsideSettings> = {
  name: NAME,
  description: "What the program of a host may do that 'exec' starts.",
  fallback: {},
  fallbackWith: WAYS,
  schema: settingsOf({
    fields: {
      outside: {
        type: "choice",
        choices: OUTSIDE,
        description:
          "What becomes of destinations that are no host's: 'direct' reaches them as the machine does, 'routes' where a route leads there, 'none' refuses them.",
        fallback: "direct",
      },
      publish: {
        type: "choice",
        choices: PUBLISH,
        description: "Which ports are published beside those at 'ports': 'auto', all that the program listens on, or 'none'.",
        fallback: "auto",
      },
    },
  }),
  check({ hosts }, note) {
    for (const { name, settings, keys } of hosts) {
      if (!Object.hasOwn(keys, NAME) || WAYS.some((way) => settings[way] !== undefined)) continue;
      const message = `Host ${quoted(name)} has 'inside', but 'exec' does not start it`;
      note({
        severity: "error",
        message,
        hint: "Leave 'inside' out, or start a program with 'exec'",
        at: { host: name, key: NAME },
      });
    }
  },
  publishes: ({ publish }) => publish === "auto",
  expose: ({ outside, publish }) => ({ own: { outside, publish } }),
};
