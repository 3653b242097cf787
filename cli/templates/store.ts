// The files of a new store.

import { named, type TemplateFiles } from "./files.ts";

const MOD = `// NAME, a store: where the log of a network lives, in place of the journal.
// This one keeps it in memory, and is where to begin with one on disk or on a server.

/** @type {import("norouter/toolkit").PluginFactory} */
const plugin = ({ PLUGIN_API, memoryStore }) => ({
  name: "NAME",
  api: PLUGIN_API,
  setup: (context) =>
    context.store({
      name: "NAME",
      open({ network, note }) {
        const kept = memoryStore({ recentEvents: 1000, durableEvents: 10_000 });
        note("NAME: the log of " + network + " is kept in memory");
        return {
          // Has kept all events when it returns, or what it returns resolves; when it throws, none.
          append: (events) => kept.append(events),
          // The state that the kept events continue from, and those that are newer than a number.
          snapshot: () => kept.snapshot(),
          read: (after) => kept.read(after),
          get seq() {
            return kept.seq;
          },
          // The last event that a loss of power cannot take.
          get flushed() {
            return kept.flushed;
          },
          close: () => kept.close(),
        };
      },
    }),
});

export default plugin;
`;

const TEST = `// NAME keeps the contract of a store: what it has taken it gives back, in order, and it says what is flushed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { registerPlugins } from "norouter";
import { storeCases } from "norouter/conformance";
import { toolkit } from "norouter/toolkit";
import makePlugin from "./mod.mjs";

const { store } = registerPlugins([makePlugin(toolkit)]);
assert.ok(store);

for (const [at, { name, leftOut, run }] of storeCases.entries()) {
  const open = async () => store.open({ network: "test-" + at, limits: {}, note: () => undefined });
  /** @type {import("norouter/conformance").StoreSubject} */
  const subject = { open }; // add reopen: open, once a log that is opened again has the same events
  test(name, { skip: leftOut?.(subject) ?? false }, () => run(subject));
}
`;

const NET = `# norouter run net.yaml
plugins: { journal: false, NAME: ./mod.mjs } # a network has one store
hosts:
  local: { vip: 127.0.42.100 }
`;

const README = `# NAME

A store of a network's log for norouter.

| file | what |
| --- | --- |
| \`mod.mjs\` | the plugin, as a manifest names it |
| \`NAME_test.mjs\` | the cases of its kind |
| \`net.yaml\` | a manifest to try it with |

    npm test
    norouter verify ./mod.mjs
    norouter check net.yaml
`;

/** The files of a store of this name. */
export function store(name: string): TemplateFiles {
  return named(name, { "mod.mjs": MOD, "NAME_test.mjs": TEST, "net.yaml": NET, "README.md": README });
}
