// Servers of others behind the proxy: heads whose lines end in LF, as programs behind them write them, and HTTP/2 by an upgrade.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { runToEnd, startChild } from "../../tests/support/child.ts";
import { dial } from "../../tests/support/clients.ts";
import { needs } from "../../tests/support/engines.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { proxiedNetwork } from "../../tests/support/http_raw.ts";
import { ONCE } from "../../tests/support/lab.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { httpProxyPlugin } from "./mod.ts";

const folder = tempDir("servers");
after(() => folder.remove());
chmodSync(folder.path, 0o755); // python runs the script as nobody
mkdirSync(`${folder.path}/cgi-bin`);
const SCRIPT = `#!/bin/sh
printf 'Content-Type: text/plain\\nContent-Length: 6\\n\\nhello\\n'
`;
writeFileSync(`${folder.path}/cgi-bin/hello`, SCRIPT, { mode: 0o755 });

writeFileSync(`${folder.path}/page`, "hello\n");

/** Each with a script in `cgi-bin` that writes its own head. */
const SERVERS: Readonly<Record<string, readonly [tool: string, argv: (port: number) => string[]]>> = {
  "busybox httpd": ["busybox", (port) => ["busybox", "httpd", "-f", "-p", `127.0.0.1:${port}`, "-h", folder.path]],
  "python's http.server": [
    "python3",
    (port) => ["/usr/bin/python3", "-m", "http.server", "--cgi", "--bind", "127.0.0.1", "--directory", folder.path, `${port}`],
  ],
};

/** Runs a body with a server that listens, and a proxy before it; both ways to ask, with `curl`. */
async function served(argv: readonly string[], port: number, body: (direct: Ask, through: Ask) => Promise<void>) {
  const server = await startChild(argv);
  server.process.stdout?.resume();
  await waitFor(async () => (await dial({ host: "127.0.0.1", port })).destroy(), { what: `${argv[0]} to listen` });
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: { host: "127.0.0.1", port } } });
  const curl = async (...args: string[]) => {
    const { code, stdout, stderr } = await runToEnd(["curl", "-sSf", "--max-time", "20", "--noproxy", "", ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const { proxy } = proxied;
  try {
    await body(
      (path, ...args) => curl(...args, `http://127.0.0.1:${port}${path}`),
      (path, ...args) => curl(...args, "--proxy", `http://${proxy.host}:${proxy.port}`, `http://web${path}`),
    );
  } finally {
    await proxied.stop();
    await server.stop();
  }
}

type Ask = (path: string, ...args: string[]) => Promise<string>;

for (const [name, [tool, argv]] of Object.entries(SERVERS)) {
  test(`the script of ${name} answers through the proxy as it does without`, { skip: ONCE || needs("curl", tool) }, async () => {
    const port = await freePort("127.0.0.1");
    await served(argv(port), port, async (direct, through) => {
      assert.equal(await direct("/cgi-bin/hello"), "hello\n");
      assert.equal(await through("/cgi-bin/hello"), "hello\n");
    });
  });
}

test("a server that upgrades to HTTP/2 stays with HTTP/1.1 through the proxy", {
  skip: ONCE || needs("curl", "nghttpx", "busybox"),
}, async () => {
  const [port, behind] = [await freePort("127.0.0.1"), await freePort("127.0.0.1")];
  const pages = await startChild(["busybox", "httpd", "-f", "-p", `127.0.0.1:${behind}`, "-h", folder.path]);
  const nghttpx = [
    "nghttpx",
    "--conf=/dev/null",
    "--workers=1",
    `--frontend=127.0.0.1,${port};no-tls`,
    `--backend=127.0.0.1,${behind}`,
  ];
  const show = ["--http2", "--write-out", "%{http_version}"];
  try {
    await served(nghttpx, port, async (direct, through) => {
      assert.equal(await direct("/page", ...show), "hello\n2");
      for (let turn = 0; turn < 2; turn += 1) assert.equal(await through("/page", ...show), "hello\n1.1");
    });
  } finally {
    await pages.stop();
  }
});
