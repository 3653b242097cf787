// The loopback front-end: every published port on its VIP, each address on its own, and nothing left.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { admissionOf, admitted, stamped } from "../../conformance/ledger.ts";
import { frontEndOf, loneFrontEnd } from "../../conformance/lone_front_end.ts";
import { echoStream } from "../../conformance/lone_streams.ts";
import {
  DEFAULT_LIMITS,
  EMPTY_NETWORK,
  ERRORS,
  fold,
  type HostContext,
  type HostState,
  type ListenerFact,
  type Network,
  NoRouterError,
  settingsAt,
} from "../../core/mod.ts";
import { dial, exchange } from "../../tests/support/clients.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startEcho, startServer } from "../../tests/support/servers.ts";
import { ownVip, tcpNetwork } from "../../tests/support/tcp_network.ts";
import { loopbackHost } from "./host.ts";

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
    settings: (key) => settingsAt(network.hosts.get(1) ?? {}, key),
    secret: () => undefined,
    publish: () => undefined,
    report: (fact) => void (fact.type === "host.crowded" || fact.type === "health.changed" || facts.push(fact)),
    limits: DEFAULT_LIMITS,
  };
  const frontEnd = frontEndOf(loopbackHost)(context);
  const show = (vip: string, ports: readonly number[], change: Partial<HostState> = {}) => {
    const published = ports.map((listen) => ({ listen, protocol: "tcp" as const }));
    network = fold(stamped([...admitted(1), { type: "host.admitted", ...admissionOf(2, { vip, ports: published }) }]));
    const self = network.hosts.get(1) ?? assert.fail("host 1 is not there");
    network = {
      ...network,
      hosts: new Map(network.hosts).set(1, { ...self, settings: { loopback: { own: {} } }, ports: [], ...change }),
    };
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

test("a host that was just started listens on no port that its own programs are to have, before it is ready", async () => {
  const vip = ownVip();
  const [own, other] = [await freePort(vip), await freePort(vip)];
  const { frontEnd, facts, show } = alone();
  const target = { host: "127.0.0.1", port: own };
  const started = { lazy: { timeoutMs: 1000 }, ports: [{ listen: 80, protocol: "tcp" as const, target }] };
  const addresses = () => facts.map(({ address }) => address);
  await show(vip, [own, other], { ...started, phase: "joining" });
  assert.deepEqual(
    addresses().filter((address) => address.startsWith(vip)),
    [`${vip}:${other}`],
  );
  const program = await startServer((socket) => void socket.end("mine"), { host: "0.0.0.0", port: own });
  await program.stop();
  await show(vip, [own, other], { ...started, phase: "ready" });
  assert.deepEqual(
    addresses().filter((address) => address.startsWith(vip)),
    [`${vip}:${other}`, `${vip}:${own}`],
  );
  await frontEnd.stop();
});

test("an address of IPv6 stands in brackets", async () => {
  const port = await freePort("::1");
  const { frontEnd, facts, show } = alone();
  await show("::1", [port]);
  assert.deepEqual(
    facts.map(({ frontend, address }) => [frontend, address]),
    [["loopback", `[::1]:${port}`]],
  );
  await frontEnd.stop();
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

/** A connection whose every byte comes back. */
async function echoing(host: string, port: number) {
  const socket = await dial({ host, port });
  const echo = async (text: string) => {
    socket.write(text);
    return String((await once(socket, "data"))[0]);
  };
  return { socket, echo };
}

test("a VIP that another host gets leads there from then on, and so does a new name; open connections go on", async () => {
  const vip = ownVip();
  const port = await freePort(vip);
  const dialled: number[] = [];
  const { frontEnd, facts, show } = loneFrontEnd(
    frontEndOf(loopbackHost),
    { loopback: {} },
    {
      dial: ({ id }) => {
        dialled.push(id);
        return echoStream();
      },
    },
  );
  const published = { vip, ports: [{ listen: port, protocol: "tcp" as const }] };
  const own = { ports: [] };
  await show(own, { name: "web", ...published });
  const before = await echoing(vip, port);
  assert.equal(await before.echo("one"), "one");
  await show(own, { name: "web", ports: [] }, { name: "shop", ...published });
  const after = await echoing(vip, port);
  assert.deepEqual([await after.echo("two"), await before.echo("three"), dialled], ["two", "three", [2, 3]]);
  await show(own, { name: "web", ports: [] }, { name: "store", ...published });
  assert.deepEqual(
    facts.map((fact) => [fact.type, fact.address, "serves" in fact && fact.serves]),
    ["web", "shop", "store"].map((name) => ["frontend.listening", `${vip}:${port}`, `${name}:${port}`]),
  );
  await frontEnd.stop();
  assert.equal(await after.echo("four"), "four");
  for (const { socket } of [before, after]) socket.destroy();
});

test("loopback that goes off leaves every address, and comes back; open connections go on", async () => {
  const vip = ownVip();
  const port = await freePort(vip);
  const { frontEnd, facts, show } = loneFrontEnd(frontEndOf(loopbackHost), { loopback: {} }, { dial: echoStream });
  const web = { vip, ports: [{ listen: port, protocol: "tcp" as const }] };
  await show({ ports: [] }, web);
  const { socket, echo } = await echoing(vip, port);
  await show({ ports: [], own: {} }, web);
  await assert.rejects(dial({ host: vip, port }), { code: "ECONNREFUSED" });
  assert.equal(await echo("still"), "still");
  await show({ ports: [] }, web);
  (await dial({ host: vip, port })).destroy();
  assert.deepEqual(
    facts.map(({ type }) => type),
    ["frontend.listening", "frontend.closed", "frontend.listening"],
  );
  socket.destroy();
  await frontEnd.stop();
});
