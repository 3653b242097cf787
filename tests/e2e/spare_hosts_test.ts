// Hosts that have next to nothing: an empty root without /proc, a user that no file knows, little memory, few files; and another
// processor. The agent runs on the engine.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { bundleAgent } from "../../agents/bundle.ts";
import { agentEngine } from "../../agents/engine.ts";
import { openFilesOf, processorSeconds } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { dial, download, upload } from "../support/clients.ts";
import { engineProgram, withoutEngine } from "../support/engine/agent.ts";
import { has, needs } from "../support/engines.ts";
import { ONCE, vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { startNetwork } from "../support/network.ts";
import { startEcho, startSink, startSource } from "../support/servers.ts";

const MB = 1_000_000;
const SEED = 7;
/** A user of whom no file knows. */
const NOBODY = 54_321;

/** A network with one agent that this command starts; its three ports lead to an echo, a sink and a source of 20 MB. */
async function networkWith(cmd: readonly string[]) {
  const servers = [await startEcho(), await startSink(), await startSource(SEED, 20 * MB)] as const;
  const ports = servers.map(({ port }, at) => `${9001 + at}:127.0.0.1:${port}`);
  const far = { vip: vip(2), cmd, ports, loopback: { disable: true }, stateDir: { disable: true }, dns: { disable: true } };
  const network = await startNetwork({ manifest: { hosts: { here: { vip: vip(1) }, far } } });
  const stop = async () => {
    await network.stop();
    await Promise.all(servers.map((server) => server.stop()));
  };
  const agent = () => network.processes().find(({ argv }) => argv.at(-1) === "agent" && argv.at(-2)?.endsWith("agent.mjs"));
  return { network, servers, agent, stop, at: (port: number) => ({ host: vip(2), port }) };
}

/** Sends 20 MB each way. */
async function moves({ at }: Awaited<ReturnType<typeof networkWith>>): Promise<void> {
  const sent = await upload(at(9002), SEED, 20 * MB);
  const got = await download(at(9003));
  assert.deepEqual([sent.bytes, got.bytes, got.sha256], [20 * MB, 20 * MB, sent.sha256]);
}

/** Waits until a process has used no processor time between many looks in a row. */
async function rests(pid: number): Promise<void> {
  let [used, same] = [processorSeconds(pid), 0];
  const rested = () => {
    const now = processorSeconds(pid);
    same = now === used ? same + 1 : 0;
    used = now;
    return same >= 20;
  };
  await waitFor(rested, { what: "the agent to rest" });
}

/** A root with nothing but the engine and the agent. */
async function emptyRoot(): Promise<string> {
  const { path } = tempDir("empty-root", 0o755);
  mkdirSync(`${path}/bin`);
  copyFileSync(await engineProgram(), `${path}/bin/engine`);
  writeFileSync(`${path}/bin/agent.mjs`, await bundleAgent());
  return path;
}

const skip = ONCE || needs("root") || (await withoutEngine());

describe("hosts that have next to nothing", { skip }, () => {
  test("an empty root, an unknown user and 16 MB of address space", { timeout: 60_000 }, async () => {
    const entered = `ulimit -v 16000; exec chroot --userspec=${NOBODY}:${NOBODY} "$0" /bin/engine /bin/agent.mjs "$@"`;
    const started = await networkWith(["sh", "-c", entered, await emptyRoot()]);
    try {
      assert.deepEqual((await started.network.ready(20_000)).failed, []);
      await moves(started);
      assert.equal(started.network.events.filter(({ type }) => type === "link.closed").length, 0);
    } finally {
      await started.stop();
    }
  });

  test("64 files: what is too many is refused, without spinning, and then there is room again", { timeout: 60_000 }, async () => {
    const entered = `ulimit -n 64; exec chroot "$0" /bin/engine /bin/agent.mjs "$@"`;
    const started = await networkWith(["sh", "-c", entered, await emptyRoot()]);
    try {
      assert.deepEqual((await started.network.ready(20_000)).failed, []);
      const agent = started.agent() ?? assert.fail("no agent");
      const idle = openFilesOf(agent.pid);
      const sockets = await Promise.all(Array.from({ length: 100 }, () => dial(started.at(9001))));
      const codes = await started.network.event("stream.closed");
      assert.equal((codes as { code?: string }).code, "too-many-files");
      await rests(agent.pid);
      for (const socket of sockets) socket.destroy();
      await waitFor(() => openFilesOf(agent.pid) <= idle, { what: "the agent to have room again" });
      await moves(started);
    } finally {
      await started.stop();
    }
  });

  test("arm64", { skip: has("qemu-aarch64-static") ? false : needs("qemu-aarch64-static"), timeout: 120_000 }, async () => {
    const engine = await agentEngine({ os: "linux", arch: "arm64" }, (line) => console.log(`# ${line}`));
    const script = `${tempDir("arm64", 0o755).path}/agent.mjs`;
    writeFileSync(script, await bundleAgent());
    const started = await networkWith(["qemu-aarch64-static", engine.path, script]);
    try {
      assert.deepEqual((await started.network.ready(60_000)).failed, []);
      await moves(started);
    } finally {
      await started.stop();
    }
  });
});
