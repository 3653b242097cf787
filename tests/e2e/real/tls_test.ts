// A machine behind 'norouter serve': every front-end reaches it, strangers with openssl get nothing, the wire shows nothing, and a
// 'serve' that is killed comes back.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd, startChild } from "../../support/child.ts";
import { dial, exchange } from "../../support/clients.ts";
import { needs, pathOf } from "../../support/engines.ts";
import { freePort } from "../../support/free_port.ts";
import { tempDir } from "../../support/lifetime.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { type Serve, startServe } from "../../support/serve.ts";
import { startEcho, startHttp, type TestServer } from "../../support/servers.ts";

const NET = `127.${60 + (process.pid % 15)}.${process.pid % 250}`;
const [LOCAL, FAR] = [`${NET}.1`, `${NET}.2`];
const BODY = "page of a machine behind TLS";

describe("a machine behind 'norouter serve'", { skip: needs("curl", "openssl") }, () => {
  const folder = tempDir("tls-e2e");
  let web: TestServer;
  let echo: TestServer;
  let serve: Serve;
  let network: Network;
  const proxies = { http: "", socks: "" };
  const curl = (...args: string[]) => runToEnd(["curl", "-sS", "--noproxy", "", "--max-time", "20", ...args]);

  before(async () => {
    [web, echo] = [await startHttp(BODY), await startEcho()];
    serve = await startServe({ allow: [`127.0.0.1:${web.port}`, `127.0.0.1:${echo.port}`] });
    proxies.http = `127.0.0.1:${await freePort("127.0.0.1")}`;
    proxies.socks = `127.0.0.1:${await freePort("127.0.0.1")}`;
    const local = { vip: LOCAL, http: { listen: proxies.http }, socks: { listen: proxies.socks } };
    const ports = [`80:127.0.0.1:${web.port}`, `81:127.0.0.1:${echo.port}`, "82:127.0.0.1:22"];
    const routes = [{ via: "far", to: ["127.0.0.1/32"] }];
    network = await startNetwork({ manifest: { hosts: { local, far: { vip: FAR, tls: serve.tls, ports } }, routes } });
    await network.ready();
  });
  after(async () => {
    await network?.stop();
    await Promise.all([serve?.stop(), web?.stop(), echo?.stop()]);
    folder.remove();
  });

  test("is reached by its VIP, through both proxies by name, and by a route", async () => {
    for (const way of [
      [`http://${FAR}/`],
      ["-x", `http://${proxies.http}`, "http://far/"],
      ["-p", "-x", `http://${proxies.http}`, "http://far/"],
      ["--socks5-hostname", proxies.socks, "http://far/"],
      ["--socks4a", proxies.socks, "http://far/"],
      ["--socks5-hostname", proxies.socks, `http://127.0.0.1:${web.port}/`],
    ]) {
      const { stdout, stderr } = await curl(...way);
      assert.equal(stdout, BODY, `${way.join(" ")}: ${stderr}`);
    }
  });

  test("what is not allowed is refused with a code, and 'serve' says how to allow it", async () => {
    const refused = await curl("-x", `http://${proxies.http}`, "-w", "%{http_code}", "http://far:82/");
    assert.match(
      refused.stdout,
      /Target 127\.0\.0\.1:22 is not allowed there: 'norouter serve' has no '--allow' for it[\s\S]*403$/,
    );
    const routed = await curl("-x", `http://${proxies.http}`, "-w", "%{http_code}", "http://127.0.0.1:9/");
    assert.match(routed.stdout, /is not allowed there[\s\S]*403$/);
    assert.match(serve.log(), /peer "manager" may not reach 127\.0\.0\.1:22; '--allow 127\.0\.0\.1:22' lets it/);
  });

  /** What a stranger hears of openssl's client that says `input`. */
  async function stranger(args: readonly string[], input = "hello\n"): Promise<string> {
    const argv = ["timeout", "20", "openssl", "s_client", "-connect", serve.address, "-ign_eof", "-quiet", ...args];
    const { stdout } = await runToEnd(argv, { input });
    return stdout;
  }

  test("strangers get nothing: no certificate, a wrong one, TLS 1.2, garbage, and who is slow", async () => {
    const [cert, key] = [join(folder.path, "cert"), join(folder.path, "key")];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=manager"];
    await runToEnd(["openssl", "req", "-x509", ...curve, "-keyout", key, "-out", cert]);
    assert.ok(readFileSync(cert).length > 0);
    const nothing = "\0\0\0\0";
    assert.equal(await stranger([]), nothing, "without a certificate");
    assert.equal(await stranger(["-cert", cert, "-key", key]), nothing, "with a certificate of its own");
    assert.equal(await stranger(["-tls1_2"]), "", "with TLS 1.2");
    // Some runtimes send the alert of TLS (RFC 8446 section 6), which says no more than that TLS was expected.
    const answer = await exchange(at(serve.address), "GET / HTTP/1.1\r\n\r\n").catch(() => "");
    assert.ok(
      answer === "" || (answer.length === 7 && answer.startsWith("\x15\x03")),
      `with what is no TLS: ${JSON.stringify(answer)}`,
    );
    const slow = await dial(at(serve.address));
    await once(slow.resume(), "end");
    slow.destroy();
    const told = await runToEnd(["openssl", "s_client", "-connect", serve.address, "-showcerts"], { input: "" });
    assert.match(told.stdout, /subject=CN ?= ?localhost/);
    assert.doesNotMatch(told.stdout + told.stderr, /norouter|manager|far/i, "nothing says what listens there");
    await waitFor(() => (serve.log().match(/is not let in: /g) ?? []).length >= 3, { what: "lines on strangers" });
    assert.equal((await curl(`http://${FAR}/`)).stdout, BODY, "the peer goes on");
  });

  test("the wire shows no plain byte", { skip: needs("tcpdump", "root") }, async () => {
    const secret = `plain-${"text".repeat(8)}`;
    const file = join(folder.path, "wire.pcap");
    const dump = await startChild([
      pathOf("tcpdump") ?? "",
      "-i",
      "lo",
      "-U",
      "-s0",
      "-w",
      file,
      `port ${at(serve.address).port} or port ${echo.port}`,
    ]);
    await waitFor(() => dump.stderr().includes("listening on"), { what: "tcpdump to listen" });
    assert.equal(await exchange({ host: FAR, port: 81 }, secret), secret);
    const filtered = async (port: number) =>
      (await runToEnd([pathOf("tcpdump") ?? "", "-r", file, "-A", "-n", `port ${port}`])).stdout;
    await waitFor(async () => (await filtered(echo.port)).includes(secret), { what: "the target's packets" });
    const tls = await filtered(at(serve.address).port);
    await dump.stop();
    assert.ok(tls.length > 1000, "packets of the link were seen");
    assert.doesNotMatch(tls, /plain-text|norouter|"welcome"|snapshot/);
  });

  test("a 'serve' that is killed and started again serves as before", async () => {
    const [{ address, tls }, before] = [serve, serve];
    before.child.process.kill("SIGKILL");
    await before.child.exited;
    assert.equal((await curl(`http://${FAR}/`)).stdout, "");
    serve = await startServe({ listen: address, secretFile: tls.secretFile, allow: [`127.0.0.1:${web.port}`] });
    await waitFor(async () => (await curl(`http://${FAR}/`)).stdout === BODY, { what: "the host to be back", timeoutMs: 60_000 });
    await before.stop();
  });
});

function at(address: string) {
  const [host = "", port] = address.split(":");
  return { host, port: Number(port) };
}
