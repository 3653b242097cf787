// A host without a runtime behind a slow line: how much its first start sends, how long that takes, and that the second sends nothing.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { withoutEngine } from "../../support/engine/agent.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { startNetwork } from "../../support/network.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { type SshHost, type SshHosts, startSshHosts } from "../../support/real/ssh_hosts.ts";

const MBITS = 2;
/** What a first start may send, with all that ssh and TCP add. */
const MOST_BYTES = 650_000;
const MOST_MS = 10_000; // twice what it takes on a machine with nothing else to do

const noEngine = await withoutEngine();

describe(`a host behind a line of ${MBITS} Mbit/s`, { skip: ONCE || needs("tc", ...NEEDED.ssh) || noEngine }, () => {
  let machines: SshHosts;
  let host: SshHost;
  before(async () => {
    machines = await startSshHosts([{ name: "slow" }]);
    host = machines.host("slow");
    await host.setRate(MBITS);
  });
  after(() => machines?.stop());

  /** Bytes that a start sends to the host, and how long it takes until the host is ready. */
  async function start(): Promise<{ bytes: number; ms: number }> {
    const [bytes, began] = [host.sentBytes(), performance.now()];
    const manifest = { hosts: { here: { vip: vip(9) }, slow: { vip: vip(1), ssh: { host: "slow", config: machines.config } } } };
    const network = await startNetwork({ manifest });
    try {
      assert.deepEqual((await network.ready(60_000)).failed, []);
      const opened = network.events.find(({ type, host: id }) => type === "link.opened" && id === 2);
      assert.match((opened as unknown as { agent: { runtime: string } }).agent.runtime, /^engine /);
      return { bytes: host.sentBytes() - bytes, ms: performance.now() - began };
    } finally {
      await network.stop();
    }
  }

  test("is ready soon, the first time and the second", { timeout: 120_000 }, async () => {
    const first = await start();
    const second = await start();
    console.log(
      `# first start: ${first.bytes} bytes, ${first.ms.toFixed(0)} ms; second: ${second.bytes} bytes, ${second.ms.toFixed(0)} ms`,
    );
    assert.ok(first.bytes < MOST_BYTES, `${first.bytes} bytes`);
    assert.ok(first.ms < MOST_MS, `${first.ms} ms`);
    assert.ok(second.bytes < first.bytes / 10, `${second.bytes} bytes`);
  });
});
