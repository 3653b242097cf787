// Servers of others behind the proxy, and what they answer: heads whose lines end in LF, as programs behind them write them.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { runToEnd, startChild } from "../../tests/support/child.ts";
import { dial } from "../../tests/support/clients.ts";
import { needs } from "../../tests/support/engines.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { proxiedNetwork } from "../../tests/support/http_raw.ts";
import { ONCE } from "../../tests/support/lab.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { waitFor } from "../../tests/support/wait.ts";
import { httpProxyPlugin } from "./mod.ts";

const folder = tempDir("servers");
after(() => folder.remove());
chmodSync(folder.path, 0o755); // python runs the script as nobody
mkdirSync(`${folder.path}/cgi-bin`);
const SCRIPT = `#!/bin/sh
printf 'Content-Type: text/plain\\nContent-Length: 6\\n\\nhello\\n'
`;
writeFileSync(`${folder.path}/cgi-bin/hello`, SCRIPT, { mode: 0o755 });

/** Each with a script in `cgi-bin` that writes its own head. */
const SERVERS: Readonly<Record<string, readonly [tool: string, argv: (port: number) => string[]]>> = {
  "busybox httpd": ["busybox", (port) => ["busybox", "httpd", "-f", "-p", `127.0.0.1:${port}`, "-h", folder.path]],
  "python's http.server": [
    "python3",
    (port) => ["/usr/bin/python3", "-m", "http.server", "--cgi", "--bind", "127.0.0.1", "--directory", folder.path, `${port}`],
  ],
};

for (const [name, [tool, argv]] of Object.entries(SERVERS)) {
  test(`the script of ${name} answers through the proxy as it does without`, { skip: ONCE || needs("curl", tool) }, async () => {
    const port = await freePort("127.0.0.1");
    const server = await startChild(argv(port));
    server.process.stdout?.resume();
    await waitFor(async () => (await dial({ host: "127.0.0.1", port })).destroy(), { what: `${name} to listen` });
    const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: { host: "127.0.0.1", port } } });
    try {
      const { proxy } = proxied;
      const curl = (...args: string[]) => runToEnd(["curl", "-sSf", "--max-time", "20", ...args]);
      const direct = await curl("--noproxy", "*", `http://127.0.0.1:${port}/cgi-bin/hello`);
      assert.deepEqual([direct.code, direct.stdout], [0, "hello\n"], direct.stderr);
      const through = await curl("--noproxy", "", "-x", `http://${proxy.host}:${proxy.port}`, "http://web/cgi-bin/hello");
      assert.deepEqual([through.code, through.stdout], [0, "hello\n"], through.stderr);
    } finally {
      await proxied.stop();
      await server.stop();
    }
  });
}
