// Three unprivileged hosts, each with a network of its own and a web server behind it: everyone reaches everyone, at any size.
import assert from "node:assert/strict";
import process from "node:process";
import { after, describe, test } from "node:test";
import { networkNamespaceOf } from "../../conformance/support/processes.ts";
import { pseudoRandomSha256 } from "../../conformance/support/pseudo_random.ts";
import { httpGet } from "../support/clients.ts";
import { needs } from "../support/engines.ts";
import { failuresIn, lazy, QUICK, startLab, vip, WEB_PORT } from "../support/lab.ts";

const MIB = 1024 * 1024;
const BULK = (QUICK ? 256 : 1024) * MIB;
const SMALL_WRITES = QUICK ? 200_000 : 1_000_000;
const STREAMS = 1000;
const NAMES = ["one", "two", "three"];
const OWN = 4;

const PORTS = { echo: 7001, sink: 7002, endOfInput: 7003 };
const lab = lazy(() =>
  startLab({
    names: NAMES,
    ports: Object.values(PORTS).map((port) => `${port}:127.0.0.1:${port}`),
    also: { here: { vip: vip(OWN) } },
  }),
);

describe("three hosts and the manager", { skip: needs("userns", "nginx", "curl", "nc") }, () => {
  after(() => lab.stop());

  test("every host gets every host's page, its own included", { timeout: 60_000 }, async () => {
    const { hosts, network } = await lab.get();
    assert.equal(new Set([...hosts.map((host) => networkNamespaceOf(host.pid)), networkNamespaceOf(process.pid)]).size, 4);
    for (const from of hosts) {
      for (const [index, to] of hosts.entries()) {
        const page = await from.run(["curl", "-sS", "--max-time", "10", `http://${vip(index + 1)}:${WEB_PORT}/`]);
        assert.deepEqual([page.stdout, page.stderr], [`hello from ${to.name}\n`, ""], `${from.name} to ${to.name}`);
      }
    }
    assert.deepEqual([network.noise, network.stderr()], [[], ""]);
  });

  test("the manager's own host gets every page", { timeout: 60_000 }, async () => {
    const { hosts } = await lab.get();
    for (const [index, to] of hosts.entries()) {
      const answer = await httpGet({ host: vip(index + 1), port: WEB_PORT });
      assert.deepEqual(answer, { status: 200, body: `hello from ${to.name}\n` });
    }
  });

  test("large transfers both ways at once arrive byte for byte", { timeout: 300_000 }, async () => {
    const { probe } = await lab.get();
    await probe(1).run("serveSink", { port: PORTS.sink });
    await probe(2).run("serveSink", { port: PORTS.sink });
    const transfers = await Promise.all([
      probe(1).run("upload", { host: vip(2), port: PORTS.sink }, 1, BULK),
      probe(2).run("upload", { host: vip(1), port: PORTS.sink }, 2, BULK),
    ]);
    const expected = [1, 2].map((seed) => ({ bytes: BULK, sha256: pseudoRandomSha256(seed, BULK) }));
    assert.deepEqual(transfers, expected);
  });

  test("many small writes arrive byte for byte", { timeout: 300_000 }, async () => {
    const { probe } = await lab.get();
    await probe(3).run("serveSink", { port: PORTS.sink });
    const { sent, got } = await probe(1).run("smallWrites", { host: vip(3), port: PORTS.sink }, 7, SMALL_WRITES);
    assert.deepEqual(got, sent);
    assert.ok(sent.bytes > SMALL_WRITES * 4);
  });

  test("a thousand connections that are open at once all answer", { timeout: 120_000 }, async () => {
    const { probe } = await lab.get();
    await probe(2).run("serveEcho", { port: PORTS.echo });
    assert.equal(await probe(1).run("echoAllAtOnce", { host: vip(2), port: PORTS.echo }, STREAMS), STREAMS);
    const { accepted } = await probe(2).run("seenBy", PORTS.echo);
    assert.equal(accepted, STREAMS);
  });

  test("a client that half-closes gets the whole answer", { timeout: 60_000 }, async () => {
    const { probe, host } = await lab.get();
    await probe(3).run("serveHalfClose", { port: PORTS.endOfInput });
    const input = "x".repeat(300_000);
    const done = await host(1).run(["nc", "-N", vip(3), `${PORTS.endOfInput}`], { input });
    assert.deepEqual([done.code, done.stdout], [0, "GOT 300000"]);
  });

  test("no host failed meanwhile", { timeout: 60_000 }, async () => {
    const { network } = await lab.get();
    assert.deepEqual(failuresIn(network), []);
  });
});
