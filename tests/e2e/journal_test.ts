// A manager that is killed in the middle of its work and started again with its journal: the hosts have the same ids, the network is
// ready again, and every event that was said to be flushed is there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { median } from "../../bench/stats.ts";
import { request } from "../../plugins/api/client.ts";
import { socketFolders, socketPath } from "../../plugins/api/socket_path.ts";
import { readHistory } from "../../plugins/journal/history.ts";
import { readContents } from "../../plugins/journal/read.ts";
import { agentArgv } from "../support/cli.ts";
import { QUICK, vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { type NetworkOptions, startNetwork } from "../support/network.ts";
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

interface Said {
  readonly seq: number;
  readonly flushed: number;
  readonly hosts: readonly { readonly id: number; readonly name: string; readonly phase: string }[];
}

/** What a network answers about itself; undefined once it is gone. */
async function asked(socket: string): Promise<Said | undefined> {
  const answer = await request(socket, { method: "GET", path: "/v1/network" }).catch(() => undefined);
  return answer?.body as Said | undefined;
}

/** One network from its start to its kill at an event; the numbers that it said last, and how long it took to be ready. */
async function killedAt(event: number, options: NetworkOptions, socket: string) {
  const begun = performance.now();
  const network = await startNetwork(options);
  try {
    await network.ready();
    const readyMs = performance.now() - begun;
    let last = await asked(socket);
    assert.deepEqual(
      last?.hosts.map(({ id, name, phase }) => `${id} ${name} ${phase}`),
      ["1 local ready", "2 web ready", "3 spare ready"],
    );
    const asking = (async () => {
      for (let said: Said | undefined = last; said; said = await asked(socket)) last = said;
    })();
    const written = () => Number(network.events.findLast(({ seq }) => seq !== undefined)?.seq);
    // It has said at least once that something is flushed.
    await busyUntil(() => written() >= event && (last?.flushed ?? 0) > 0);
    network.kill("SIGKILL");
    assert.equal((await network.exited).signal, "SIGKILL", network.stderr());
    await asking;
    assert.equal(network.stderr(), "");
    return { written: written(), flushed: last?.flushed ?? 0, readyMs };
  } finally {
    await network.stop();
  }
}

test("kill -9 in the middle of its work, again and again", { timeout: 600_000 }, async () => {
  const dir = tempDir("journal");
  const echo = await startEcho();
  const off = { loopback: { disable: true }, stateDir: { disable: true } };
  const hosts = {
    local: { vip: vip(1), dns: { disable: true }, stateDir: { disable: true } },
    web: { vip: vip(2), ports: [`${PORT}:127.0.0.1:${echo.port}`], cmd: agentArgv(), ...off },
    spare: { vip: vip(3), cmd: agentArgv(), ...off },
  };
  const [path, env] = [`${dir.path}/net.jsonl`, { XDG_STATE_HOME: dir.path }];
  const options = { manifest: { hosts }, args: ["--name", "net", "--journal", path], env };
  const socket = socketPath(socketFolders({ ...env })[0] ?? "", "net");
  const readyMs: number[] = [];
  try {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const said = await killedAt((EVENTS * kill) / KILLS, options, socket);
      const { seq, rest } = readContents(path, readFileSync(path));
      assert.notEqual(rest, "damaged");
      assert.ok(seq >= said.written && said.flushed > 0, `${seq} of ${said.written}, ${said.flushed} flushed`);
      assert.ok(seq >= said.flushed);
      readyMs.push(said.readyMs);
    }
    console.log(`# ${KILLS} kills in ${EVENTS} events; ready again after ${median(readyMs).toFixed(0)} ms (median)`);
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
