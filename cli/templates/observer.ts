// The files of a new observer.

import { named, type TemplateFiles } from "./files.ts";

const MOD = `// NAME, an observer: it looks on at a running network from within its manager, and may change it.
// This one says on standard error what becomes of hosts.

/** @type {import("norouter/toolkit").PluginFactory} */
const plugin = ({ PLUGIN_API }) => ({
  name: "NAME",
  api: PLUGIN_API,
  setup: (context) =>
    context.observer({
      name: "NAME",
      // Begins at once, before there is a network. control knows it, changes it, and has its events and frames.
      observe(control) {
        const detach = control.subscribe((events, network) => {
          for (const event of events) {
            if (event.type !== "host.ready") continue;
            const { name, vip } = network.hosts.get(event.host) ?? {};
            process.stderr.write("NAME: " + name + " is ready at " + vip + "\\n");
          }
        });
        // Called once, when the network has ended: nothing may be left.
        return { stop: async () => detach() };
      },
    }),
});

export default plugin;
`;

const TEST = `// NAME keeps the contract of an observer: it begins at once, disturbs nobody, and leaves nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { registerPlugins } from "norouter";
import { observerCases } from "norouter/conformance";
import { toolkit } from "norouter/toolkit";
import makePlugin from "./mod.mjs";

const make = () => {
  const [observer] = registerPlugins([makePlugin(toolkit)]).observers;
  assert.ok(observer);
  return observer;
};

for (const { name, run } of observerCases) test(name, () => run({ make }));
`;

const NET = `# norouter run net.yaml
plugins: [./mod.mjs]
hosts:
  local: { vip: 127.0.42.100 }
`;

const README = `# NAME

An observer of a running network for norouter.

| file | what |
| --- | --- |
| \`mod.mjs\` | the plugin, as a manifest names it |
| \`NAME_test.mjs\` | the cases of its kind |
| \`net.yaml\` | a manifest to try it with |

    npm test
    norouter verify ./mod.mjs
    norouter check net.yaml
`;

/** The files of an observer of this name. */
export function observer(name: string): TemplateFiles {
  return named(name, { "mod.mjs": MOD, "NAME_test.mjs": TEST, "net.yaml": NET, "README.md": README });
}
