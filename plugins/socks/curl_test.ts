// curl, in each of its ways to use a SOCKS proxy.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { runToEnd } from "../../tests/support/child.ts";
import { needs } from "../../tests/support/engines.ts";
import { type EnteredNetwork, enteredNetwork, ownListen, published } from "../../tests/support/entered_network.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { type TempDir, tempDir } from "../../tests/support/lifetime.ts";
import { startHttp, type TestServer } from "../../tests/support/servers.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { socksPlugin } from "./mod.ts";

describe("curl through a SOCKS proxy", { skip: needs("curl") }, () => {
  const open = ownListen();
  const closed = ownListen();
  const vip = ownVip();
  let folder: TempDir;
  let server: TestServer;
  let network: EnteredNetwork;

  before(async () => {
    folder = tempDir("curl");
    server = await startHttp("a page");
    const refusing = { host: "127.0.0.1", port: await freePort("127.0.0.1") };
    network = await enteredNetwork({
      hosts: {
        local: { keys: { socks: { listen: `unix:${join(folder.path, "proxy")}`, outside: "refuse" } } },
        open: { keys: { socks: { listen: open, outside: "refuse" } } },
        closed: { keys: { socks: { listen: closed, outside: "refuse", auth: { user: "me", password: "se:cret" } } } },
        web: { vip, ports: [published(80, server), published(81, refusing)] },
      },
      plugins: [socksPlugin],
      listening: ["socks"],
    });
  });
  after(async () => {
    await network?.stop();
    await waitFor(() => server.open() === 0, { what: "the server's connections to end" });
    await server?.stop();
    folder?.remove();
  });

  const curl = (...args: string[]) => runToEnd(["curl", "-sS", "--noproxy", "", "--max-time", "20", ...args]);
  const CANNOT_COMPLETE = 97; // CURLE_PROXY

  test("every version, with names and addresses", async () => {
    const ways = [
      ["--socks4", open, `http://${vip}/`],
      ["--socks4a", open, "http://web/"],
      ["--socks4a", open, `http://${vip}/`],
      ["--socks5", open, `http://${vip}/`],
      ["--socks5-hostname", open, "http://WEB/"],
      ["--socks5-hostname", open, "--proxy-user", "any:body", "http://web/"],
      ["--proxy", `socks5h://localhost${join(folder.path, "proxy")}`, "http://web/"],
    ];
    for (const way of ways) assert.deepEqual(await curl(...way), { code: 0, signal: null, stdout: "a page", stderr: "" });
  });

  test("a password is wanted where the manifest has one", async () => {
    const through = (...args: string[]) => curl("--socks5-hostname", closed, ...args, "http://web/");
    assert.equal((await through("--proxy-user", "me:se:cret")).stdout, "a page");
    for (const args of [["--proxy-user", "me:guess"], []]) {
      const { code, stdout } = await through(...args);
      assert.deepEqual([code, stdout], [CANNOT_COMPLETE, ""], args.join(" "));
    }
    const four = await curl("--socks4a", closed, "--proxy-user", "me", "http://web/");
    assert.equal(four.code, CANNOT_COMPLETE);
    assert.match(four.stderr, /93/);
  });

  test("curl says why it cannot connect", async () => {
    const reasons = ["http://web:81/", "http://web:82/", "http://elsewhere.test/"].map((url) =>
      curl("--socks5-hostname", open, url),
    );
    assert.deepEqual(
      (await Promise.all(reasons)).map(({ code, stderr }) => [code, /\((\d+)\)\s*$/.exec(stderr)?.[1]]),
      [5, 2, 2].map((reply) => [CANNOT_COMPLETE, `${reply}`]),
    );
  });

  test("curl that takes it for an HTTP proxy is told that it is none", async () => {
    const { code, stdout } = await curl("--proxy", `http://${open}`, "http://web/");
    assert.equal(code, 0);
    assert.match(stdout, /This is a SOCKS proxy/);
  });
});
