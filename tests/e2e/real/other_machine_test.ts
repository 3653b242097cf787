// A proxy that listens beyond loopback, and its clients on another machine: they get nothing of the proxy's own machine unless the
// manifest says so.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runToEnd } from "../../support/child.ts";
import { signalAll } from "../../support/ending.ts";
import { needs } from "../../support/engines.ts";
import { freePort } from "../../support/free_port.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { type SshHost, type SshHosts, startSshHosts } from "../../support/real/ssh_hosts.ts";
import { startServer, type TestServer } from "../../support/servers.ts";

/** Connects to an address, sends the bytes of a hexadecimal text and resets the connection. */
const RESETTING = `import socket, struct, sys
client = socket.create_connection((sys.argv[1], int(sys.argv[2])))
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
client.sendall(bytes.fromhex(sys.argv[3]))
client.close()`;

const PAGE = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nours";

/** A network whose local host has both proxies, at these ports. */
interface Started {
  readonly network: Network;
  readonly http: number;
  readonly socks: number;
}

describe("clients on another machine", { skip: ONCE || needs("curl", ...NEEDED.ssh) }, () => {
  let machines: SshHosts;
  let other: SshHost;
  let server: TestServer;
  before(async () => {
    machines = await startSshHosts([{ name: "other", files: "host" }, { name: "third" }]);
    other = machines.host("other");
    server = await startServer(
      (socket, note) =>
        void socket.once("data", (head) => {
          note(String(head).slice(0, 4));
          socket.end(PAGE);
        }),
      { host: "0.0.0.0" },
    );
  });
  after(async () => {
    await machines?.stop();
    await server?.stop();
  });

  const onOther = (argv: readonly string[]) => [...machines.command, "other", "--", argv.map((word) => `'${word}'`).join(" ")];

  /** What curl gets through the proxies of a network with these routes: the page, or the status or exit code. */
  async function asked(
    routes: readonly object[],
    body: (curl: (from: "here" | "other", ...args: string[]) => Promise<string>, started: Started) => Promise<void>,
  ) {
    const [http, socks] = [await freePort(other.near), await freePort(other.near)];
    const entrances = { http: { listen: `${other.near}:${http}` }, socks: { listen: `${other.near}:${socks}` } };
    const network = await startNetwork({ manifest: { hosts: { local: { vip: vip(1), ...entrances } }, routes } });
    try {
      await network.ready();
      await body(
        async (from, way, target) => {
          const proxy = way === "http" ? `http://${other.near}:${http}` : `socks5h://${other.near}:${socks}`;
          const argv = [
            "curl",
            "-sS",
            "--max-time",
            "10",
            "-w",
            "|%{http_code}",
            "-x",
            proxy,
            `http://${target}:${server.port}/`,
          ];
          const { stdout } = await runToEnd(from === "here" ? argv : onOther(argv));
          return stdout.startsWith("ours") ? "ours" : stdout.slice(stdout.lastIndexOf("|") + 1);
        },
        { network, http, socks },
      );
    } finally {
      await network.stop();
    }
  }

  test("reach no address of the proxy's own, by number or name, and others as before", { timeout: 60_000 }, () =>
    asked([], async (curl) => {
      for (const way of ["http", "socks"]) {
        const refused = way === "http" ? "403" : "000";
        // The last is the machine's own on another of its cables.
        for (const target of [
          "127.0.0.1",
          "localhost",
          "0.0.0.0",
          "127.1",
          "[::1]",
          "[::ffff:127.0.0.1]",
          machines.host("third").near,
        ])
          assert.equal(await curl("other", way, target), refused, `${way} ${target}`);
        assert.equal(await curl("other", way, other.near), "ours");
        for (const target of ["127.0.0.1", machines.host("third").near]) assert.equal(await curl("here", way, target), "ours");
      }
    }),
  );

  test("reach none by a connection that is reset before the proxy looks at it", { timeout: 60_000 }, () =>
    asked([], async (curl, { network, http, socks }) => {
      const post = Buffer.from(`POST http://127.0.0.1:${server.port}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`);
      const socks4 = Buffer.from([4, 1, server.port >> 8, server.port & 255, 127, 0, 0, 1, 0]);
      const processes = network.processes();
      signalAll(processes, "SIGSTOP");
      try {
        for (const [port, bytes] of [
          [http, post],
          [socks, Buffer.concat([socks4, post])],
        ] as const) {
          const { code, stderr } = await runToEnd(
            onOther(["python3", "-c", RESETTING, other.near, `${port}`, bytes.toString("hex")]),
          );
          assert.equal(code, 0, stderr);
        }
      } finally {
        signalAll(processes, "SIGCONT");
      }
      // Both are served before those that come later.
      for (const way of ["http", "socks"]) assert.equal(await curl("here", way, "127.0.0.1"), "ours");
      assert.deepEqual(
        server.notes().filter((method) => method === "POST"),
        [],
      );
    }),
  );

  test("reach them by a route that says so", { timeout: 60_000 }, () =>
    asked([{ to: ["127.0.0.0/8"], via: "local" }], async (curl) => {
      for (const way of ["http", "socks"]) assert.equal(await curl("other", way, "127.0.0.1"), "ours", way);
    }),
  );
});
