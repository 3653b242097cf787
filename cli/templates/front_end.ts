// The files of a new front-end.

import { named, type TemplateFiles } from "./files.ts";

const MOD = `// NAME, a front-end: programs that connect to its address are led to a port of a host of the network.
// This part runs in the manager: it says what a manifest may hold. What runs on hosts is host.mjs, which they are sent.

/** @type {import("norouter/toolkit").PluginFactory} */
const plugin = ({ PLUGIN_API, settingsOf }) => ({
  name: "NAME",
  api: PLUGIN_API,
  setup(context) {
    // A host with this key in the manifest runs host.mjs; others do not.
    context.hostKey({
      name: "NAME",
      description: "Where programs of this host enter the network, and where they are led.",
      schema: settingsOf({
        fields: {
          listen: { description: "Address and port to listen on.", required: true, examples: ["127.0.0.1:7080"] },
          to: { description: "Name of the host that programs are led to.", required: true },
          port: { type: "port", description: "Port that it publishes.", required: true },
        },
      }),
    });
  },
  host: { module: "./host.mjs" },
});

export default plugin;
`;

const HOST = `// What NAME runs on a host. One module that imports nothing but node: modules; the toolkit is handed to it.

/** @typedef {{ listen: string, to: string, port: number }} Settings As the schema in mod.mjs gives them. */

/** @type {import("norouter/host-toolkit").HostPartFactory} */
const part = ({ PLUGIN_API, keeper, listening, listen, listenError, placeOf, resetSocket, splice }) => ({
  name: "NAME",
  api: PLUGIN_API,
  setup: (context) =>
    context.frontEnd((host) => {
      /**
       * Leads a client to where the settings say now.
       * @param {import("node:net").Socket} socket
       * @param {Settings} settings
       */
      const connected = (socket, { to, port }) => {
        socket.on("error", () => undefined);
        const target = [...host.network().hosts.values()].find(({ name }) => name === to);
        try {
          // splice joins the two for good: bytes, back-pressure, half-close and reset.
          if (target) splice(socket, host.dial(target, { kind: "published", port }));
          else resetSocket(socket);
        } catch {
          resetSocket(socket); // too many streams
        }
      };

      // The keeper opens, moves and closes listeners, reports them, and tries again what failed.
      /** @type {ReturnType<typeof keeper<Settings>>} */
      const listeners = keeper({
        frontend: "NAME",
        context: host,
        hold: (address) =>
          listening(async (/** @type {() => Settings} */ now) => listen(placeOf(address), (socket) => connected(socket, now()))),
        same: (before, now) => before.to === now.to && before.port === now.port,
        serves: (_, { to, port }) => to + ":" + port,
        failure: listenError,
      });

      return {
        name: "NAME",
        // Called whenever the network or the settings have changed.
        reconcile() {
          const settings = /** @type {Settings | undefined} */ (host.settings("NAME"));
          return listeners.keep(new Map(settings ? [[settings.listen, settings]] : []));
        },
        stop: () => listeners.stop(),
      };
    }),
});

export default part;
`;

const TEST = `// NAME keeps the contract of a front-end: it opens, moves, closes, reports, tries again, and leaves nothing.

import { test } from "node:test";
import { connectAt, freeAddress, frontEndCases } from "norouter/conformance";
import { hostToolkit } from "norouter/host-toolkit";
import makePart from "./host.mjs";

/** A network of this host, with these settings of its keys, and of one that programs are led to. */
const network = (own = {}) => [{ own }, { name: "web", vip: "127.0.42.2" }];
const listening = async () => network({ NAME: { listen: await freeAddress(), to: "web", port: 80 } });

for (const { name, run } of frontEndCases)
  test(name, async () =>
    run({
      part: makePart(hostToolkit),
      wanted: await listening(),
      moved: await listening(),
      idle: network(),
      enter: (address) => connectAt(address), // what a client says first, if anything, is written here
    }),
  );
`;

const NET = `# norouter run net.yaml, then: curl http://127.0.0.1:7080
plugins: [./mod.mjs]
hosts:
  local:
    vip: 127.0.42.100
    NAME: { listen: "127.0.0.1:7080", to: local, port: 8080 }
    ports: ["8080:127.0.0.1:80"]
`;

const README = `# NAME

A front-end, where programs of a host enter the network, for norouter.

| file | what |
| --- | --- |
| \`mod.mjs\` | the plugin, as a manifest names it |
| \`host.mjs\` | what it runs on hosts |
| \`NAME_test.mjs\` | the cases of its kind |
| \`net.yaml\` | a manifest to try it with |

    npm test
    norouter verify ./mod.mjs --settings '{ NAME: { listen: "127.0.0.1:7080", to: web, port: 80 } }'
    norouter check net.yaml
`;

/** The files of a front-end of this name. */
export function frontEnd(name: string): TemplateFiles {
  return named(name, { "mod.mjs": MOD, "host.mjs": HOST, "NAME_test.mjs": TEST, "net.yaml": NET, "README.md": README });
}
