// What connect(2) and its neighbours do inside a network, beside what they do on the machine's own loopback: the same program runs at
// both places, and each difference is listed here with its reason.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { runToEnd } from "../../support/child.ts";
import { PROJECT } from "../../support/cli.ts";
import { freePort } from "../../support/free_port.ts";
import { type InsideLab, startInside, withoutInside } from "../../support/inside.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { startEcho, startServer, type TestServer } from "../../support/servers.ts";

const SLOW = { timeout: 180_000 };
const skip = ONCE || (await withoutInside("python3"));
const CASES = `${PROJECT}/tests/support/connect_cases.py`;

/** What differs, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {};

type Outcomes = Readonly<Record<string, unknown>>;

describe("connections of a program inside", { skip }, () => {
  let lab: InsideLab;
  let ports: readonly number[];
  const servers: TestServer[] = [];
  before(async () => {
    const resets = (socket: Socket) => void socket.once("data", () => socket.resetAndDestroy());
    servers.push(await startEcho(), await startServer(resets), await startServer((socket) => void socket.resume().end()));
    ports = [...servers.map(({ port }) => port), await freePort("127.0.0.1")];
    lab = await startInside(ports.map((port) => `${port}:127.0.0.1:${port}`));
  });
  after(async () => {
    await lab?.stop();
    for (const server of servers) await server.stop();
  });

  test("are those of the system itself, but for what is listed", SLOW, async () => {
    const words = (host: string) => ["python3", CASES, host, ...ports.map(String)];
    const run = { timeoutMs: 120_000 };
    const outside = await runToEnd([...lab.as, ...words("127.0.0.1")], run);
    assert.equal(outside.code, 0, outside.stderr);
    const inside = await lab.exec(words(vip(2)), [], run);
    assert.equal(inside.code, 0, inside.stderr);
    const [wanted, got] = [JSON.parse(outside.stdout), JSON.parse(inside.stdout)] as [Outcomes, Outcomes];
    assert.ok(Object.keys(wanted).length >= 40);
    const differing = Object.keys(wanted).filter((name) => JSON.stringify(wanted[name]) !== JSON.stringify(got[name]));
    const shown = differing.map((name) => `${name}: ${JSON.stringify(wanted[name])}, inside ${JSON.stringify(got[name])}`);
    assert.deepEqual(differing, Object.keys(DIFFERENCES), shown.join("\n"));
  });
});
