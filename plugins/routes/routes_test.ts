// Where routes leave the network: what the host behind `via` dials, and what it does not dial for others.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { NoRouterError, type RouteSpec, type Target } from "../../core/mod.ts";
import { type EnteredNetwork, enteredNetwork } from "../../tests/support/entered_network.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startHalfClose, type TestServer } from "../../tests/support/servers.ts";
import { duplexOf } from "../support/duplex.ts";

/** Runs a body on the network of "entry", "bastion" and "other", beside a server. */
async function withNetwork(
  routes: (server: TestServer) => readonly RouteSpec[],
  body: (network: EnteredNetwork, server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await startHalfClose();
  const hosts = { entry: {}, bastion: {}, other: {} };
  const network = await enteredNetwork({ hosts, plugins: [], routes: routes(server) });
  try {
    await body(network, server);
  } finally {
    await network.stop();
    await server.stop();
  }
}

/** Sends five bytes from one host to a target at another, and gives the answer, or throws why there is none. */
async function ask(network: EnteredNetwork, from: string, to: string, target: Target): Promise<string> {
  const duplex = duplexOf(network.context(from).dial(network.state(to), target));
  duplex.end("12345");
  let answer = "";
  for await (const chunk of duplex) answer += Buffer.from(chunk as Uint8Array).toString();
  return answer;
}

const address = (host: string, port: number): Target => ({ kind: "address", host, port });
const toBastion = (...to: string[]): RouteSpec => ({ to, via: "bastion" });
const refusedWith = (code: string, message?: RegExp) => (thrown: unknown) =>
  thrown instanceof NoRouterError && thrown.code === code && (message === undefined || message.test(thrown.message));

test("the host of a route dials addresses, and names that it resolves itself", async () => {
  await withNetwork(
    () => [toBastion("127.0.0.0/8", "local*")],
    async (network, { port }) => {
      assert.equal(await ask(network, "entry", "bastion", address("127.0.0.1", port)), "GOT 5");
      assert.equal(await ask(network, "other", "bastion", address("localhost", port)), "GOT 5");
      assert.equal(await ask(network, "bastion", "bastion", address("LocalHost.", port)), "GOT 5");
    },
  );
});

test("no host dials for another what no route leads there; for itself it dials anything", async () => {
  await withNetwork(
    () => [toBastion("10.0.0.0/8"), { to: ["127.0.0.0/8"], via: "other" }],
    async (network, { port }) => {
      const refused = refusedWith("not-routed", /^No route leads to .* through "bastion"$/);
      await assert.rejects(ask(network, "entry", "bastion", address("127.0.0.1", port)), refused);
      await assert.rejects(ask(network, "entry", "bastion", address("localhost", port)), refused);
      assert.equal(await ask(network, "bastion", "bastion", address("127.0.0.1", port)), "GOT 5");
      assert.equal(await ask(network, "entry", "other", address("127.0.0.1", port)), "GOT 5");
    },
  );
});

test("a name does not lead around a route that refuses its address", async () => {
  await withNetwork(
    () => [toBastion("*"), { to: ["127.0.0.0/8", "::1/128"], via: undefined }],
    async (network, { port }) => {
      const refused = refusedWith("route-refused", /^Target localhost:\d+ is (127\.0\.0\.1|::1), which routes\[1\] refuses$/);
      await assert.rejects(ask(network, "entry", "bastion", address("localhost", port)), refused);
      await assert.rejects(ask(network, "bastion", "bastion", address("localhost", port)), refused);
    },
  );
});

test("whoever owns a name does not choose among the machine's own addresses, unless a route about addresses leads there", async () => {
  await withNetwork(
    () => [toBastion("*")],
    async (network, { port }) => {
      const refused = refusedWith("route-refused", /is the machine's own: no route about addresses leads there$/);
      await assert.rejects(ask(network, "entry", "bastion", address("localhost", port)), refused);
      assert.equal(await ask(network, "bastion", "bastion", address("localhost", port)), "GOT 5");
    },
  );
  await withNetwork(
    () => [{ ...toBastion("*", "0.0.0.0/0", "::/0"), notTo: ["127.0.0.0/8", "::1/128"] }],
    async (network, { port }) => {
      const refused = refusedWith("route-refused", /which routes\[0\] leaves out$/);
      await assert.rejects(ask(network, "entry", "bastion", address("localhost", port)), refused);
      await assert.rejects(ask(network, "entry", "bastion", address("0.0.0.0", port)), refusedWith("not-routed"));
    },
  );
});

test("what is no name gets nowhere, for whomever it is", async () => {
  await withNetwork(
    () => [toBastion("*", "0.0.0.0/0", "::/0")],
    async (network, { port }) => {
      for (const host of ["", "local\\104ost", "localhost/x", "localhost\0", "0000000000000000000000000000000177.0.0.1"])
        for (const from of ["entry", "bastion"])
          await assert.rejects(
            ask(network, from, "bastion", address(host, port)),
            refusedWith("not-routed"),
            JSON.stringify(host),
          );
    },
  );
});

test("why a target cannot be reached", async () => {
  const closed = await freePort("127.0.0.1");
  await withNetwork(
    () => [toBastion("*", "0.0.0.0/0")],
    async (network) => {
      await assert.rejects(ask(network, "entry", "bastion", address("127.0.0.1", closed)), refusedWith("refused"));
      await assert.rejects(
        ask(network, "entry", "bastion", address("nobody.invalid", 80)),
        refusedWith("name-not-found", /^Target nobody.invalid:80 cannot be resolved$/),
      );
    },
  );
});

test("the log says that such a stream is not for a published port", async () => {
  await withNetwork(
    () => [toBastion("127.0.0.0/8")],
    async (network, { port }) => {
      await ask(network, "entry", "bastion", address("127.0.0.1", port));
      const opened = await network.event("stream.opened");
      assert.deepEqual([opened.routed, opened.port], [true, port]);
      assert.equal((await network.event("stream.closed")).routed, true);
    },
  );
});

test("after stop nothing is left that is being dialled", async () => {
  const server = await startHalfClose();
  const network = await enteredNetwork({ hosts: { entry: {}, bastion: {} }, plugins: [], routes: [toBastion("192.0.2.0/24")] });
  const duplex = duplexOf(network.context("entry").dial(network.state("bastion"), address("192.0.2.1", 80)));
  const failed = once(duplex, "error");
  await network.stop();
  await failed;
  await server.stop();
});
