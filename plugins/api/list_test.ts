// What there is in a network, with a service of several hosts as another part of the program will have it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admitted, inPhase, stamped } from "../../conformance/ledger.ts";
import { type Fact, fold, type HostState } from "../../core/mod.ts";
import type { Shown } from "./answers.ts";
import { shownList } from "./list.ts";

const LISTENING: Fact = {
  type: "frontend.listening",
  host: 1,
  frontend: "loopback",
  address: "127.0.42.2:8080",
  serves: "host2:8080",
};
const FAILED: Fact = {
  ...LISTENING,
  type: "frontend.failed",
  address: "127.0.42.3:8080",
  code: "address-in-use",
  message: "Taken",
};

test("hosts, links that are up and addresses that lead somewhere; a service is none of the hosts", () => {
  const network = fold(
    stamped([...admitted(4), ...inPhase(1, "ready"), ...inPhase(2, "ready"), ...inPhase(3, "failed"), LISTENING, FAILED]),
  );
  const service = { ...(network.hosts.get(4) as HostState), service: { policy: "first" as const, hosts: [2, 3, 9] } };
  const hosts = new Map([...network.hosts, [4, service]]);
  const rows = [
    { from: 1, to: 2, port: 80, bytesOut: 3, bytesIn: 4, streams: 1 },
    { from: 2, to: 2, port: 80, bytesOut: 100, bytesIn: 100, streams: 1 },
    { bytesOut: 1, bytesIn: 1, streams: 1 },
  ];
  const list = shownList({
    called: "net",
    control: { network: { ...network, hosts }, traffic: () => ({ since: undefined, rows }) },
    streams: { linkSince: (host: number) => 1000 + host },
  } as unknown as Shown);
  assert.deepEqual(
    (list.hosts as { name: string; transport: string | null; phase: string }[]).map(({ name, transport, phase }) => [
      name,
      transport,
      phase,
    ]),
    [
      ["host1", null, "ready"],
      ["host2", "cmd", "ready"],
      ["host3", "cmd", "failed"],
    ],
  );
  assert.deepEqual(list.services, [
    {
      ...{ name: "host4", vip: "127.0.42.4", aliases: ["alias4"], ports: [8080] },
      hosts: [
        { name: "host2", phase: "ready" },
        { name: "host3", phase: "failed" },
        { name: "9", phase: "failed" },
      ],
    },
  ]);
  const agent = { version: "0.1.0", runtime: "node 24", pid: 7 };
  assert.deepEqual(list.links, [{ host: "host2", transport: "cmd", via: "secret-via 2", agent, since: 1002, bytes: 7 }]);
  assert.deepEqual(list.listeners, [{ frontend: "loopback", address: "127.0.42.2:8080", on: "host1", leadsTo: "host2:8080" }]);
});
