// What people are told of a network that changes while it runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_NETWORK, type Fact, fold, type Network, type NetworkEvent } from "../../core/mod.ts";
import { changeText } from "./changes.ts";
import { linesView } from "./lines.ts";

const admitted = (type: "host.admitted" | "host.changed", host: number, name: string): Fact => ({
  ...{ type, host, name, vip: `127.0.42.${host}`, aliases: [], local: host === 1, settings: { loopback: { all: {} } } },
  ports: [{ listen: 80, protocol: "tcp", target: { host: "::1", port: 8000 + host } }],
});
const ready = (host: number): Fact[] => [
  { type: "link.starting", host },
  { type: "link.opened", host, session: 1, agent: { version: "1", runtime: "node 24", pid: 7 } },
  { type: "host.ready", host },
];

/** The lines that batches of facts come to, without their times. */
function told(batches: readonly (readonly Fact[])[]): string[] {
  const out: string[] = [];
  const view = linesView({ stdout: (text) => void out.push(text.slice(9).trimEnd()), stderr: assert.fail }, []);
  let network: Network = EMPTY_NETWORK;
  for (const facts of batches) {
    const events = facts.map((fact, at): NetworkEvent => ({ ...fact, seq: at + 1, at: 0, by: "user", v: 2 }));
    network = fold(events, network);
    view.show(events, network);
  }
  return out;
}

test("what the network begins with is no change; what comes later is told in a line, and with its addresses once it is ready", () => {
  const begin = [
    [{ type: "network.opened", network: "n", version: "1" }],
    [admitted("host.admitted", 1, "here")],
    ready(1),
  ] as Fact[][];
  const lines = told([
    ...begin,
    [
      { type: "host.left", host: 9 },
      admitted("host.admitted", 2, "db"),
      admitted("host.changed", 1, "here"),
      { type: "routes.set", routes: [] },
    ],
    ready(2),
    [{ type: "host.left", host: 2 }],
  ]);
  assert.deepEqual(lines.slice(1), [
    "Network is ready: 1 of 1 hosts",
    "  127.0.42.1:80 is [::1]:8001 on here",
    "Network has changed: added db; changed here; removed host 9; new routes",
    "db: starting (undefined)",
    "db: agent answered (norouter 1, node 24)",
    "db: ready",
    "  127.0.42.2:80 is [::1]:8002 on db",
    "Network has changed: removed db",
  ]);
});

test("a host that is still to be started is no change either: what is kept of its password was not made at once", () => {
  const lines = told([
    [{ type: "network.opened", network: "n", version: "1" }],
    [admitted("host.admitted", 1, "here"), admitted("host.admitted", 2, "db")],
    ready(1),
    [admitted("host.changed", 2, "db")],
    ready(2),
    [admitted("host.changed", 2, "db")],
  ]);
  assert.deepEqual(
    lines.filter((line) => line.startsWith("Network has changed")),
    ["Network has changed: changed db"],
  );
});

test("many names are counted", () => {
  const names = Array.from({ length: 10 }, (_, at) => `h${at}`);
  assert.equal(
    changeText({ added: names, changed: [], removed: ["x"], routes: false }),
    "added h0, h1, h2, h3, h4, h5, h6, h7 and 2 more; removed x",
  );
  assert.equal(changeText({ added: [], changed: [], removed: [], routes: false }), undefined);
});

test("a change of a service, or of a host that starts on demand and has not, is told as that of any other", () => {
  const lazy = (type: "host.admitted" | "host.changed"): Fact =>
    ({ ...admitted(type, 2, "db"), lazy: { timeoutMs: 1000 } }) as Fact;
  const service = (type: "host.admitted" | "host.changed"): Fact =>
    ({ ...admitted(type, 3, "api"), service: { policy: "first", hosts: [2] } }) as Fact;
  const lines = told([
    [{ type: "network.opened", network: "n", version: "1" }],
    [admitted("host.admitted", 1, "here"), lazy("host.admitted"), service("host.admitted")],
    ready(1),
    [lazy("host.changed"), service("host.changed")],
  ] as Fact[][]);
  assert.equal(lines.at(-1), "Network has changed: changed db, api");
});
