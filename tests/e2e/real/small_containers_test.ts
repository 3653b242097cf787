// Containers with little memory: the agent lives within the limit, and 200 MB go through it each way.

import assert from "node:assert/strict";
import { truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { runToEnd } from "../../support/child.ts";
import { withoutEngine } from "../../support/engine/agent.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type TempDir, tempDir } from "../../support/lifetime.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { startPodman } from "../../support/real/podman_engine.ts";
import type { ContainerEngine } from "../../support/real/real.ts";

const MB = 1_000_000;
const BYTES = 200 * MB;
/** Limits of the containers in MiB, the smallest first. */
const LIMITS = [16, 32, 64];
const SINK = 9000;

/**
 * Buffers of sockets count as memory of whoever fills them, and grow to many megabytes on a machine with much memory, whatever a
 * container may have.
 */
const SMALL_BUFFERS = ["rmem", "wmem"].flatMap((kind) => ["--sysctl", `net.ipv4.tcp_${kind}=4096 131072 524288`]);

/** Reads all that it is sent. */
const READ = "cat >/dev/null; echo all";
/** Serves a file of 200 MB, and reads; a port that was just closed cannot be listened on for a while. */
const COMMAND = ["sh", "-c", `httpd -p 80 -h /data; while :; do nc -l -p ${SINK} -e sh -c "${READ}" || sleep 0.2; done`];

const noEngine = await withoutEngine();

describe("containers with little memory", { skip: ONCE || needs("curl", ...NEEDED.podman) || noEngine }, () => {
  let engine: ContainerEngine;
  let network: Network;
  let data: TempDir;

  before(async () => {
    engine = await startPodman();
    data = tempDir("data", 0o755);
    writeFileSync(`${data.path}/big`, "");
    truncateSync(`${data.path}/big`, BYTES);
    for (const limit of LIMITS) {
      const memory = ["--memory", `${limit}m`, "--memory-swap", `${limit}m`, "-v", `${data.path}:/data:ro`];
      await engine.run({ name: `with-${limit}`, args: [...memory, ...SMALL_BUFFERS], command: COMMAND });
    }
    const ports = ["8080:127.0.0.1:80", `${SINK}:127.0.0.1:${SINK}`];
    const hosts = LIMITS.map((limit, at) => [`h${limit}`, { podman: `with-${limit}`, vip: vip(60 + at), ports }]);
    network = await startNetwork({
      manifest: { hosts: { here: { vip: vip(59) }, ...Object.fromEntries(hosts) } },
      env: engine.env,
    });
    const { failed } = await network.ready(60_000);
    assert.deepEqual(failed, [], JSON.stringify(network.events.filter(({ type }) => type === "link.closed")));
  });
  after(async () => {
    await network?.stop();
    await engine?.stop();
    data?.remove();
  });

  for (const [at, limit] of LIMITS.entries()) {
    test(`200 MB each way through a container of ${limit} MiB`, { timeout: 120_000 }, async () => {
      const url = `http://${vip(60 + at)}:8080/big`;
      const got = await runToEnd(["curl", "-sS", "--max-time", "60", "-o", "/dev/null", "-w", "%{size_download}", url]);
      assert.equal(got.stdout, String(BYTES), got.stderr);
      assert.equal(await answerTo(vip(60 + at), BYTES), "all\n");
      const ended = network.events.filter(({ type }) => type === "link.closed");
      assert.deepEqual(ended, [], "no link was lost");
    });
  }
});

/** Sends so many bytes to the reader, and gives what it says at their end. */
function answerTo(host: string, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    let left = bytes;
    const block = Buffer.alloc(MB);
    const socket = connect({ host, port: SINK, allowHalfOpen: true });
    const pump = () => {
      while (left > 0) {
        left -= block.length;
        if (!socket.write(block)) return;
      }
      socket.off("drain", pump).end();
    };
    socket.on("connect", pump).on("drain", pump).on("error", reject);
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("end", () => resolve(answer));
  });
}
