// A hostile host beside honest ones: what it takes of another host's places leaves enough for all others, and the log names it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { agentArgv, IS_NODE24, PROJECT, runtimeArgv } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { freePort } from "../support/free_port.ts";
import { vip } from "../support/lab.ts";
import { startNetwork } from "../support/network.ts";
import { startServer } from "../support/servers.ts";

const run = promisify(execFile);

describe("a hostile host", { skip: IS_NODE24 ? needs("curl") : "the same on every runtime; tested on Node 24" }, () => {
  test("4,096 idle streams to a host keep nobody else from it, and their opener is named", { timeout: 60_000 }, async () => {
    // Accepts connections, and answers those alone that ask.
    const server = await startServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
    });
    const agent = agentArgv();
    const [here, there] = [await freePort("127.0.0.1"), await freePort("127.0.0.1")];
    const loopback = { disable: true };
    const network = await startNetwork({
      manifest: {
        hosts: {
          local: { vip: vip(1), loopback, socks: { listen: `127.0.0.1:${here}` } },
          web: { vip: vip(2), loopback, cmd: agent, ports: [`8080:127.0.0.1:${server.port}`] },
          other: { vip: vip(3), loopback, cmd: agent, socks: { listen: `127.0.0.1:${there}` } },
          evil: { vip: vip(4), cmd: [...runtimeArgv(), `${PROJECT}/tests/support/idle_opener_main.ts`, "2", "4096"] },
        },
      },
    });
    try {
      await network.ready();
      const crowded = await network.event("host.crowded");
      assert.deepEqual([crowded.host, crowded.from, crowded.open, crowded.code], [2, 4, 2560, "too-many-streams"]);
      for (const proxy of [here, there]) {
        const { stdout } = await run("curl", [
          "-sS",
          "--max-time",
          "10",
          "--socks5-hostname",
          `127.0.0.1:${proxy}`,
          "http://web:8080/",
        ]);
        assert.equal(stdout, "ok");
      }
    } finally {
      await network.stop();
      await server.stop();
    }
  });
});
