// The files of a new transport.

import { named, type TemplateFiles } from "./files.ts";

const MOD = `// NAME, a transport: a key of a host in the manifest, and the way to that host's shell. The agent is sent over it.

/** @type {import("norouter/toolkit").PluginFactory} */
const plugin = ({ settingsOf, shellTransport }) =>
  shellTransport({
    name: "NAME",
    description: "A host of NAME: its folder, or a mapping.",
    settings: settingsOf({
      shorthand: "folder", // NAME: /tmp is short for NAME: { folder: /tmp }
      fields: { folder: { description: "Folder to start in.", required: true } },
    }),
    // The command that runs another one on the host, such as ["limactl", "shell", instance, ...command]. This one stays here.
    argv: ({ folder }, command) => ["sh", "-c", 'cd "$0" && exec "$@"', folder, ...command],
    describe: ({ folder }) => "sh in " + folder,
    // What the tool says when it fails, and the code and the sentence for it.
    failures: [{ says: /can't cd to|No such file/, code: "container-missing", message: "There is no such folder" }],
  });

export default plugin;
`;

const TEST = `// NAME keeps the contract of a transport, on a host that it reaches: this machine, with a home of its own.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { registerPlugins } from "norouter";
import { transportCases, transportSubject } from "norouter/conformance";
import { toolkit } from "norouter/toolkit";
import makePlugin from "./mod.mjs";

// What is sent is kept in the home, and run by the Node that runs this.
const home = mkdtempSync(join(tmpdir(), "NAME-"));
process.env.HOME = home;
process.env.PATH = dirname(process.execPath) + delimiter + process.env.PATH;
after(() => rmSync(home, { recursive: true, force: true }));

const [transport] = registerPlugins([makePlugin(toolkit)]).transports;

for (const { name, run } of transportCases)
  test(name, () => {
    assert.ok(transport);
    return run(transportSubject(transport, { NAME: { folder: home } })); // what the schema makes of the key
  });
`;

const NET = `# norouter run net.yaml
plugins: [./mod.mjs]
hosts:
  local: { vip: 127.0.42.100 }
  there:
    vip: 127.0.42.101
    NAME: /tmp
    ports: ["8080:127.0.0.1:80"]
`;

const README = `# NAME

A way to hosts for norouter.

| file | what |
| --- | --- |
| \`mod.mjs\` | the plugin, as a manifest names it |
| \`NAME_test.mjs\` | the cases of its kind |
| \`net.yaml\` | a manifest to try it with |

    npm test
    norouter verify ./mod.mjs --settings '{ NAME: /tmp }'
    norouter check net.yaml
`;

/** The files of a transport of this name. */
export function transport(name: string): TemplateFiles {
  return named(name, { "mod.mjs": MOD, "NAME_test.mjs": TEST, "net.yaml": NET, "README.md": README });
}
