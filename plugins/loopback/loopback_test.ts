// The loopback front-end: every published port on its VIP, each address on its own, and nothing left.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admissionOf, admitted, stamped } from "../../conformance/ledger.ts";
import {
  DEFAULT_LIMITS,
  EMPTY_NETWORK,
  ERRORS,
  type FrontEnd,
  fold,
  type HostContext,
  type ListenerFact,
  type Network,
  NoRouterError,
  registerPlugins,
} from "../../core/mod.ts";
import { dial, exchange } from "../../tests/support/clients.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startEcho, startServer } from "../../tests/support/servers.ts";
import { ownVip, tcpNetwork } from "../../tests/support/tcp_network.ts";
import { loopbackPlugin } from "./mod.ts";

test("an address in use fails that one listener only, with a code and a hint; the host is ready all the same", async () => {
  const echo = await startEcho();
  const vip = ownVip();
  const taken = await startServer((socket) => void socket.destroy(), { host: vip, port: 8081 });
  const network = await tcpNetwork({ targets: [echo, echo], vip });
  try {
    const failed = await network.event("frontend.failed");
    assert.deepEqual([failed.address, failed.code, failed.frontend], [`${vip}:8081`, "address-in-use", "loopback"]);
    assert.match(failed.message, new RegExp(`${vip}:8081`));
    assert.ok(ERRORS[failed.code].advice.length > 0);
    assert.equal(await exchange(network.at(1), "hello"), "hello");
    const listeners = [...network.manager.network.hosts.values()].find(({ name }) => name === "entry")?.listeners;
    assert.deepEqual([...(listeners?.values() ?? [])].map(({ address, failure }) => [address, failure?.code]).sort(), [
      [`${vip}:8081`, "address-in-use"],
      [`${vip}:8082`, undefined],
    ]);
  } finally {
    await network.stop();
    await Promise.all([taken.stop(), echo.stop()]);
  }
});

test("an address that is not on this machine fails with its code", async () => {
  const echo = await startEcho();
  const network = await tcpNetwork({ targets: [echo], vip: "192.0.2.77" });
  assert.equal((await network.event("frontend.failed")).code, "address-unavailable");
  await Promise.all([network.stop(), echo.stop()]);
});

test("a host without loopback serves nothing", async () => {
  const echo = await startEcho();
  const network = await tcpNetwork({ targets: [echo], loopback: false });
  assert.equal(network.events.filter(({ type }) => type.startsWith("frontend.")).length, 0);
  await assert.rejects(dial(network.at()), { code: "ECONNREFUSED" });
  await Promise.all([network.stop(), echo.stop()]);
});

/** The front-end alone, on a network that the test changes. */
function alone(dialHost: HostContext["dial"] = () => assert.fail("nothing is dialled")) {
  const facts: ListenerFact[] = [];
  let network: Network = EMPTY_NETWORK;
  const context: HostContext = {
    self: () => network.hosts.get(1) ?? assert.fail("host 1 is not there"),
    network: () => network,
    dial: dialHost,
    upstream: () => undefined,
    report: (fact) => void (fact.type === "host.crowded" || facts.push(fact)),
    limits: DEFAULT_LIMITS,
  };
  const [make] = registerPlugins([loopbackPlugin]).frontEnds as [(context: HostContext) => FrontEnd];
  const frontEnd = make(context);
  const show = (vip: string, ports: readonly number[]) => {
    const published = ports.map((listen) => ({ listen, protocol: "tcp" as const }));
    network = fold(stamped([...admitted(1), { type: "host.admitted", ...admissionOf(2, { vip, ports: published }) }]));
    const self = network.hosts.get(1) ?? assert.fail("host 1 is not there");
    network = { ...network, hosts: new Map(network.hosts).set(1, { ...self, ports: [] }) };
    return frontEnd.reconcile();
  };
  return { frontEnd, facts, show };
}

test("reconcile opens what is new, leaves what stays and closes what is gone", async () => {
  const vip = ownVip();
  const [first, second] = [await freePort(vip), await freePort(vip)];
  const { frontEnd, facts, show } = alone();
  await show(vip, [first]);
  await show(vip, [first]);
  assert.deepEqual(facts, [
    { type: "frontend.listening", frontend: "loopback", address: `${vip}:${first}`, serves: `host2:${first}` },
  ]);
  await show(vip, [second]);
  assert.deepEqual(
    facts.slice(1).map(({ type, address }) => [type, address]),
    [
      ["frontend.closed", `${vip}:${first}`],
      ["frontend.listening", `${vip}:${second}`],
    ],
  );
  await assert.rejects(dial({ host: vip, port: first }), { code: "ECONNREFUSED" });
  await frontEnd.stop();
  await assert.rejects(dial({ host: vip, port: second }), { code: "ECONNREFUSED" });
});

test("a connection beyond the number of streams is reset, and the listener goes on", async () => {
  const vip = ownVip();
  const port = await freePort(vip);
  let dialled = 0;
  const { frontEnd, show } = alone(() => {
    dialled += 1;
    throw new NoRouterError("too-many-streams");
  });
  await show(vip, [port]);
  for (let turn = 0; turn < 3; turn += 1) await assert.rejects(exchange({ host: vip, port }, "x"));
  assert.equal(dialled, 3);
  await frontEnd.stop();
});
