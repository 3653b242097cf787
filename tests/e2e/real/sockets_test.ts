// Unix sockets that lead to Unix sockets of other hosts, by the real program: each direction ends by itself, a reset comes
// through, a thousand connections at once; databases by their own clients; listeners on a host that is another machine's.

import assert from "node:assert/strict";
import { once } from "node:events";
import { chownSync, globSync, mkdirSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { type Child, runToEnd, startChild } from "../../support/child.ts";
import { agentArgv } from "../../support/cli.ts";
import { needs, pathOf } from "../../support/engines.ts";
import { agentIn, ONCE, vip } from "../../support/lab.ts";
import { type TempDir, tempDir } from "../../support/lifetime.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { type Host, startUsernsHost } from "../../support/userns_lab.ts";

const MIB = 1024 * 1024;
const loopback = { disable: true };
/** Clients that connect at the same moment. Bun 1.4 takes a full queue, of 512, for no server. */
const AT_ONCE = process.versions.bun ? 100 : 1000;

/** A manager's own host with these sockets, and `far`, an agent of this machine, with these ports. */
async function network(sockets: readonly string[], ports: readonly string[]): Promise<Network> {
  const far = { vip: vip(2), cmd: agentArgv(), loopback, ports };
  const started = await startNetwork({ manifest: { hosts: { here: { vip: vip(1), loopback, sockets }, far } } });
  assert.deepEqual((await started.ready(30_000)).failed, []);
  return started;
}

describe("a socket that leads to a socket", () => {
  let dir: TempDir;
  let net: Network;
  let server: Server;
  /** What the server does with each connection. */
  let serve: (socket: Socket) => void = (socket) => socket.destroy();
  const enter = () => connect({ path: `${dir.path}/here`, allowHalfOpen: true }).on("error", () => undefined);

  before(async () => {
    dir = tempDir("sockets");
    server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      serve(socket);
    });
    await once(server.listen(`${dir.path}/there`), "listening");
    net = await network([`${dir.path}/here -> far:1`], [`1:unix:${dir.path}/there`]);
  });
  after(async () => {
    await net?.stop();
    server?.close();
    dir?.remove();
  });

  /** Counts what comes until it ends. */
  async function counted(socket: Socket): Promise<number> {
    let bytes = 0;
    socket.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
    });
    await once(socket, "end");
    return bytes;
  }

  test("each direction ends by itself, whichever is first, and much passes both ways at once", { timeout: 60_000 }, async () => {
    const there: Promise<number>[] = [];
    serve = (socket) => {
      const all = counted(socket);
      there.push(all);
      void all.then(() => socket.end(Buffer.alloc(8 * MIB)));
    };
    const first = enter();
    first.end(Buffer.alloc(16 * MIB));
    assert.equal(await counted(first), 8 * MIB);
    assert.equal(await there[0], 16 * MIB);
    serve = (socket) => {
      socket.end(Buffer.alloc(8 * MIB));
      there.push(counted(socket));
    };
    const second = enter();
    assert.equal(await counted(second), 8 * MIB);
    second.end(Buffer.alloc(16 * MIB));
    await waitFor(() => there.length === 2, { what: "the second connection" });
    assert.equal(await there[1], 16 * MIB);
  });

  test("who goes without an end is gone at the other end, too", { timeout: 60_000 }, async () => {
    let peer: Socket | undefined;
    serve = (socket) => {
      peer = socket.resume();
      socket.write("hello");
    };
    const gone = enter();
    await once(gone, "data");
    gone.destroy();
    const left = peer ?? assert.fail("nobody came");
    await once(left, "end");
    // A Unix socket knows no reset: who writes learns of it.
    await waitFor(() => left.destroyed || void left.write("to nobody"), { what: "the end of writing to nobody", everyMs: 5 });
    const stays = enter();
    await once(stays, "data");
    (peer ?? assert.fail("nobody came")).destroy();
    await once(stays.resume(), "end");
    stays.destroy();
  });

  test("a thousand connections at once, each with its own bytes", { timeout: 120_000 }, async () => {
    let open = 0;
    let most = 0;
    serve = (socket) => {
      most = Math.max(most, ++open);
      socket.once("close", () => (open -= 1));
      socket.pipe(socket);
    };
    const clients: Socket[] = [];
    while (clients.length < 1000) {
      const first = clients.length;
      const more = Array.from({ length: AT_ONCE }, enter);
      const answers = more.map(async (socket, at) => {
        const text = `I am client ${first + at}\n`;
        socket.write(text);
        const [said] = await once(socket, "data");
        assert.equal(String(said), text);
      });
      clients.push(...more);
      await Promise.all(answers);
    }
    assert.equal(most, 1000);
    for (const socket of clients) socket.end();
    await Promise.all(clients.map((socket) => once(socket.resume(), "close")));
    await waitFor(() => open === 0, { what: "all connections to be over" });
  });
});

describe("socat on both ends", { skip: ONCE || needs("socat") }, () => {
  test("wc answers after the end of its input, at a path and at an abstract name", { timeout: 60_000 }, async () => {
    const dir = tempDir("sockets");
    const name = `norouter-test-${process.pid}`;
    const paths = [`UNIX-LISTEN:${dir.path}/wc,fork`, `ABSTRACT-LISTEN:${name}-far,fork`];
    const servers = await Promise.all(paths.map((at) => startChild(["socat", at, "EXEC:wc -c"])));
    const net = await network(
      [`${dir.path}/near -> far:2`, `@${name} -> far:1`],
      [`1:unix:${dir.path}/wc`, `2:unix:@${name}-far`],
    );
    try {
      for (const at of [`UNIX-CONNECT:${dir.path}/near`, `ABSTRACT-CONNECT:${name}`]) {
        const input = "x".repeat(MIB);
        const { stdout, stderr } = await runToEnd(["socat", "-t", "20", "-", at], { input });
        assert.equal(stdout.trim(), `${input.length}`, stderr);
      }
    } finally {
      await net.stop();
      await Promise.all(servers.map((one) => one.stop()));
      dir.remove();
    }
  });
});

describe("listeners on another machine", { skip: ONCE || needs("userns", "socat") }, () => {
  test("a host in namespaces of its own has its sockets there, and a program there uses them", { timeout: 60_000 }, async () => {
    const far: Host = await startUsernsHost({ name: "far", web: "none" });
    const dir = tempDir("sockets");
    const server = createServer({ allowHalfOpen: true }, (socket) => void socket.end("from here"));
    await once(server.listen(`${dir.path}/own`), "listening");
    const name = `norouter-far-${process.pid}`;
    const net = await startNetwork({
      manifest: {
        hosts: {
          here: { vip: vip(1), loopback, ports: [`7:unix:${dir.path}/own`] },
          far: { vip: vip(2), loopback, cmd: agentIn(far), sockets: ["~/s -> here:7", `@${name} -> here:7`] },
        },
      },
    });
    try {
      assert.deepEqual((await net.ready(30_000)).failed, []);
      for (const at of [`UNIX-CONNECT:${far.home}/s`, `ABSTRACT-CONNECT:${name}`])
        assert.equal((await far.run(["socat", "-t", "20", "-", at])).stdout, "from here");
      // An abstract name is one of the network namespace: here is none of it.
      const here = await runToEnd(["socat", "-", `ABSTRACT-CONNECT:${name}`]);
      assert.match(here.stderr, /refused/);
    } finally {
      await net.stop();
      server.close();
      await far.stop();
      dir.remove();
    }
  });
});

/** The folder of PostgreSQL's own programs, which Debian has outside of PATH. */
const [POSTGRES = ""] = globSync("/usr/lib/postgresql/*/bin");

describe("databases by their sockets", {
  skip: ONCE || needs("root", "setpriv", "psql", "pg_ctlcluster", "mariadbd", "mariadb", "mariadb-install-db"),
}, () => {
  let dir: TempDir;
  const children: Child[] = [];
  before(() => {
    dir = tempDir("db", 0o755);
  });
  after(async () => {
    for (const child of children) await child.stop();
    dir.remove();
  });
  const must = async (argv: readonly string[]) => {
    const done = await runToEnd(argv, { timeoutMs: 60_000 });
    assert.equal(done.code, 0, done.stderr + done.stdout);
    return done.stdout;
  };
  const succeeds = (argv: readonly string[]) => async () => (await runToEnd(argv)).code === 0;

  test("psql and PostgreSQL", { timeout: 120_000 }, async () => {
    const [data, here] = [`${dir.path}/pg`, `${dir.path}/here`];
    mkdirSync(here);
    mkdirSync(data);
    chownSync(data, 65_534, 65_534); // it does not run as root
    const as = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    await must([...as, `${POSTGRES}/initdb`, "-D", `${data}/db`, "-U", "me", "-A", "trust", "--no-sync"]);
    const options = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", data];
    children.push(await startChild([...as, `${POSTGRES}/postgres`, "-D", `${data}/db`, ...options]));
    const psql = (folder: string, ...words: string[]) => [
      "psql",
      "-X",
      "-h",
      folder,
      "-U",
      "me",
      "-d",
      "postgres",
      "-At",
      ...words,
    ];
    await waitFor(succeeds(psql(data, "-c", "select 1")), { what: "PostgreSQL", timeoutMs: 30_000 });
    const net = await network([`${here}/.s.PGSQL.5432 -> far:5432`], [`5432:unix:${data}/.s.PGSQL.5432`]);
    try {
      const large = "select length(string_agg(md5(n::text), '')) from generate_series(1, 100000) n";
      assert.equal(await must(psql(here, "-c", large)), "3200000\n");
      const rows = await runToEnd(
        psql(here, "-c", "create table t (n int)", "-c", "copy t from stdin", "-c", "select sum(n) from t"),
        {
          input: `${Array.from({ length: 50_000 }, (_, n) => n).join("\n")}\n\\.\n`,
        },
      );
      assert.match(rows.stdout, /\n1249975000\n$/, rows.stderr);
    } finally {
      await net.stop();
    }
  });

  test("mariadb and MariaDB", { timeout: 120_000 }, async () => {
    const data = `${dir.path}/my`;
    mkdirSync(data);
    const common = ["--no-defaults", `--datadir=${data}/db`, "--user=root"];
    await must(["mariadb-install-db", ...common, "--auth-root-authentication-method=normal", "--skip-test-db"]);
    const server = pathOf("mariadbd") ?? "mariadbd";
    children.push(await startChild([server, ...common, `--socket=${data}/s`, "--skip-networking", `--pid-file=${data}/pid`]));
    const mariadb = (socket: string, sql: string) => [
      "mariadb",
      "--no-defaults",
      `--socket=${socket}`,
      "-u",
      "root",
      "-N",
      "-e",
      sql,
    ];
    await waitFor(succeeds(mariadb(`${data}/s`, "select 1")), { what: "MariaDB", timeoutMs: 30_000 });
    const net = await network([`${data}/here -> far:3306`], [`3306:unix:${data}/s`]);
    try {
      assert.equal(await must(mariadb(`${data}/here`, "select repeat('x', 1000000)")), `${"x".repeat(1_000_000)}\n`);
      assert.match(await must(mariadb(`${data}/here`, "status")), /Localhost via UNIX socket/);
    } finally {
      await net.stop();
    }
  });
});
