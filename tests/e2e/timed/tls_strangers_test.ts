// Ten thousand strangers at a 'norouter serve': the peer that is connected keeps its pace, memory and lines stay within bounds, and a
// manager that comes meanwhile from elsewhere is let in.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import { median } from "../../../bench/stats.ts";
import { readProc } from "../../../conformance/support/processes.ts";
import { dial } from "../../support/clients.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { type Serve, startServe } from "../../support/serve.ts";
import { startEcho, type TestServer } from "../../support/servers.ts";

const STRANGERS = 10_000;
const AT_ONCE = 100;
const MOST_MB = 300;
const MOST_MS = 250;
const MOST_LINES = 100;
const NET = `127.${75 + (process.pid % 10)}.${process.pid % 250}`;

/** A handshake without a certificate, from another address of this machine; resolves when it is over, however it ends. */
function stranger(port: number): Promise<unknown> {
  const socket = connectTcp({ port, host: "127.0.0.1", localAddress: "127.9.9.9" });
  const tls = connect({ socket, rejectUnauthorized: false });
  for (const one of [socket, tls]) one.on("error", () => undefined);
  const over = new Promise((resolve) => {
    socket.once("close", resolve);
  });
  tls.once("secureConnect", () => void tls.resume());
  return over;
}

describe("strangers in numbers", () => {
  let echo: TestServer;
  let serve: Serve;
  const networks: Network[] = [];
  const join = async (last: number) => {
    const ports = [`80:127.0.0.1:${echo.port}`];
    const hosts = { local: { vip: `${NET}.${last}` }, far: { vip: `${NET}.${last + 1}`, tls: serve.tls, ports } };
    const network = await startNetwork({ manifest: { hosts } });
    networks.push(network);
    await network.ready(60_000);
    return dial({ host: `${NET}.${last + 1}`, port: 80 });
  };

  before(async () => {
    echo = await startEcho();
    serve = await startServe({ allow: [`127.0.0.1:${echo.port}`] });
  });
  after(async () => {
    for (const network of networks) await network.stop();
    await Promise.all([serve?.stop(), echo?.stop()]);
  });

  async function roundTrip(socket: Socket): Promise<number> {
    const began = performance.now();
    socket.write("x");
    await once(socket, "data");
    return performance.now() - began;
  }

  test("disturb nobody who is known", async () => {
    const peer = await join(1);
    const port = Number(serve.address.split(":")[1]);
    let left = STRANGERS;
    const attack = Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (left-- > 0) await stranger(port);
      }),
    );
    let isOver = false;
    void attack.then(() => {
      isOver = true;
    });
    const [took, second] = [[] as number[], join(3)];
    while (!isOver) took.push(await roundTrip(peer));
    const another = await second;
    assert.ok(took.length > 10);
    assert.ok(median(took) < MOST_MS, `a round trip took ${median(took)} ms`);
    assert.ok((await roundTrip(another)) > 0, "who came during the attack is served");
    const largest = Number(/VmHWM:\s+(\d+)/.exec(readProc(serve.pid, "status") ?? "")?.[1]) / 1024;
    assert.ok(largest < MOST_MB, `${largest} MiB`);
    assert.ok(serve.log().split("\n").length < MOST_LINES, serve.log());
    peer.destroy();
    another.destroy();
  });
});
