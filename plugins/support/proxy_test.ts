// The clients of a proxy that is full, and one listener however often it is asked for.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { DEFAULT_LIMITS, type HostContext, type ListenerFact } from "../../core/mod.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { proxyFrontEnd } from "./proxy.ts";

/** A proxy for two clients, whose server side is all in `served` or `turned`. */
function start(port = 1080) {
  const [host, facts, served, turned] = [ownVip(), [] as ListenerFact[], [] as Socket[], [] as Socket[]];
  const context = {
    settings: () => ({ listen: `${host}:${port}`, outside: "direct", auth: {} }),
    report: (fact) => void (fact.type === "host.crowded" || fact.type === "health.changed" || facts.push(fact)),
    limits: { ...DEFAULT_LIMITS, proxyConnections: 2 },
  } as Partial<HostContext> as HostContext;
  const frontEnd = proxyFrontEnd(context, {
    name: "socks",
    serve: ({ socket }) => void served.push(socket),
    turnAway: (socket) => void turned.push(socket),
  });
  const enter = async () => {
    const client = connect({ host, port });
    client.on("error", () => undefined);
    await once(client, "connect");
    return client;
  };
  return { frontEnd, facts, served, turned, enter, host, port };
}

test("clients that are turned away take no place, and too many of them are told nothing", async () => {
  const { frontEnd, served, turned, enter } = start();
  await frontEnd.reconcile();
  const clients = [await enter(), await enter()];
  await waitFor(() => served.length === 2, { what: "both clients to be served", everyMs: 1 });
  for (let at = 0; at < 256; at++) clients.push(await enter());
  await waitFor(() => turned.length === 256, { what: "the others to be turned away", everyMs: 1 });
  const last = await enter();
  await once(last, "close");
  assert.equal(turned.length, 256);
  const [first = assert.fail()] = served;
  first.destroy();
  await once(first, "close");
  clients.push(await enter());
  await waitFor(() => served.length === 3, { what: "the next client to be served", everyMs: 1 });
  await frontEnd.stop();
  assert.ok([...served, ...turned].every((socket) => socket.destroyed));
  for (const client of clients) client.destroy();
});

test("one listener, however often and however close together it is asked for", async (t: TestContext) => {
  const { frontEnd, facts, host, port } = start();
  const other = createServer().listen(port, host);
  await once(other, "listening");
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await frontEnd.reconcile();
  assert.equal(facts[0]?.type === "frontend.failed" && facts[0].code, "address-in-use");
  await new Promise((resolve) => other.close(resolve));
  t.mock.timers.tick(5000);
  await Promise.all([frontEnd.reconcile(), frontEnd.reconcile()]);
  t.mock.timers.reset();
  assert.deepEqual(
    facts.map(({ type }) => type),
    ["frontend.failed", "frontend.listening"],
  );
  await frontEnd.stop();
  const next = createServer().listen(port, host); // fails when the proxy still listens
  await once(next, "listening");
  next.close();
});

test("what stops while it opens leaves nothing", async () => {
  const { frontEnd, facts, host, port } = start();
  const opening = frontEnd.reconcile();
  await frontEnd.stop();
  await opening;
  assert.deepEqual(facts, []);
  const next = createServer().listen(port, host);
  await once(next, "listening");
  next.close();
});
