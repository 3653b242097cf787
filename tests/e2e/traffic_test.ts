// What 'norouter traffic' says is what clients counted themselves: through VIPs, both proxies, routes and a host's own address, with
// an agent that is killed, and after the manager was.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { cellsOf } from "../../core/manifest/mod.ts";
import { runToEnd, startChild } from "../support/child.ts";
import { PROJECT, programArgv } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { agentOf, lazy, startLab, vip, WEB_PORT } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { type Network, startNetwork } from "../support/network.ts";

const ECHO = 7031;
const HELD = 7032;
const HTTP = 18_080;
const SOCKS = 18_081;
const ROUTED = "127.77.0.1";
const SLOW = { timeout: 120_000 };

const dir = tempDir("traffic");
const env = { XDG_STATE_HOME: dir.path };
const settings = { args: ["--journal", `${dir.path}/net.jsonl`], env };

const lab = lazy(async () => {
  const made = await startLab({
    names: ["one", "two", "three"],
    ports: [`${ECHO}:127.0.0.1:${ECHO}`, `${HELD}:127.0.0.1:${HELD}`],
    entrances: ({ name }) =>
      name === "one" ? { http: { listen: `127.0.0.1:${HTTP}` }, socks: { listen: `127.0.0.1:${SOCKS}` } } : {},
    routes: [{ to: [`${ROUTED}/32`], via: "three" }],
    limits: { trafficMs: 200 },
    network: settings,
  });
  for (const n of [1, 2, 3]) await made.probe(n).run("serveEcho", { port: ECHO });
  await made.probe(3).run("serveEcho", { host: ROUTED, port: ECHO });
  return made;
});
let second: Network | undefined;
after(async () => {
  await second?.stop();
  await lab.stop();
  dir.remove();
});

/** What clients have counted, by pair of hosts. */
const counted = new Map<string, { bytesOut: number; bytesIn: number; streams: number }>();

function count(edge: string, bytesOut: number, bytesIn: number, streams = 1): void {
  const before = counted.get(edge) ?? { bytesOut: 0, bytesIn: 0, streams: 0 };
  counted.set(edge, {
    bytesOut: before.bytesOut + bytesOut,
    bytesIn: before.bytesIn + bytesIn,
    streams: before.streams + streams,
  });
}

async function norouter(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runToEnd([...programArgv(), ...args], { cwd: PROJECT, env });
  assert.equal(code, 0, stderr);
  return stdout;
}

interface Answer {
  readonly total: object;
  readonly rows: readonly {
    readonly from: string;
    readonly to: string;
    readonly bytesOut: number;
    readonly bytesIn: number;
    readonly streams: number;
  }[];
}

const traffic = async (...args: string[]) => JSON.parse(await norouter("traffic", "--json", ...args)) as Answer;

/** The counters are those of the clients: what a host sends to itself is known a moment later. */
async function agrees(): Promise<Answer> {
  const all = [...counted.values()].reduce((sum, { bytesIn }) => sum + bytesIn, 0);
  const answer = await waitFor(
    async () => {
      const found = await traffic();
      return found.rows.reduce((sum, { bytesIn }) => sum + bytesIn, 0) >= all && found;
    },
    { what: "all bytes to be counted", timeoutMs: 20_000 },
  );
  const rows = answer.rows.map(({ from, to, ...row }) => [`${from} ${to}`, row] as const);
  assert.deepEqual(new Map([...rows].sort()), new Map([...counted].sort()));
  return answer;
}

/** Sends bytes from host "one" to an echo with socat, and counts what comes back. */
async function echo(bytes: number, to: string, edge: string): Promise<void> {
  const { host } = await lab.get();
  const script = `head -c ${bytes} /dev/urandom | socat -t 60 - ${to} | wc -c`;
  const { stdout, stderr } = await host(1).run(["sh", "-c", script], { timeoutMs: 60_000 });
  assert.deepEqual([stdout.trim(), stderr], [`${bytes}`, ""], to);
  count(edge, bytes, bytes);
}

describe("traffic", { skip: needs("userns", "nginx", "curl", "socat") }, () => {
  test("nothing was carried at first", SLOW, async () => {
    await lab.get();
    assert.equal(await norouter("traffic"), "Nothing was carried since the network began\n");
  });

  test("curl and socat through a VIP count what the network counts, headers included", SLOW, async () => {
    const { host } = await lab.get();
    writeFileSync(`${host(2).home}/www/large`, new Uint8Array(3_000_001));
    const format = "%{size_request} %{size_upload} %{size_header} %{size_download}";
    for (const path of ["", "large", "missing"]) {
      const url = `http://${vip(2)}:${WEB_PORT}/${path}`;
      const { stdout } = await host(1).run(["curl", "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", format, url]);
      const [request = 0, upload = 0, header = 0, download = 0] = stdout.split(" ").map(Number);
      assert.ok(request > 50 && header > 50, stdout);
      count("one two", request + upload, header + download);
    }
    await echo(1_000_003, `TCP:${vip(2)}:${ECHO}`, "one two");
    await agrees();
  });

  test("through an HTTP tunnel, a SOCKS proxy, a route and to a host's own VIP", SLOW, async () => {
    await lab.get();
    await echo(200_001, `PROXY:127.0.0.1:two:${ECHO},proxyport=${HTTP}`, "one two");
    await echo(300_007, `SOCKS4A:127.0.0.1:three:${ECHO},socksport=${SOCKS}`, "one three");
    await echo(400_009, `SOCKS4A:127.0.0.1:${ROUTED}:${ECHO},socksport=${SOCKS}`, "one three");
    await echo(500_011, `TCP:${vip(1)}:${ECHO}`, "one one");
    await agrees();
    const byPort = await traffic("--by", "port");
    const ports = byPort.rows as unknown as { to: string; port: number; routed: boolean; bytesIn: number }[];
    const of = (to: string, routed: boolean) => ports.find((row) => row.to === to && row.port === ECHO && row.routed === routed);
    assert.deepEqual([of("three", false)?.bytesIn, of("three", true)?.bytesIn], [300_007, 400_009]);
  });

  test("many short connections at once count each", SLOW, async () => {
    const { probe } = await lab.get();
    const before = await traffic();
    assert.equal(await probe(1).run("echoAllAtOnce", { host: vip(3), port: ECHO }, 300), 300);
    const after = await traffic();
    const of = ({ rows }: Answer) => rows.find(({ from, to }) => from === "one" && to === "three") ?? assert.fail("no row");
    const [was, is] = [of(before), of(after)];
    assert.equal(is.streams - was.streams, 300);
    assert.equal(is.bytesOut - was.bytesOut, is.bytesIn - was.bytesIn);
    count("one three", is.bytesOut - was.bytesOut, is.bytesIn - was.bytesIn, 300);
  });

  test("what a client got of an agent that was killed counts, as it goes", SLOW, async () => {
    const { host, network } = await lab.get();
    const server = await startChild([
      ...host(3).enter,
      "socat",
      `TCP-LISTEN:${HELD},bind=127.0.0.1`,
      "SYSTEM:head -c 70001 /dev/zero; cat",
    ]);
    await waitFor(() => host(3).listens(HELD), { what: "the server" });
    const client = host(1).run(["sh", "-c", `socat -u TCP:${vip(3)}:${HELD} - 2>/dev/null | wc -c`], { timeoutMs: 60_000 });
    count("one three", 0, 70_001);
    await agrees();
    process.kill(agentOf(network, host(3)).pid, "SIGKILL");
    assert.equal((await client).stdout.trim(), "70001");
    await server.stop();
    await agrees();
  });

  test("text has the sums in 80 columns, by pair, host and port, and since a while ago", SLOW, async () => {
    await lab.get();
    for (const by of ["edge", "host", "port"]) {
      const lines = (await norouter("traffic", "--by", by, "--since", "1h")).split("\n");
      for (const line of lines) assert.ok(cellsOf(line) <= 80, line);
      assert.match(lines[0] ?? "", /^Carried since \d{4}-/);
      assert.match(lines.at(-2) ?? "", /^sum .* MiB /);
    }
    assert.match(await norouter("traffic"), /^one -> two {3} .*MiB .*MiB +5$/m);
    const { total } = await agrees();
    assert.deepEqual((await traffic("--since", "1h")).total, total);
    assert.deepEqual((await traffic("--by", "host")).total, total);
  });

  test("ls says what there is and what leads where", SLOW, async () => {
    await lab.get();
    assert.match(await norouter("ls", "hosts"), new RegExp(`^two .*ready .*\\n {2}two:${WEB_PORT} -> 127.0.0.1:80$`, "m"));
    assert.equal(await norouter("ls", "services"), "none\n");
    const tunnels = await norouter("ls", "tunnels");
    assert.match(tunnels, /^link -> two +cmd +since .* MiB/m);
    assert.match(tunnels, new RegExp(`^${vip(2)}:${WEB_PORT} +on one +-> two:${WEB_PORT}$`, "m"));
    assert.deepEqual(Object.keys(JSON.parse(await norouter("ls", "--json"))), ["hosts", "services", "links", "listeners"]);
  });

  test("a manager that was killed and started again with its journal goes on from there", SLOW, async () => {
    const { network } = await lab.get();
    const { total } = await agrees();
    const bytes = () =>
      network.events.flatMap((event) => (event.type === "traffic.counted" ? (event.rows as { bytesIn: number }[]) : []));
    const inLog = () => bytes().reduce((sum, { bytesIn }) => sum + bytesIn, 0);
    await waitFor(() => inLog() === (total as { bytesIn: number }).bytesIn, { what: "the log to have all of it" });
    const manifest = readFileSync(network.manifestPath, "utf8");
    network.kill("SIGKILL");
    await network.exited;
    await waitFor(() => network.processes().length === 0, { what: "the agents to leave" });
    second = await startNetwork({ manifest, ...settings });
    await second.ready();
    assert.deepEqual((await agrees()).total, total);
    await echo(10_001, `TCP:${vip(2)}:${ECHO}`, "one two");
    await agrees();
    await second.stop();
    second = await startNetwork({ manifest, ...settings });
    await second.ready();
    await agrees();
  });
});
