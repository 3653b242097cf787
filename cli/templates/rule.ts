// The files of a new rule.

import { named, type TemplateFiles } from "./files.ts";

const MOD = `// NAME, a rule: a key of a route in the manifest, and the destinations that the route is about.
// It runs in the manager alone; what it gives is data, by which every host decides.

/** @type {import("norouter/toolkit").PluginFactory} */
const plugin = ({ PLUGIN_API, settingOf }) => ({
  name: "NAME",
  api: PLUGIN_API,
  setup(context) {
    context.routeKey({
      name: "NAME",
      description: "Domains, with all that is below them.",
      destinations: true,
      schema: settingOf({ type: "list of strings", description: "Domains." }),
    });
    context.rule({
      name: "NAME",
      key: "NAME",
      // Answers at once; the settings are what the schema made of the value.
      routes(settings) {
        const domains = /** @type {readonly string[]} */ (settings);
        return [{ to: domains.flatMap((domain) => [domain, "*." + domain]) }];
      },
    });
  },
});

export default plugin;
`;

const TEST = `// NAME keeps the contract of a rule: it answers at once, gives only data, and takes nonsense.

import assert from "node:assert/strict";
import { test } from "node:test";
import { registerPlugins } from "norouter";
import { ruleCases } from "norouter/conformance";
import { toolkit } from "norouter/toolkit";
import makePlugin from "./mod.mjs";

const { rules, keys } = registerPlugins([makePlugin(toolkit)]);
const [rule] = rules;
const [key] = keys.route;

assert.ok(rule && key);
/** @type {import("norouter/conformance").RuleSubject} */
const subject = { rule, key, value: ["example.com"] }; // a value as a manifest has it

for (const { name, leftOut, run } of ruleCases) test(name, { skip: leftOut?.(subject) ?? false }, () => run(subject));
`;

const NET = `# norouter explain www.example.com --manifest net.yaml
plugins: [./mod.mjs]
hosts:
  local: { vip: 127.0.42.100 }
routes:
  - NAME: [example.com]
    action: refuse
`;

const README = `# NAME

A rule of routes for norouter.

| file | what |
| --- | --- |
| \`mod.mjs\` | the plugin, as a manifest names it |
| \`NAME_test.mjs\` | the cases of its kind |
| \`net.yaml\` | a manifest to try it with |

    npm test
    norouter verify ./mod.mjs --settings '{ NAME: [example.com] }'
    norouter check net.yaml
`;

/** The files of a rule of this name. */
export function rule(name: string): TemplateFiles {
  return named(name, { "mod.mjs": MOD, "NAME_test.mjs": TEST, "net.yaml": NET, "README.md": README });
}
