// A rule of others as tests use it: `names-of: org` is about the names of a domain, and about one network. Must import
// nothing that a plugin of others could not.

import type { Plugin } from "../core/plugin/plugin.ts";
import type { Rule } from "../core/plugin/rule.ts";

/** The rule itself. */
export const namesRule: Rule = {
  name: "names",
  routeKey: {
    name: "names-of",
    description: "A domain, for tests.",
    schema: {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => (typeof value === "string" ? { value } : { issues: [{ message: "is no string" }] }),
      },
    },
  },
  routes: (settings) => [{ to: [`*.${String(settings)}`] }, { to: ["10.99.0.0/16"], notTo: ["10.99.1.0/24"] }],
};

/** As a manifest's `plugins` loads it. */
const plugin: Plugin = { name: "names", api: 1, setup: ({ rule }) => rule(namesRule) };
export default plugin;
