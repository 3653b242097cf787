// A rule of others as tests use it: `names-of: org` is about the names of a domain, and about one network. Must import
// nothing that a plugin of others could not.

import type { PluginKey } from "../core/plugin/key.ts";
import { PLUGIN_API, type Plugin, type PluginContext } from "../core/plugin/plugin.ts";
import type { Rule } from "../core/plugin/rule.ts";

/** The rule's key. */
export const namesKey: PluginKey = {
  name: "names-of",
  description: "A domain, for tests.",
  destinations: true,
  schema: {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => (typeof value === "string" ? { value } : { issues: [{ message: "is no string" }] }),
    },
  },
};

/** The rule itself. */
export const namesRule: Rule = {
  name: "names",
  key: "names-of",
  routes: (settings) => [{ to: [`*.${String(settings)}`] }, { to: ["10.99.0.0/16"], notTo: ["10.99.1.0/24"] }],
};

function setup({ routeKey, rule }: PluginContext): void {
  routeKey(namesKey);
  rule(namesRule);
}

/** As a manifest's `plugins` loads it. */
const plugin: Plugin = { name: "names", api: PLUGIN_API, setup };

export default plugin;
