// A manifest that is edited under a network that runs: on SIGHUP, and by itself with --watch.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { readOutput, startChild } from "../support/child.ts";
import { PROJECT, programArgv } from "../support/cli.ts";
import { dial } from "../support/clients.ts";
import { freePort } from "../support/free_port.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { type Network, type NetworkOptions, startNetwork } from "../support/network.ts";
import { startEcho } from "../support/servers.ts";

const SLOW = { timeout: 60_000 };
const QUIET = { dns: { disable: true }, stateDir: { disable: true } };
const manifest = (...names: string[]) =>
  `${JSON.stringify({ hostTemplate: QUIET, hosts: Object.fromEntries(names.map((name, at) => [name, { vip: vip(at + 1) }])) })}\n`;
const hosts = (...names: string[]) => ({ hosts: Object.fromEntries(names.map((name, at) => [name, { vip: vip(at + 1) }])) });

/** A network of one host, "here"; each host has the VIP of its place in the list. */
async function running(options: Partial<NetworkOptions>, body: (network: Network) => Promise<void>): Promise<void> {
  const network = await startNetwork({ manifest: manifest("here"), ...options });
  try {
    await network.ready();
    await body(network);
  } finally {
    await network.stop();
  }
}

const said = (network: Network, text: string, times = 1) =>
  waitFor(() => network.stderr().split(text).length === times + 1, { what: `${text}, ${times} times: ${network.stderr()}` });

test("--watch applies what an editor saves, in place or by rename, and refuses what is wrong once", SLOW, () =>
  running({ args: ["--watch"] }, async (network) => {
    const { manifestPath: path } = network;
    writeFileSync(path, manifest("here", "b"));
    await network.event("host.ready", ({ host }) => host === 2);
    writeFileSync(`${path}.new`, "hosts: 7\n");
    renameSync(`${path}.new`, path);
    await said(network, "The manifest is refused, and the network goes on as it is");
    assert.match(network.stderr(), /manifest\.yaml:1:8: error: /);
    assert.equal(network.events.at(-1)?.type, "manifest.invalid");
    // Nothing more is said of it, and what comes next counts.
    writeFileSync(`${path}.new`, manifest("here", "b", "c"));
    renameSync(`${path}.new`, path);
    await network.event("host.ready", ({ host }) => host === 3);
    writeFileSync(path, manifest("here"));
    await network.event("host.left", ({ host }) => host === 3);
    assert.equal(network.stderr().split("refused").length, 2);
  }),
);

test("--watch sees a ConfigMap that is swapped, says when the file is gone, and goes on", SLOW, async () => {
  const dir = tempDir("map");
  const version = (name: string, text: string) => {
    mkdirSync(`${dir.path}/${name}`);
    writeFileSync(`${dir.path}/${name}/net.yaml`, text);
    symlinkSync(name, `${dir.path}/..next`);
    renameSync(`${dir.path}/..next`, `${dir.path}/..data`);
  };
  version("..1", manifest("here"));
  symlinkSync("..data/net.yaml", `${dir.path}/net.yaml`);
  const child = await startChild([...programArgv(), "run", "--watch", `${dir.path}/net.yaml`], { cwd: PROJECT });
  const output = readOutput(child);
  const shown = (line: string) => waitFor(() => output().includes(line), { what: `${line}: ${output()}`, timeoutMs: 15_000 });
  await shown("Network is ready: 1 of 1 hosts");
  version("..2", manifest("here", "b"));
  await shown("Network has changed: added b");
  renameSync(`${dir.path}/..2`, `${dir.path}/..away`);
  await waitFor(
    () => child.stderr().includes("The manifest cannot be read, and the network goes on as it is: there is no such file"),
    {
      what: "the loss",
    },
  );
  version("..3", manifest("here"));
  await shown("Network has changed: removed b");
  await child.stop();
  await child.exited;
  assert.match(output(), /Network is stopped\n$/);
  dir.remove();
});

test("SIGHUP reads the manifest again where there is no terminal, and tells what became of it", SLOW, () =>
  running({}, async (network) => {
    network.kill("SIGHUP");
    await said(network, "The manifest was read again, and nothing has changed");
    network.rewrite(hosts("here", "b"));
    network.kill("SIGHUP");
    await network.event("host.ready", ({ host }) => host === 2);
    network.rewrite("hosts: [");
    network.kill("SIGHUP");
    await said(network, "The manifest is refused, and the network goes on as it is");
    renameSync(network.manifestPath, `${network.manifestPath}.away`);
    network.kill("SIGHUP");
    await said(network, "cannot be read: there is no such file");
    network.rewrite(hosts("here"));
    network.kill("SIGHUP");
    await network.event("host.left", ({ host }) => host === 2);
    network.kill("SIGTERM");
    assert.deepEqual(await network.exited, { code: 0, signal: null });
    // Whoever folds the log has no gap.
    const seqs = network.events.flatMap(({ seq }) => (typeof seq === "number" ? [seq] : []));
    assert.deepEqual(
      seqs,
      seqs.map((_, at) => at + 1),
    );
  }),
);

test("a connection through a proxy goes on when the proxy goes off, and when it is back", SLOW, async () => {
  const echo = await startEcho();
  const listen = `${echo.host}:${await freePort(echo.host)}`;
  const here = { vip: vip(1), loopback: { disable: true }, ports: [`8080:${echo.host}:${echo.port}`] };
  const within = (more: object) => ({ hostTemplate: QUIET, hosts: { here: { ...here, ...more } } });
  await running({ manifest: within({ http: { listen } }) }, async (network) => {
    const client = await dial({ host: echo.host, port: Number(listen.split(":")[1]) });
    let got = "";
    client.setEncoding("utf8").on("data", (text: string) => {
      got += text;
    });
    const says = async (text: string, answer = text) => {
      client.write(text);
      await waitFor(() => got.endsWith(answer), { what: `${answer}, after ${got}` });
    };
    await says("CONNECT here:8080 HTTP/1.1\r\nHost: here:8080\r\n\r\n", "\r\n\r\n");
    await says("before");
    for (const [more, fact] of [
      [{}, "frontend.closed"],
      [{ http: { listen } }, "frontend.listening"],
    ] as const) {
      const seen = network.events.length;
      network.rewrite(within(more));
      network.kill("SIGHUP");
      await waitFor(() => network.events.slice(seen).some(({ type }) => type === fact), { what: fact });
      await says(`after ${fact}`);
    }
    client.destroy();
  });
  await echo.stop();
});

test("plugins stay as they are while it runs: a manifest with others is refused, and says what to do", SLOW, () =>
  running({}, async (network) => {
    network.rewrite({ ...hosts("here", "b"), plugins: ["./other.mjs"] });
    network.kill("SIGHUP");
    await said(network, "Plugins cannot change while the network runs");
    network.rewrite(hosts("here"));
    network.kill("SIGHUP");
    await said(network, "The manifest was read again, and nothing has changed");
  }),
);

test("a manifest of standard input is read once, and a hang-up means nothing to it", SLOW, async () => {
  const child = await startChild([...programArgv(), "run", "-"], { cwd: PROJECT });
  const output = readOutput(child);
  child.process.stdin?.end(manifest("here"));
  await waitFor(() => output().includes("Network is ready"), { what: "the network" });
  process.kill(child.pid, "SIGHUP");
  process.kill(child.pid, "SIGTERM");
  await child.exited;
  assert.match(output(), /Network is stopped\n$/);
  assert.equal(child.stderr(), "");
});
