// A manager that is killed in the middle of its work and started again with its journal: the hosts have the same ids, the network is
// ready again, and every event that was said to be flushed is there.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { readHistory } from "../../plugins/journal/history.ts";
import { readContents } from "../../plugins/journal/read.ts";
import { readOutput, startChild } from "../support/child.ts";
import { PROJECT, programArgv, runtimeArgv } from "../support/cli.ts";
import { QUICK, vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { startEcho } from "../support/servers.ts";

const KILLS = QUICK ? 3 : 20;
const EVENTS = KILLS * 500;
const PORT = 8080;

/** One connection, there and back; whatever becomes of it is the manager's business. */
function connection(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: vip(2), port: PORT }, () => void socket.write("x"));
    socket.once("data", () => void socket.destroy());
    socket.on("error", () => undefined);
    socket.once("close", () => resolve());
  });
}

/** Connections one after the other, some at a time, until the condition holds. */
async function busyUntil(isDone: () => boolean): Promise<void> {
  const one = async () => {
    while (!isDone()) await connection();
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

/** One manager from its start to its kill at an event; the numbers that it said last. */
async function killedAt(event: number, argv: readonly string[], wanted: string): Promise<[number, number]> {
  const manager = await startChild(argv);
  try {
    const output = readOutput(manager);
    const lines = () => output().split("\n").slice(0, -1);
    const said = () => (lines().findLast((line) => /^\d/.test(line)) ?? "0 0").split(" ").map(Number) as [number, number];
    const ready = await waitFor(() => lines().find((line) => line.startsWith("ready ")), { what: "the network to be ready" });
    assert.equal(ready, wanted);
    await busyUntil(() => said()[0] >= event || manager.process.exitCode !== null);
    manager.process.kill("SIGKILL");
    assert.equal((await manager.exited).signal, "SIGKILL", manager.stderr());
    return said();
  } finally {
    await manager.stop();
  }
}

test("kill -9 in the middle of its work, again and again", { timeout: 600_000 }, async () => {
  const dir = tempDir("journal");
  const echo = await startEcho();
  const off = { loopback: { disable: true }, stateDir: { disable: true } };
  const hosts = {
    local: { vip: vip(1), dns: { disable: true }, stateDir: { disable: true } },
    web: { vip: vip(2), ports: [`${PORT}:127.0.0.1:${echo.port}`], cmd: programArgv(), ...off },
    spare: { vip: vip(3), cmd: programArgv(), ...off },
  };
  const [manifest, path] = [`${dir.path}/net.yaml`, `${dir.path}/net.jsonl`];
  writeFileSync(manifest, JSON.stringify({ hosts }));
  const argv = [...runtimeArgv(), `${PROJECT}/tests/support/journal_manager_main.ts`, manifest, path];
  try {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const wanted = `ready 1:local:${kill} 2:web:${kill} 3:spare:${kill}`;
      const [written, flushed] = await killedAt((EVENTS * kill) / KILLS, argv, wanted);
      const { seq, rest } = readContents(path, readFileSync(path));
      assert.notEqual(rest, "damaged");
      assert.ok(seq >= written && written >= flushed && flushed > 0, `${seq} of ${written}, ${flushed} flushed`);
    }
    const { events, snapshot } = readHistory(path);
    assert.equal(snapshot.seq, 0);
    assert.ok(events.length >= EVENTS);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, at) => at + 1),
      "numbers without a gap",
    );
  } finally {
    await echo.stop();
    dir.remove();
  }
});
