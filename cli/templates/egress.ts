// The files of a new egress.

import { named, type TemplateFiles } from "./files.ts";

const MOD = `// NAME, an egress: it answers on published port 7007 of a host, with what it gets.
// This part runs in the manager: it says what a manifest may hold. What runs on hosts is host.mjs, which they are sent.

/** @type {import("norouter/toolkit").PluginFactory} */
const plugin = ({ PLUGIN_API }) => ({
  name: "NAME",
  api: PLUGIN_API,
  before: ["forward"], // which claims every published port
  setup: () => undefined, // a plugin without a key of hosts runs on every host
  host: { module: "./host.mjs" },
});

export default plugin;
`;

const HOST = `// What NAME runs on a host. One module that imports nothing but node: modules; the toolkit is handed to it.

/** @type {import("norouter/host-toolkit").HostPartFactory} */
const part = ({ PLUGIN_API }) => ({
  name: "NAME",
  api: PLUGIN_API,
  setup: (context) =>
    context.egress(() => ({
      name: "NAME",
      // What this says yes to is opened here, and nowhere else.
      claims: ({ kind, port, protocol }) => kind === "published" && port === 7007 && protocol === undefined,
      // Each stream is accepted or reset, once. To dial something, see dialler and splice of the toolkit.
      open(stream) {
        stream.accept();
        stream.attach({
          data: (chunk) => stream.write(chunk), // false: no more until resume
          end: () => stream.end(), // the other direction goes on until then
          reset: () => undefined,
          drain: () => stream.resume(),
        });
      },
      stop: async () => undefined,
    })),
});

export default part;
`;

const TEST = `// NAME keeps the contract of an egress: it claims, answers once, passes the end and back-pressure on, and lets go.

import { test } from "node:test";
import { egressCases } from "norouter/conformance";
import { hostToolkit } from "norouter/host-toolkit";
import makePart from "./host.mjs";

/** @type {import("norouter/conformance").EgressSubject} */
const subject = {
  part: makePart(hostToolkit),
  echo: { kind: "published", port: 7007 }, // behind it every byte comes back; without one, leave this out
};

for (const { name, leftOut, run } of egressCases)
  test(name, { skip: leftOut?.(subject) ?? false }, () => run(subject));
`;

const NET = `# norouter run net.yaml, then: nc 127.0.42.100 7007
plugins: [./mod.mjs]
hosts:
  local:
    vip: 127.0.42.100
    ports: ["7007:127.0.0.1:7007"]
`;

const README = `# NAME

An egress, where streams leave the network, for norouter.

| file | what |
| --- | --- |
| \`mod.mjs\` | the plugin, as a manifest names it |
| \`host.mjs\` | what it runs on hosts |
| \`NAME_test.mjs\` | the cases of its kind |
| \`net.yaml\` | a manifest to try it with |

    npm test
    norouter verify ./mod.mjs --target 7007
    norouter check net.yaml
`;

/** The files of a egress of this name. */
export function egress(name: string): TemplateFiles {
  return named(name, { "mod.mjs": MOD, "host.mjs": HOST, "NAME_test.mjs": TEST, "net.yaml": NET, "README.md": README });
}
