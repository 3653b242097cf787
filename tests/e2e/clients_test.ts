// Programs of others through the proxies, each in its own way: what works for curl has to work for them.
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { PROJECT } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { failuresIn, type Lab, ONCE, startLab, vip, WEB_PORT } from "../support/lab.ts";

const HTTP = "127.0.0.1:18080";
const SOCKS = "127.0.0.1:18081";
const TOOLS = ["proxychains4", "python3", "ncat", "nc", "wget", "git", "chromium"];
const HELLO = "hello from two\n";

describe("independent clients", { skip: ONCE || needs("userns", "nginx", ...TOOLS) }, () => {
  let lab: Lab;
  const url = (name = "two") => `http://${name}:${WEB_PORT}/`;
  /** Runs a command on the first host, which has a folder of its own as home; gives its output. */
  async function said(argv: readonly string[], env: Readonly<Record<string, string>> = {}, input = ""): Promise<string> {
    const host = lab.host(1);
    const { code, stdout, stderr } = await host.run(argv, { env: { HOME: host.home, ...env }, input, timeoutMs: 60_000 });
    assert.equal(code, 0, `${argv.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  before(async () => {
    lab = await startLab({
      names: ["one", "two"],
      bare: true,
      entrances: ({ name }) => (name === "one" ? { http: { listen: HTTP }, socks: { listen: SOCKS } } : { aliases: ["web.two"] }),
      also: { here: { vip: vip(9) } },
    });
    assert.deepEqual(failuresIn(lab.network), []);
    chmodSync(lab.host(1).home, 0o777);
  });
  after(() => lab?.stop());

  const proxychains = async (proxy: string) => {
    const file = `${lab.host(1).home}/proxychains.conf`;
    writeFileSync(file, `strict_chain\nproxy_dns\nquiet_mode\n[ProxyList]\n${proxy}\n`);
    return said(["proxychains4", "-f", file, "wget", "-qO-", url()], { no_proxy: "*" });
  };
  for (const [kind, at] of [
    ["socks5", SOCKS],
    ["socks4", SOCKS],
    ["http", HTTP],
  ] as const) {
    test(`proxychains4 over ${kind}`, async () => {
      const proxy = `${kind} ${at.replace(":", " ")}`;
      if (kind === "socks4") {
        // It knows no 4a: a name would become one of its own made-up addresses.
        const file = `${lab.host(1).home}/proxychains4.conf`;
        writeFileSync(file, `strict_chain\nquiet_mode\n[ProxyList]\n${proxy}\n`);
        assert.equal(await said(["proxychains4", "-f", file, "wget", "-qO-", url(vip(2))], { no_proxy: "*" }), HELLO);
      } else assert.equal(await proxychains(proxy), HELLO);
    });
  }

  test("PySocks, all of its kinds", async () => {
    const script = `import socks, sys
for kind in (socks.SOCKS5, socks.SOCKS4, socks.HTTP):
    s = socks.socksocket()
    s.set_proxy(kind, "127.0.0.1", 18080 if kind == socks.HTTP else 18081, rdns=True)
    s.settimeout(20)
    s.connect(("web.two", ${WEB_PORT}))
    s.sendall(b"GET / HTTP/1.0\\r\\nHost: web.two\\r\\n\\r\\n")
    data = b""
    while chunk := s.recv(65536): data += chunk
    print(data.split(b"\\r\\n\\r\\n", 1)[1].decode(), end="")
`;
    assert.equal(await said(["/usr/bin/python3", "-c", script]), HELLO.repeat(3));
  });

  test("the package socks", async () => {
    const script = `import { SocksClient } from "socks";
for (const type of [5, 4]) {
  const destination = { host: "two", port: ${WEB_PORT} };
  const { socket } = await SocksClient.createConnection({ proxy: { host: "127.0.0.1", port: 18081, type }, command: "connect", destination });
  socket.write("GET / HTTP/1.0\\r\\n\\r\\n");
  let text = "";
  for await (const chunk of socket.resume()) text += chunk;
  process.stdout.write(text.split("\\r\\n\\r\\n")[1]);
}`;
    const node = `${PROJECT}/node_modules/node24/bin/node`;
    assert.equal(await said([node, "--input-type=module", "-e", script]), HELLO.repeat(2));
  });

  const request = `GET / HTTP/1.0\r\n\r\n`;
  test("ncat: SOCKS 4, 5 and CONNECT", async () => {
    for (const [type, at] of [
      ["socks5", SOCKS],
      ["socks4", SOCKS],
      ["http", HTTP],
    ] as const) {
      const names = type === "socks4" ? ["-n", vip(2)] : ["--proxy-dns", "remote", "two"];
      const answer = await said(["ncat", "--proxy", at, "--proxy-type", type, ...names, `${WEB_PORT}`], {}, request);
      assert.ok(answer.endsWith(HELLO), `${type}: ${answer}`);
    }
  });

  test("OpenBSD's nc: SOCKS 4, 5 and CONNECT", async () => {
    for (const [type, at, host] of [
      ["5", SOCKS, "two"],
      ["4", SOCKS, vip(2)],
      ["connect", HTTP, "two"],
    ] as const) {
      const answer = await said(["nc", "-w", "10", "-X", type, "-x", at, host, `${WEB_PORT}`], {}, request);
      assert.ok(answer.endsWith(HELLO), `${type}: ${answer}`);
    }
  });

  test("wget with http_proxy", async () => {
    const env = { http_proxy: `http://${HTTP}`, no_proxy: "" };
    assert.equal(await said(["wget", "-qO-", url()], env), HELLO);
    assert.equal(await said(["wget", "-qO-", url("WEB.two.")], env), HELLO);
  });

  test("git clones over both proxies", async () => {
    const www = `${lab.host(2).home}/www`;
    const source = `${lab.host(2).home}/source`;
    const git = [
      "git",
      "-c",
      "user.name=me",
      "-c",
      "user.email=me@example.com",
      "-c",
      "init.defaultBranch=main",
      "-c",
      "safe.directory=*",
    ];
    const make = `set -e; mkdir -p "$1"; cd "$1"; shift
"$@" init -q; echo content >file; "$@" add file; "$@" commit -qm first; "$@" clone -q --bare . "$0/repo.git"
cd "$0/repo.git"; "$@" update-server-info; chmod -R a+rX "$0"`;
    const made = await lab.host(2).run(["sh", "-c", make, www, source, ...git], { env: { HOME: lab.host(2).home } });
    assert.equal(made.code, 0, made.stderr);
    for (const [at, proxy] of [`http://${HTTP}`, `socks5h://${SOCKS}`].entries()) {
      const target = `${lab.host(1).home}/clone${at}`;
      await said(["git", "-c", `http.proxy=${proxy}`, "clone", "-q", `${url()}repo.git`, target], { no_proxy: "" });
      assert.equal(await said(["cat", `${target}/file`]), "content\n");
    }
  });

  test("a browser with the proxy auto-config file", { timeout: 120_000 }, async () => {
    const quiet = ["no-first-run", "disable-background-networking", "disable-component-update", "disable-sync", "disable-quic"];
    const flags = ["headless", "no-sandbox", "disable-gpu", ...quiet, `user-data-dir=${lab.host(1).home}/chromium`];
    const browse = (address: string) =>
      said([
        "chromium",
        ...[...flags, `proxy-pac-url=http://${HTTP}/proxy.pac`].map((flag) => `--${flag}`),
        "--dump-dom",
        address,
      ]);
    for (const address of [url(), url("web.two"), url(vip(2))]) assert.match(await browse(address), /hello from two/, address);
  });
});
