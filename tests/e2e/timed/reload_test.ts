// Reloads under load and against the clock: transfers that a change does not touch are whole, and what a change is about is in effect
// within a second and leaves nothing behind.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { median } from "../../../bench/stats.ts";
import { pseudoRandomBytes } from "../../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { request } from "../../../plugins/api/client.ts";
import { socketFolders, socketPath } from "../../../plugins/api/socket_path.ts";
import { agentArgv } from "../../support/cli.ts";
import { dial, httpGet } from "../../support/clients.ts";
import { needs } from "../../support/engines.ts";
import { rawExchange } from "../../support/http_raw.ts";
import { agentIn, QUICK, vip } from "../../support/lab.ts";
import { tempDir } from "../../support/lifetime.ts";
import { startNetwork } from "../../support/network.ts";
import { endOf } from "../../support/probing.ts";
import { startEcho } from "../../support/servers.ts";
import { type Host, startUsernsHost } from "../../support/userns_lab.ts";

const TRANSFERS = QUICK ? 20 : 100;
const RELOADS = QUICK ? 5 : 20;
const CHUNK = 16 * 1024;
const IN_EFFECT_MS = 1000;
const PORT = 7070;
const QUIET = { loopback: { disable: true } };
const CALM = { dns: { disable: true }, stateDir: { disable: true } };

/** A network that reloads. */
async function reloadable(hosts: object, more: object = {}) {
  const dir = tempDir("reload");
  const env = { XDG_STATE_HOME: dir.path };
  const socket = socketPath(socketFolders({ ...env })[0] ?? "", "net");
  const manifest = (wanted: object, rest: object = {}) => ({ hostTemplate: CALM, hosts: wanted, ...rest });
  const network = await startNetwork({ manifest: manifest(hosts, more), args: ["--name", "net"], env });
  await network.ready();
  /** Writes the manifest anew and has it read. */
  const reload = async (wanted: object, rest: object = {}) => {
    network.rewrite(manifest(wanted, rest));
    return (await request(socket, { method: "POST", path: "/v1/reload" })).body as {
      added: string[];
      changed: string[];
      removed: string[];
    };
  };
  const stop = async () => {
    await network.stop();
    dir.remove();
  };
  return { network, reload, stop };
}

/** Sends chunks and compares what comes back, until told to end; the number of chunks that were whole. */
async function transfer(seed: number, isOver: () => boolean): Promise<number> {
  const sent = pseudoRandomBytes(seed, CHUNK);
  const socket = await dial({ host: vip(2), port: PORT });
  const ended = new Promise<never>((_, reject) => {
    socket.once("error", reject).once("close", () => reject(new Error(`Transfer ${seed} ended early`)));
  });
  let chunks = 0;
  for (; !isOver(); chunks += 1) {
    const got: Buffer[] = [];
    socket.write(sent);
    for (let bytes = 0; bytes < CHUNK; bytes += got.at(-1)?.length ?? 0) {
      got.push(...((await Promise.race([ended, once(socket, "data")])) as [Buffer]));
    }
    assert.ok(Buffer.concat(got).equals(sent), `chunk ${chunks} of transfer ${seed}`);
  }
  ended.catch(() => undefined);
  socket.destroy();
  return chunks;
}

test(`${TRANSFERS} transfers run while ${RELOADS} reloads change other hosts: all whole`, { timeout: 180_000 }, async () => {
  const echo = await startEcho();
  const base = {
    here: { vip: vip(1) },
    web: { vip: vip(2), cmd: agentArgv(), ...QUIET, ports: [`${PORT}:127.0.0.1:${echo.port}`] },
  };
  const { network, reload, stop } = await reloadable(base);
  try {
    let isOver = false;
    const begun = performance.now();
    const transfers = Array.from({ length: TRANSFERS }, (_, seed) => transfer(seed, () => isOver));
    const all = Promise.all(transfers);
    all.catch(() => undefined);
    for (let at = 1; at <= RELOADS; at += 1) {
      // A host comes and goes, another one has other VIPs, names and ports each time, and routes change.
      const comes = { coming: { vip: vip(3), cmd: agentArgv(), ...QUIET } };
      const changing = { vip: vip(10 + at), aliases: [`name${at}.test`], ports: [`${7100 + at}:127.0.0.1:${echo.port}`] };
      const routes = [{ to: [`10.0.${at}.0/24`], via: "web" }];
      const change = await Promise.race([all, reload({ ...base, changing, ...(at % 2 ? comes : {}) }, { routes })]);
      assert.ok(!Array.isArray(change));
      assert.deepEqual([change.added.includes("coming"), change.removed.includes("coming")], [at % 2 === 1, at % 2 === 0]);
      assert.ok(change.added.includes("changing") || change.changed.includes("changing"));
      if (at % 2) await network.event("host.ready", ({ host, seq }) => host === 4 + (at - 1) / 2 || Number(seq) < 0);
    }
    isOver = true;
    const chunks = await all;
    const total = chunks.reduce((sum, one) => sum + one, 0);
    const seconds = (performance.now() - begun) / 1000;
    const mb = (2 * total * CHUNK) / 1e6;
    console.log(
      `# ${TRANSFERS} transfers of ${mb.toFixed(0)} MB in all, ${(mb / seconds).toFixed(0)} MB/s, over ${RELOADS} reloads in ${seconds.toFixed(1)} s`,
    );
    assert.ok(Math.min(...chunks) > 0);
    assert.equal(network.events.filter(({ type, host }) => type === "link.closed" && host === 2).length, 0);
  } finally {
    await stop();
    await echo.stop();
  }
});

describe("a reload is in effect within a second, and leaves nothing", { skip: needs("userns", "nginx") }, () => {
  const proxy = { host: vip(1), port: 7080 };
  const took: number[] = [];
  let host: Host;
  let running: Awaited<ReturnType<typeof reloadable>>;

  const here = (password: string) => ({
    here: { vip: vip(1), http: { listen: `${proxy.host}:${proxy.port}`, auth: { user: "me", password } } },
  });
  const web = (number: number, more: object = {}) => ({
    web: { vip: vip(number), cmd: agentIn(host), ports: [`${PORT}:127.0.0.1:80`], ...more },
  });
  /** The status of a page that is asked for through the proxy. */
  async function statusOf(url: string, password: string): Promise<number> {
    const login = `Proxy-Authorization: Basic ${Buffer.from(`me:${password}`).toString("base64")}`;
    const answer = await rawExchange(
      proxy,
      `GET ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${login}\r\nConnection: close\r\n\r\n`,
    );
    return Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]);
  }
  /** Reloads, and waits until it is in effect. */
  async function inEffect(what: string, [hosts, more]: [object, object?], isSo: () => Promise<boolean> | boolean): Promise<void> {
    const begun = performance.now();
    await running.reload(hosts, more);
    await waitFor(isSo, { what, everyMs: 10, timeoutMs: 5000 });
    const ms = performance.now() - begun;
    took.push(ms);
    assert.ok(ms < IN_EFFECT_MS, `${what} took ${ms.toFixed(0)} ms`);
  }
  const isRefused = async (address: string, port: number) => (await endOf({ host: address, port })).code === "ECONNREFUSED";
  const hostsFile = () => readFileSync(`${host.home}/hosts`, "utf8");

  before(async () => {
    host = await startUsernsHost({ name: "web" });
    writeFileSync(`${host.home}/hosts`, "127.0.0.1 localhost pages.corp\n");
    running = await reloadable({ ...here("one"), ...web(2) });
  });
  after(async () => {
    await running.stop();
    await host.stop();
    console.log(
      `# changes were in effect after ${median(took).toFixed(0)} ms (median), ${Math.max(...took).toFixed(0)} ms (worst)`,
    );
  });

  test("auth, a VIP, writeEtcHosts, a route, and all of it", { timeout: 60_000 }, async () => {
    const untouched = hostsFile();
    const page = (number: number) => `http://${vip(number)}:${PORT}/`;
    const corp = "http://pages.corp/";
    assert.equal(await statusOf(page(2), "one"), 200);
    await inEffect("another password", [{ ...here("two"), ...web(2) }], async () => (await statusOf(page(2), "two")) === 200);
    assert.equal(await statusOf(page(2), "one"), 407);

    await inEffect("another VIP", [{ ...here("two"), ...web(4) }], async () => (await statusOf(page(4), "two")) === 200);
    assert.match((await httpGet({ host: vip(4), port: PORT })).body, /hello from web/);
    await waitFor(() => isRefused(vip(2), PORT), { what: "the old VIP to be gone", timeoutMs: IN_EFFECT_MS });

    const written = { ...here("two"), ...web(4, { writeEtcHosts: true }) };
    await inEffect("writeEtcHosts", [written], () => hostsFile().includes(`${vip(4)}`));
    await inEffect("no writeEtcHosts", [{ ...here("two"), ...web(4) }], () => hostsFile() === untouched);

    const hosts = { ...here("two"), ...web(4) };
    assert.equal(await statusOf(corp, "two"), 502, "nobody knows the name here");
    const via = { routes: [{ to: ["*.corp", "127.0.0.1/32"], via: "web" }] };
    await inEffect("a route", [hosts, via], async () => (await statusOf(corp, "two")) === 200);
    const refused = { routes: [...via.routes, { to: ["pages.corp"], action: "refuse" }] };
    await inEffect("a route that refuses", [hosts, refused], async () => (await statusOf(corp, "two")) === 403);
    await inEffect("no route", [hosts], async () => (await statusOf(corp, "two")) === 502);

    await running.reload(written);
    await waitFor(() => hostsFile() !== untouched, { what: "the block" });
    const agents = () => running.network.processes().filter(({ argv }) => argv.includes("agent"));
    assert.ok(agents().length > 0);
    const bare = { here: { vip: vip(1) } };
    await inEffect(
      "nothing but this machine",
      [bare],
      async () => (await isRefused(vip(4), PORT)) && isRefused(proxy.host, proxy.port),
    );
    await waitFor(() => agents().length === 0 && hostsFile() === untouched, { what: "nothing to be left on the host" });
    assert.ok(!host.listens(PORT));
  });
});
