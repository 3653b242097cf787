// Chains: a network behind another network's SOCKS proxy, and behind real ones.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pseudoRandomBytes, pseudoRandomSha256 } from "../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Child, startChild } from "../../tests/support/child.ts";
import { dial } from "../../tests/support/clients.ts";
import { needs, pathOf } from "../../tests/support/engines.ts";
import { addressOf, enteredNetwork, ownListen, published } from "../../tests/support/entered_network.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { type Address, startEcho, startSink } from "../../tests/support/servers.ts";
import { socks4, socks5 } from "../../tests/support/socks_raw.ts";
import { socksPlugin } from "../socks/mod.ts";
import { UPSTREAM } from "./key.ts";
import { upstreamSocksPlugin } from "./mod.ts";

/** Runs a body with the SOCKS proxy of a network that leads some destinations through an upstream proxy. */
async function behind(upstream: string, body: (proxy: Address) => Promise<void>): Promise<void> {
  const listen = ownListen();
  const network = await enteredNetwork({
    hosts: { local: {}, entry: { keys: { socks: { listen, outside: "refuse" } } } },
    routes: [{ to: ["*.b.test", "127.0.0.0/8"], via: "local", through: UPSTREAM, keys: { [UPSTREAM]: upstream } }],
    plugins: [upstreamSocksPlugin, socksPlugin],
    listening: ["socks"],
  });
  try {
    await body(addressOf(listen));
  } finally {
    await network.stop();
  }
}

const BYTES = 1024 * 1024;

/** Sends a known mebibyte to a sink through a chain, and its end behind it. */
async function uploaded(connecting: ReturnType<typeof socks5>, code = 0): Promise<void> {
  const answer = await connecting;
  assert.equal(answer.code, code);
  answer.socket.end(pseudoRandomBytes(3, BYTES));
  assert.equal((await answer.rest()).toString(), `${BYTES} ${pseudoRandomSha256(3, BYTES)}\n`);
  answer.close();
}

test("a network behind another one: names are the other's, and failures come through", async () => {
  const sink = await startSink();
  const [open, closed] = [ownListen(), ownListen()];
  const auth = { user: "me", password: "p@ss" };
  const refusing = { host: "127.0.0.1", port: await freePort("127.0.0.1") };
  const other = await enteredNetwork({
    hosts: {
      bastion: { keys: { socks: { listen: open, outside: "refuse" } } },
      guarded: { keys: { socks: { listen: closed, outside: "refuse", auth } } },
      web: { aliases: ["web.b.test"], ports: [published(80, sink), published(81, refusing)] },
    },
    plugins: [socksPlugin],
    listening: ["socks"],
  });
  try {
    for (const url of [`socks5://${open}`, `socks4a://me@${open}`, `socks5h://me:p%40ss@${closed}`]) {
      await behind(url, async (proxy) => {
        await uploaded(socks5(proxy, { host: "Web.B.test", port: 80 }));
        await uploaded(socks4(proxy, { host: "web.b.test", port: 80 }), 90);
        const [refused, unpublished, outside] = await Promise.all([
          socks5(proxy, { host: "web.b.test", port: 81 }),
          socks5(proxy, { host: "web.b.test", port: 82 }),
          socks5(proxy, { host: "127.0.0.1", port: 80 }),
        ]);
        const expected = url.startsWith("socks4") ? [4, 4, 4] : [5, 2, 2];
        assert.deepEqual([refused.code, unpublished.code, outside.code], expected, url);
      });
    }
    await behind(`socks5://me:wrong@${closed}`, async (proxy) => {
      assert.equal((await socks5(proxy, { host: "web.b.test", port: 80 })).code, 1);
    });
    await waitFor(() => sink.open() === 0, { what: "the target's connections to end" });
  } finally {
    await other.stop();
    await sink.stop();
  }
});

/** Starts a proxy's program, runs a body, and ends it. */
async function running(argv: readonly string[], at: Address, body: () => Promise<void>): Promise<void> {
  const child: Child = await startChild(argv);
  try {
    await waitFor(async () => (await dial(at)).destroy(), { what: `${argv[0]} to listen: ${child.stderr()}` });
    await body();
  } finally {
    await child.stop();
  }
}

/** The same there and back, for proxies that end both ways when one ends. */
async function echoed(proxy: Address, to: Address): Promise<void> {
  const answer = await socks5(proxy, to);
  assert.equal(answer.code, 0);
  const bytes = pseudoRandomBytes(3, BYTES);
  answer.write(bytes);
  assert.ok((await answer.read(BYTES)).equals(bytes));
  answer.close();
}

test("microsocks, with and without a password", { skip: needs("microsocks") }, async () => {
  const echo = await startEcho();
  const closedPort = await freePort("127.0.0.1");
  const { host, port } = addressOf(ownListen());
  const argv = ["microsocks", "-i", host, "-p", `${port}`];
  try {
    await running([...argv, "-u", "me", "-P", "s3cret"], { host, port }, async () => {
      await behind(`socks5://me:s3cret@${host}:${port}`, async (proxy) => {
        await echoed(proxy, echo);
        assert.equal((await socks5(proxy, { host: "127.0.0.1", port: closedPort })).code, 5);
      });
      await behind(`socks5://me:wrong@${host}:${port}`, async (proxy) => {
        assert.equal((await socks5(proxy, echo)).code, 1);
      });
    });
    await running(argv, { host, port }, () =>
      behind(`socks5h://${host}:${port}`, async (proxy) => {
        await echoed(proxy, echo);
        assert.ok((await socks5(proxy, { host: "nobody.b.test", port: 80 })).code > 0);
      }),
    );
  } finally {
    await echo.stop();
  }
});

test("danted, with SOCKS5 and SOCKS4, and its rules", { skip: needs("danted") }, async () => {
  const sink = await startSink();
  const closedPort = await freePort("127.0.0.1");
  const { host, port } = addressOf(ownListen());
  const folder = tempDir("danted");
  const config = join(folder.path, "danted.conf");
  writeFileSync(
    config,
    `logoutput: stderr
internal: ${host} port = ${port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks block { from: 0.0.0.0/0 to: 127.77.0.0/16 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 protocol: tcp }
`,
  );
  try {
    const argv = [pathOf("danted") ?? "danted", "-f", config, "-p", join(folder.path, "pid")];
    await running(argv, { host, port }, async () => {
      for (const [scheme, refused, blocked] of [
        ["socks5", 5, 2],
        ["socks4", 4, 4],
      ] as const) {
        await behind(`${scheme}://${host}:${port}`, async (proxy) => {
          await uploaded(socks5(proxy, sink));
          assert.equal((await socks5(proxy, { host: "127.0.0.1", port: closedPort })).code, refused, scheme);
          assert.equal((await socks5(proxy, { host: "127.77.0.1", port: 80 })).code, blocked, scheme);
        });
      }
    });
  } finally {
    await sink.stop();
    folder.remove();
  }
});
