// What a network does in a week, in a row: connections, bulk data, agents that are killed. Memory and open files stay as they were.
// `NOROUTER_TEST_SOAK=1` does all of it, which takes an hour; otherwise a hundredth is done.

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { memoryOf, openFilesOf } from "../../../conformance/support/processes.ts";
import { pseudoRandomSha256 } from "../../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { agentArgv } from "../../support/cli.ts";
import { needs } from "../../support/engines.ts";
import { agentOf, type Lab, ONCE, startLab, vip } from "../../support/lab.ts";
import type { NetworkEvent } from "../../support/network.ts";

const PARTS = process.env.NOROUTER_TEST_SOAK === "1" ? 1 : 100;
const TIMEOUT_MS = (2 * 3600 * 1000) / PARTS + 120_000;

const CONNECTIONS = 1_000_000 / PARTS;
const AT_ONCE = 100;
const ECHO_PORT = 7051;

const BULK_BYTES = 100_000_000_000 / PARTS;
const PIECE = 100_000_000;
const SEED = 3;
const [SOURCE_PORT, SINK_PORT] = [7052, 7053];

const RECONNECTS = 10_000 / PARTS;
/** Hosts, in the order of the manifest, whose agents run beside the manager; two with networks of their own and the manager's come first. */
const FIRST_KILLED = 4;
const KILLED = ["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"];

/** Killed hosts are started again at once, and each time as if it were the first. */
const AT_ONCE_AGAIN = { retryMs: 1, retryLeastMs: 1, stableMs: 0 };

/** How much more memory a process may have in the second half: garbage that was not collected yet. */
const SPARE = { kib: 4 * 1024, share: 1.25 };

interface Load {
  readonly kib: number;
  readonly files: number;
}

const mostOf = (all: readonly Load[]): Load => ({
  kib: Math.max(...all.map(({ kib }) => kib)),
  files: Math.max(...all.map(({ files }) => files)),
});

const shown = ({ kib, files }: Load) => `${(kib / 1024).toFixed(1)} MiB and ${files} files`;

describe("a week, shortened", { skip: ONCE || needs("userns") }, () => {
  let lab: Lab;
  /** Processes that live as long as the network. */
  let lasting: Readonly<Record<string, number>>;

  before(async () => {
    const killed = KILLED.map(
      (name, at) => [name, { vip: vip(10 + at), cmd: agentArgv(), loopback: { disable: true } }] as const,
    );
    lab = await startLab({
      names: ["one", "two"],
      web: "none",
      limits: AT_ONCE_AGAIN,
      ports: [ECHO_PORT, SOURCE_PORT, SINK_PORT].map((port) => `${port}:127.0.0.1:${port}`),
      also: { here: { vip: vip(9) }, ...Object.fromEntries(killed) },
    });
    const [first, second] = [1, 2].map((n) => agentOf(lab.network, lab.host(n)).pid);
    lasting = { "agent that dials": first ?? 0, "agent that serves": second ?? 0, manager: lab.network.pid };
    await lab.probe(2).run("serveEcho", { port: ECHO_PORT });
    await lab.probe(2).run("serveSource", SEED, PIECE, { port: SOURCE_PORT });
    await lab.probe(2).run("serveSink", { port: SINK_PORT });
  });
  after(() => lab?.stop());

  const loads = (): Load[] => Object.values(lasting).map((pid) => ({ kib: memoryOf(pid).rssKiB, files: openFilesOf(pid) }));

  /**
   * Does a load in tenths; nothing stays open after any of them. What memory a process has after one depends on what was under way at the
   * same time, so that the most of the second half is held against the most of the first.
   */
  async function staysFlat(what: string, tenth: () => Promise<void>): Promise<void> {
    const idle = loads();
    const settled = () => loads().every(({ files }, at) => files <= (idle[at]?.files ?? 0) + 1);
    const after: Load[][] = [];
    for (let n = 0; n < 10; n++) {
      await tenth();
      await waitFor(settled, { what: "files to be closed" });
      after.push(loads());
    }
    for (const [at, name] of Object.keys(lasting).entries()) {
      const [early, late] = [after.slice(0, 5), after.slice(5)].map((half) => mostOf(half.map((one) => one[at] as Load)));
      assert.ok(early && late);
      console.log(`# ${what}: ${name}: at most ${shown(early)} in the first half, ${shown(late)} in the second`);
      assert.ok(late.kib <= early.kib * SPARE.share + SPARE.kib, `memory of the ${name}`);
    }
  }

  test(`${CONNECTIONS} connections`, { timeout: TIMEOUT_MS }, async () => {
    await staysFlat(`${CONNECTIONS} connections`, async () => {
      for (let made = 0; made < CONNECTIONS / 10; made += AT_ONCE)
        assert.equal(await lab.probe(1).run("echoAllAtOnce", { host: vip(2), port: ECHO_PORT }, AT_ONCE), AT_ONCE);
    });
  });

  test(`${BULK_BYTES / 1e9} GB in pieces of ${PIECE / 1e6} MB`, { timeout: TIMEOUT_MS }, async () => {
    const expected = { bytes: PIECE, sha256: pseudoRandomSha256(SEED, PIECE) };
    await staysFlat(`${BULK_BYTES / 1e9} GB`, async () => {
      for (let moved = 0; moved < BULK_BYTES / 10; moved += 2 * PIECE) {
        const down = lab.probe(1).run("download", { host: vip(2), port: SOURCE_PORT });
        const up = lab.probe(1).run("upload", { host: vip(2), port: SINK_PORT }, SEED, PIECE);
        assert.deepEqual(await Promise.all([down, up]), [expected, expected]);
      }
    });
  });

  test(`${RECONNECTS} killed agents`, { timeout: TIMEOUT_MS }, async () => {
    const sessions = new Map<unknown, NetworkEvent[]>();
    let read = 0;
    /** The session of a host whose number in a row is `count`; each event is looked at once. */
    const session = (host: number, count: number) => {
      for (const event of lab.network.events.slice(read)) {
        if (event.type !== "link.opened") continue;
        const own = sessions.get(event.host) ?? [];
        own.push(event);
        sessions.set(event.host, own);
      }
      read = lab.network.events.length;
      return sessions.get(host)?.[count];
    };
    const killed = KILLED.map((_, at) => FIRST_KILLED + at);
    let round = 0;
    await staysFlat(`${RECONNECTS} killed agents`, async () => {
      for (let done = 0; done < RECONNECTS / 10; done += KILLED.length, round++)
        await Promise.all(
          killed.map(async (host) => {
            const { agent } = session(host, round) as unknown as { readonly agent: { readonly pid: number } };
            process.kill(agent.pid, "SIGKILL");
            const what = `host ${host} to be back, time ${round + 1}`;
            await waitFor(() => session(host, round + 1), { what, timeoutMs: 60_000, everyMs: 5 });
          }),
        );
      assert.equal(await lab.probe(1).run("echoAllAtOnce", { host: vip(2), port: ECHO_PORT }, 1), 1, "others go on");
    });
  });

  test("no link of the two hosts was lost", () => {
    assert.deepEqual(
      lab.network.events.filter(({ type, host }) => type === "link.closed" && [1, 2].includes(Number(host))),
      [],
    );
  });
});
