// Readers that stop reading hold back their own sender after one window, take bounded memory, and slow nobody else down.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { median } from "../../../bench/stats.ts";
import { memoryOf } from "../../../conformance/support/processes.ts";
import { pseudoRandomSha256 } from "../../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import { needs } from "../../support/engines.ts";
import { failuresIn, type Lab, lazy, QUICK, startLab, vip } from "../../support/lab.ts";

const MIB = 1024 * 1024;
const PORTS = { endless: 7031, neighbour: 7032, source: 7033 };
const NEIGHBOUR_BYTES = (QUICK ? 32 : 96) * MIB;
const ROUNDS = 7;
const KEPT = 0.7; // the requirement
const MANY = 50;
/** Bytes in the streams of the runtimes, beyond windows and kernel: a chunk read at each end; Bun's have up to 512 KiB. */
const CHUNKS = "Bun" in globalThis ? 2 * MIB : MIB / 2;

const total = (QUICK ? 32 : 128) * MIB;
const lab = lazy(async () => {
  const started = await startLab({
    names: ["reader", "sender"],
    web: "none",
    ports: Object.values(PORTS).map((port) => `${port}:127.0.0.1:${port}`),
  });
  await started.probe(2).run("serveEndless", { port: PORTS.endless });
  await started.probe(2).run("serveSource", 1, NEIGHBOUR_BYTES, { port: PORTS.neighbour });
  await started.probe(2).run("serveSource", 2, total, { port: PORTS.source });
  return started;
});

/** Bytes in the kernel's queues of all connections of a host that use a port: /proc/net/tcp, column tx_queue:rx_queue. */
function queuedInKernel(pid: number, port: number): number {
  const wanted = `:${port.toString(16).toUpperCase()}`;
  const rows = readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n").slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((cells) => cells[1]?.endsWith(wanted) || cells[2]?.endsWith(wanted))
    .flatMap((cells) => (cells[4] ?? "").split(":"))
    .reduce((sum, hex) => sum + Number.parseInt(hex || "0", 16), 0);
}

/** Waits until the endless server sends no more, and returns what it has sent on its open connections. */
async function untilStalled({ probe }: Lab): Promise<number> {
  let last = -1;
  let same = 0;
  return waitFor(
    async () => {
      const [sent] = (await probe(2).run("seenBy", PORTS.endless)).notes.map(Number);
      same = sent === last ? same + 1 : 0;
      last = sent ?? 0;
      return same >= 20 && last;
    },
    { what: "the sender to stop", timeoutMs: 30_000, everyMs: 20 },
  );
}

/** Stalls `count` streams after `first` bytes each; returns what lies between sender and reader outside the kernel. */
async function stall(running: Lab, count: number, first: number): Promise<number> {
  const { probe, host } = running;
  await probe(1).run("stall", { host: vip(2), port: PORTS.endless }, count, first);
  const sent = await untilStalled(running);
  const read = await probe(1).run("stalledBytes");
  const kernel = queuedInKernel(host(1).pid, PORTS.endless) + queuedInKernel(host(2).pid, PORTS.endless);
  return sent - read - kernel;
}

async function drop({ probe }: Lab): Promise<void> {
  await probe(1).run("dropStalled");
  await waitFor(async () => (await probe(2).run("seenBy", PORTS.endless)).open === 0, { what: "the stalled streams to be gone" });
}

async function neighbourMs({ probe }: Lab): Promise<number> {
  const begin = performance.now();
  const { bytes } = await probe(1).run("download", { host: vip(2), port: PORTS.neighbour });
  assert.equal(bytes, NEIGHBOUR_BYTES);
  return performance.now() - begin;
}

/** The speed of a neighbour beside stalled streams, as a part of its speed alone: the median of rounds with and without in turn. */
async function neighbourShare(running: Lab, count: number): Promise<number> {
  const shares: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const alone = await neighbourMs(running);
    await stall(running, count, 0);
    const beside = await neighbourMs(running);
    await drop(running);
    if (round > 0) shares.push(alone / beside); // the first round warms up
  }
  return median(shares);
}

describe("readers that stop reading", { skip: needs("userns") }, () => {
  after(() => lab.stop());

  test("one stalls its sender within a window", { timeout: 120_000 }, async () => {
    const running = await lab.get();
    for (const first of [0, 64 * MIB]) {
      const between = await stall(running, 1, first);
      await drop(running);
      console.log(`# ${(between / 1024).toFixed(0)} KiB under way when stalled after ${first / MIB} MiB`);
      assert.ok(between <= DEFAULT_LIMITS.maxWindowBytes + CHUNKS, `${between} bytes`);
    }
  });

  test("fifty take no more of the manager's memory than the budget", { timeout: 120_000 }, async () => {
    const running = await lab.get();
    const rss = () => memoryOf(running.network.pid).rssKiB * 1024;
    await neighbourMs(running);
    const before = rss();
    const between = await stall(running, MANY, MIB);
    const grown = rss() - before;
    await drop(running);
    console.log(
      `# ${MANY} stalled: ${(between / MIB).toFixed(1)} MiB under way, manager grew by ${(grown / MIB).toFixed(1)} MiB`,
    );
    assert.ok(grown <= DEFAULT_LIMITS.budgetBytes, `grew by ${grown} bytes`);
    const { budgetBytes, minWindowBytes } = DEFAULT_LIMITS;
    assert.ok(between <= budgetBytes + MANY * (minWindowBytes + CHUNKS), `${between} bytes under way`);
  });

  for (const count of [1, MANY]) {
    test(`a neighbour keeps its speed beside ${count}`, { timeout: 300_000 }, async () => {
      const share = await neighbourShare(await lab.get(), count);
      console.log(`# beside ${count} stalled: ${(share * 100).toFixed(0)} % of the speed alone`);
      assert.ok(share >= KEPT, `${share}`);
    });
  }

  test("all bytes arrive when they read on", { timeout: 120_000 }, async () => {
    const running = await lab.get();
    const streams = 4;
    await running.probe(1).run("stall", { host: vip(2), port: PORTS.source }, streams, MIB);
    await neighbourMs(running);
    const got = await running.probe(1).run("readStalled");
    assert.deepEqual(got, Array(streams).fill({ bytes: total, sha256: pseudoRandomSha256(2, total) }));
    assert.deepEqual(failuresIn(running.network), []);
  });
});
