// A network that runs is asked and changed by curl over its socket; a second terminal, a killed manager, names that are taken.
import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { runningNetworks } from "../../plugins/api/client.ts";
import { readOutput, runToEnd, startChild } from "../support/child.ts";
import { agentArgv, programArgv } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { type Network, startNetwork } from "../support/network.ts";
import { startEcho, startHttp, type TestServer } from "../support/servers.ts";

const SLOW = { timeout: 60_000 };
const PASSWORDS = ["pw-of-auth", "pw-of-upstream"];

type Answer = Record<string, unknown> & { readonly error?: { readonly code: string } };

describe("the API of a network", { skip: needs("curl") }, () => {
  const dir = tempDir("api-e2e");
  const folder = `${dir.path}/norouter`;
  const env = { XDG_RUNTIME_DIR: dir.path };
  let page: TestServer;
  let echo: TestServer;
  let network: Network;

  /** curl on the socket of a network. */
  async function ask(
    target: string,
    args: readonly string[] = [],
    name = "net",
    input = "",
  ): Promise<{ status: number; body: Answer }> {
    const argv = ["curl", "-sS", "--max-time", "20", "--unix-socket", `${folder}/${name}.sock`, "-w", "\n%{http_code}", ...args];
    const { stdout, stderr, code } = await runToEnd([...argv, `http://localhost/v1${target}`], { input });
    assert.equal(code, 0, stderr);
    const lines = stdout.trimEnd().split("\n");
    return { status: Number(lines.pop()), body: JSON.parse(lines.join("\n")) as Answer };
  }
  const phaseOf = async (host: string) => (await ask(`/hosts/${host}`)).body.phase;
  const remote = (last: number, port: number) => ({ vip: vip(last), cmd: agentArgv(), ports: [`8080:127.0.0.1:${port}`] });
  const manifest = (more: object = {}) => ({
    hosts: {
      local: { vip: vip(1), http: { listen: `${vip(1)}:18080`, auth: { user: "me", password: PASSWORDS[0] } } },
      web: remote(2, page.port),
      ...more,
    },
    routes: [{ to: ["*.example"], via: `socks5://me:${PASSWORDS[1]}@127.0.0.1:9` }],
  });
  const start = (name: string) => startNetwork({ manifest: manifest(), args: ["--name", name], env });

  before(async () => {
    [page, echo] = await Promise.all([startHttp("hello"), startEcho()]);
    network = await start("net");
    await network.ready();
  });
  after(async () => {
    await network.stop();
    await Promise.all([page.stop(), echo.stop()]);
    dir.remove();
  });

  test("hosts come, change and go while it runs, and their ports with them", SLOW, async () => {
    assert.equal(statSync(`${folder}/net.sock`).mode & 0o777, 0o600);
    const put = ["-X", "PUT", "--data-binary", "@-"];
    const added = await ask("/hosts/db", put, "net", JSON.stringify(remote(3, echo.port)));
    assert.deepEqual([added.status, added.body.added], [201, ["db"]]);
    await waitFor(async () => (await phaseOf("db")) === "ready", { what: "the added host", timeoutMs: 20_000 });
    await network.event("frontend.listening", ({ address }) => address === `${vip(3)}:8080`);
    const socket = connect({ host: vip(3), port: 8080 }).on("error", () => undefined);
    const echoed = new Promise((resolve) => socket.once("data", resolve));
    socket.write("x");
    await echoed;
    const streams = async () => (await ask("/streams?host=db")).body.streams as { from: string; to: string; kind: string }[];
    await waitFor(async () => (await streams()).length > 0, { what: "the stream" });
    const [{ from, to, kind } = {}] = await streams();
    // Both hosts are on this machine: whoever was first has the VIP.
    assert.match(`${from}`, /^(local|web)$/);
    assert.deepEqual([to, kind], ["db", "published"]);
    network.rewrite(manifest({ other: remote(4, page.port) }));
    assert.deepEqual((await ask("/reload", ["-X", "POST"])).body.added, ["other"]);
    network.rewrite("hosts: [");
    const refused = await ask("/reload", ["-X", "POST"]);
    assert.deepEqual([refused.status, refused.body.error?.code], [422, "manifest-invalid"]);
    network.rewrite(manifest());
    const again = new Promise((resolve) => socket.once("data", resolve));
    socket.write("y");
    await again;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    assert.deepEqual((await ask("/hosts/db", ["-X", "DELETE"])).body.removed, ["db"]);
    await closed;
    assert.equal((await ask("/hosts/db")).status, 404);
    const text = JSON.stringify(manifest());
    assert.deepEqual((await ask("/apply", ["--data-binary", "@-"], "net", text)).body.removed, ["other"]);
  });

  test("it explains destinations and starts hosts that wait", SLOW, async () => {
    const { body } = await ask("/explain?destination=web:8080&from=web");
    assert.deepEqual([body.ok, body.host, body.target], [true, "web", `127.0.0.1:${page.port}`]);
    const lame = JSON.stringify({ vip: vip(5), cmd: ["false"] });
    await ask("/hosts/lame", ["-X", "PUT", "--data-binary", "@-"], "net", lame);
    await waitFor(async () => (await phaseOf("lame")) === "failed", { what: "the failure", timeoutMs: 20_000 });
    const retried = await ask("/hosts/lame/retry", ["-X", "POST"]);
    assert.ok([202, 409].includes(retried.status), `${retried.status}`);
    assert.equal((await ask("/hosts/web/retry", ["-X", "POST"])).body.error?.code, "command-refused");
    await ask("/hosts/lame", ["-X", "DELETE"]);
  });

  test("no answer and no event holds a secret, or what a password is checked against", SLOW, async () => {
    const socket = `${folder}/net.sock`;
    const targets = ["network", "hosts", "routes", "streams", "events", "explain?destination=a.example"];
    const { stdout } = await runToEnd([
      "curl",
      "-sS",
      "--unix-socket",
      socket,
      ...targets.map((one) => `http://localhost/v1/${one}`),
    ]);
    assert.match(stdout, /"events|network\.opened/);
    for (const secret of [...PASSWORDS, "salt", '"hash"']) assert.ok(!stdout.includes(secret), secret);
  });

  test("a name that is taken is refused, unless it was not asked for; a stale socket is replaced", SLOW, async () => {
    const taken = await runToEnd([...programArgv(), "run", "--name", "net", network.manifestPath], { env });
    assert.equal(taken.code, 69);
    assert.match(taken.stderr, /network "net" runs already/);
    const second = await start("second");
    await second.event("network.opened");
    assert.deepEqual(
      (await runningNetworks([folder])).map(({ name }) => name),
      ["net", "second"],
    );
    second.kill("SIGKILL");
    await second.exited;
    assert.ok(existsSync(`${folder}/second.sock`));
    const third = await start("second");
    await third.event("network.opened");
    assert.equal((await ask("/network", [], "second")).body.pid, third.pid);
    await Promise.all([second.stop(), third.stop()]);
    const without = [
      { manifest: manifest(), args: ["--no-api"] },
      { manifest: { plugins: { api: false }, ...manifest() }, args: ["--name", "x"] },
    ];
    for (const options of without) {
      const quiet = await startNetwork({ ...options, env });
      await quiet.event("host.ready");
      assert.deepEqual(readdirSync(folder), ["net.sock"]);
      await quiet.stop();
    }
  });

  test("it stops when it is told to, with its event streams, and leaves no socket", SLOW, async () => {
    const curl = ["curl", "-sSN", "--unix-socket", `${folder}/net.sock`, "http://localhost/v1/events?follow=true"];
    const events = await startChild(curl);
    const said = readOutput(events);
    await waitFor(() => said().includes("host.ready"), { what: "the events so far" });
    const { body } = await ask("/stop", ["-X", "POST"]);
    assert.equal(body.stopped, true);
    assert.equal((await network.exited).code, 0);
    assert.equal((await events.exited).code, 0, events.stderr());
    const stdout = said();
    const seqs = stdout.split("\n").flatMap((line) => (line === "" ? [] : [(JSON.parse(line) as { seq: number }).seq]));
    assert.deepEqual(
      seqs,
      seqs.map((_, at) => at + 1),
    );
    assert.match(stdout, /"network\.stopped"/);
    assert.deepEqual(readdirSync(folder), []);
  });
});
