// What clients of the SOCKS proxy do, well or badly: passwords, pieces, haste, silence, leaving early, coming in crowds.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hostPlugin } from "../../conformance/host_plugin.ts";
import { pseudoRandomBytes, pseudoRandomSha256 } from "../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import type { NoRouterError, Overrides, Plugin, Stream } from "../../core/mod.ts";
import { dial } from "../../tests/support/clients.ts";
import { addressOf, type EnteredNetwork, enteredNetwork, ownListen, published } from "../../tests/support/entered_network.ts";
import { type Address, startEcho, startHalfClose, startSink, type TestServer } from "../../tests/support/servers.ts";
import { login5, openRaw, type RawConnection, request4, request5, socks5 } from "../../tests/support/socks_raw.ts";
import type { ProxySpec } from "../support/proxy_settings.ts";
import { socksPlugin } from "./mod.ts";

/** A target at the host "web" that takes no more than one piece, and answers, when the test says so. */
class Waiting {
  readonly stream: Stream;
  bytes = 0;
  ended = false;
  reset: NoRouterError | undefined;
  #accepted = false;

  constructor(stream: Stream) {
    this.stream = stream;
    stream.attach({
      data: (chunk) => {
        this.bytes += chunk.length;
        return this.#accepted;
      },
      end: () => {
        this.ended = true;
      },
      reset: (error) => {
        this.reset = error;
      },
      drain: () => undefined,
    });
  }

  accept(): void {
    this.#accepted = true;
    this.stream.accept();
    this.stream.resume();
  }
}

function waitingPlugin(arrived: Waiting[]): Plugin {
  return hostPlugin("waiting", (context) =>
    context.egress(() => ({
      name: "waiting",
      claims: (target) => target.kind === "published" && target.port === 7,
      open: (stream) => void arrived.push(new Waiting(stream)),
      stop: async () => undefined,
    })),
  );
}

interface World {
  readonly proxy: Address;
  readonly network: EnteredNetwork;
  readonly server: TestServer;
  readonly arrived: readonly Waiting[];
  raw(): Promise<RawConnection>;
}

interface WorldOptions {
  readonly server?: Promise<TestServer>;
  readonly socks?: Partial<ProxySpec>;
  readonly limits?: Overrides;
}

/** Runs a body on a network with a SOCKS proxy in front of one server; nothing of either is left. */
async function through(options: WorldOptions, body: (world: World) => Promise<void>): Promise<void> {
  const server = await (options.server ?? startHalfClose());
  const arrived: Waiting[] = [];
  const listen = options.socks?.listen ?? ownListen();
  const network = await enteredNetwork({
    hosts: {
      local: {},
      entry: { keys: { socks: { outside: "refuse", ...options.socks, listen } } },
      web: { ports: [published(80, server)] },
    },
    plugins: [waitingPlugin(arrived), socksPlugin],
    listening: ["socks"],
    limits: options.limits ?? {},
  });
  const proxy = addressOf(listen);
  try {
    await body({ proxy, network, server, arrived, raw: () => openRaw(proxy) });
  } finally {
    await network.stop();
    await waitFor(() => server.open() === 0, { what: "the target's connections to end" });
    await server.stop();
  }
}

const WEB = { host: "web", port: 80 };
const WAITING = { host: "web", port: 7 };
const GRANTED = `0500${"05000001000000000000"}`;
const AUTH = { user: "me", password: "s3cret:ä" };

test("a closed proxy takes the right name and password, and nothing else", async () => {
  await through({ socks: { auth: AUTH } }, async ({ raw }) => {
    const answers: [string, string][] = [];
    const attempt = async (what: string, ...parts: number[][]) => {
      const client = await raw();
      client.write(...parts);
      client.socket.end("123");
      answers.push([what, (await client.rest()).toString("hex")]);
      client.close();
    };
    await attempt("right", [5, 2, 0, 2], login5(AUTH.user, AUTH.password), request5(WEB));
    await attempt("wrong password", [5, 1, 2], login5(AUTH.user, "guess"), request5(WEB));
    await attempt("wrong name", [5, 1, 2], login5("you", AUTH.password), request5(WEB));
    await attempt("nothing", [5, 1, 2], login5("", ""), request5(WEB));
    await attempt("no login offered", [5, 1, 0], request5(WEB));
    await attempt("SOCKS4", request4(WEB, AUTH.user));
    assert.deepEqual(answers, [
      ["right", `0502010005000001000000000000${Buffer.from("GOT 3").toString("hex")}`],
      ["wrong password", "05020101"],
      ["wrong name", "05020101"],
      ["nothing", "05020101"],
      ["no login offered", "05ff"],
      ["SOCKS4", "005d000000000000"],
    ]);
  });
});

test("an open proxy lets in whoever brings a password all the same", async () => {
  await through({}, async ({ raw }) => {
    const client = await raw();
    client.write([5, 1, 2], login5("any", "thing"), request5(WEB));
    client.socket.end();
    assert.equal((await client.rest()).toString("hex"), `0502010005000001000000000000${Buffer.from("GOT 0").toString("hex")}`);
    client.close();
  });
});

test("a handshake may come byte by byte", async () => {
  await through({}, async ({ raw }) => {
    const client = await raw();
    client.socket.setNoDelay(true);
    for (const byte of [5, 1, 0, ...request5(WEB), 1, 2, 3])
      await new Promise((sent) => client.socket.write(Uint8Array.of(byte), sent));
    client.socket.end();
    assert.equal((await client.rest()).toString("hex"), GRANTED + Buffer.from("GOT 3").toString("hex"));
    client.close();
  });
});

test("what comes in one go with the handshake reaches the target whole and in order", async () => {
  const bytes = 1024 * 1024;
  await through({ server: startSink() }, async ({ raw }) => {
    const client = await raw();
    client.write(Buffer.concat([Uint8Array.of(5, 1, 0), Uint8Array.from(request5(WEB)), pseudoRandomBytes(7, bytes)]));
    client.socket.end();
    assert.equal((await client.read(12)).toString("hex"), GRANTED);
    assert.equal((await client.rest()).toString(), `${bytes} ${pseudoRandomSha256(7, bytes)}\n`);
    client.close();
  });
});

test("a client that sends without waiting is stopped until the target answers", async () => {
  await through({}, async ({ raw, arrived }) => {
    const client = await raw();
    client.write([5, 1, 0], request5(WAITING));
    let written = 0;
    const piece = new Uint8Array(64 * 1024);
    await waitFor(
      () => {
        written += piece.length;
        assert.ok(written < 512 * 1024 * 1024);
        return !client.socket.write(piece) && client.socket.writableLength > 32 * piece.length;
      },
      { what: "the client to be stopped", everyMs: 0, timeoutMs: 30_000 },
    );
    const [target] = arrived;
    assert.ok(target && target.bytes <= 16 * 1024, `${target?.bytes} bytes came before the target answered`);
    target.accept();
    client.socket.end();
    await waitFor(() => target.bytes === written && target.ended, { what: "all bytes", timeoutMs: 60_000 });
    target.stream.end();
    client.close();
  });
});

test("a client's end and its reset reach a target that has not answered yet", async () => {
  await through({}, async ({ raw, arrived }) => {
    const ending = await raw();
    ending.write([5, 1, 0], request5(WAITING));
    ending.socket.end("bye");
    await waitFor(() => arrived[0]?.ended, { what: "the end to arrive" });
    assert.equal(arrived[0]?.bytes, 3);
    arrived[0]?.accept();
    arrived[0]?.stream.end();
    assert.equal((await ending.rest()).toString("hex"), GRANTED);
    ending.close();

    const resetting = await raw();
    resetting.write([5, 1, 0], request5(WAITING));
    await waitFor(() => arrived[1], { what: "the second stream" });
    resetting.socket.resetAndDestroy();
    await waitFor(() => arrived[1]?.reset, { what: "the reset to arrive" });
    assert.equal(arrived[1]?.reset?.code, "reset");
  });
});

test("a target that resets before it answered is a failure reply", async () => {
  await through({}, async ({ raw, arrived }) => {
    const client = await raw();
    client.write([5, 1, 0], request5(WAITING), "early");
    await waitFor(() => arrived[0]?.bytes === 5, { what: "the early bytes" });
    arrived[0]?.stream.reset("unreachable");
    assert.equal((await client.rest()).toString("hex"), "050005040001000000000000");
    client.close();
  });
});

test("a slow handshake is ended, whatever it has said", async () => {
  await through({ limits: { handshakeMs: 100, stopMs: 100 } }, async ({ raw }) => {
    const slow = async (...parts: number[][]) => {
      const client = await raw();
      client.write(...parts);
      const got = (await client.rest()).toString("hex");
      client.socket.once("error", () => undefined);
      await new Promise((closed) => client.socket.once("close", closed).end());
      return got;
    };
    const answers = await Promise.all([
      slow(),
      slow([5, 200, 0]),
      slow([5, 1, 0]),
      slow([5, 1, 0], [5, 1, 0, 3]),
      slow([4, 1, 0]),
    ]);
    assert.deepEqual(answers, ["", "", "050005010001000000000000", "050005010001000000000000", ""]);
  });
});

test("the reply reaches a client that goes on sending, and is followed by an end", async () => {
  await through({}, async ({ raw }) => {
    for (const request of [request5(WEB, 3), request5({ host: "web", port: 81 })]) {
      const client = await raw();
      client.write(Buffer.concat([Uint8Array.of(5, 1, 0), Uint8Array.from(request), new Uint8Array(1024 * 1024)]));
      const reply = (await client.rest()).toString("hex");
      assert.match(reply, /^0500050[27]0001000000000000$/);
      client.socket.end();
      assert.equal(await client.ended, "FIN");
      client.close();
    }
  });
});

test("a refused client that does not end is cut off", async () => {
  await through({ limits: { stopMs: 100 } }, async ({ raw }) => {
    const client = await raw();
    client.write([5, 1, 0], request5(WEB, 3));
    assert.equal((await client.rest()).toString("hex"), "050005070001000000000000");
    const broken = new Promise((resolve) => client.socket.once("error", resolve));
    await waitFor(() => !client.socket.write("more") || client.socket.destroyed, { what: "writing to fail" });
    await broken;
  });
});

test("a client that is one too many is told so in its protocol, and there is room again", async () => {
  await through({ server: startEcho(), limits: { proxyConnections: 2 } }, async ({ raw, proxy, server }) => {
    const first = await socks5(proxy, WEB);
    const second = await socks5(proxy, WEB);
    assert.deepEqual([first.code, second.code], [0, 0]);
    const third = await socks5(proxy, WEB);
    assert.equal(third.code, 1);
    third.close();
    const four = await raw();
    four.write(request4(WEB));
    assert.equal((await four.rest()).toString("hex"), "005b000000000000");
    four.close();
    assert.equal(server.accepted(), 2);
    first.socket.end();
    await first.rest();
    await waitFor(
      async () => {
        const next = await socks5(proxy, WEB);
        next.close();
        return next.code === 0;
      },
      { what: "room for another" },
    );
    second.close();
  });
});

/** One exchange with an echo server. */
async function echoed(proxy: Address, text: string): Promise<string> {
  const answer = await socks5(proxy, WEB);
  answer.socket.end(text);
  const got = (await answer.rest()).toString();
  answer.close();
  return got;
}

test("200 connections in a row and 100 at once take no more places than are open at a time", async () => {
  await through({ server: startEcho(), limits: { proxyConnections: 100 } }, async ({ proxy, server }) => {
    for (let turn = 0; turn < 200; turn += 1) assert.equal(await echoed(proxy, `turn ${turn}`), `turn ${turn}`);
    await waitFor(() => server.open() === 0, { what: "the target's connections to end" });
    const together = Array.from({ length: 100 }, (_, index) => `client ${index}`);
    assert.deepEqual(await Promise.all(together.map((text) => echoed(proxy, text))), together);
    assert.equal(server.accepted(), 300);
  });
});

test("a Unix socket is served, for its own user alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "socks-"));
  const path = join(folder, "proxy.sock");
  try {
    await through({ server: startEcho(), socks: { listen: `unix:${path}` } }, async () => {
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const answer = await socks5({ path }, WEB);
      answer.socket.end("hello");
      assert.equal((await answer.rest()).toString(), "hello");
      answer.close();
    });
    assert.throws(() => statSync(path), { code: "ENOENT" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("after stop nothing listens, and clients in a handshake are gone", async () => {
  await through({ limits: { handshakeMs: 600_000 } }, async ({ network, raw, proxy }) => {
    const silent = await raw();
    const asking = await raw();
    asking.write([5, 1, 0]);
    await asking.read(2);
    await network.stop();
    assert.match(await silent.ended, /FIN|ECONNRESET/);
    assert.match(await asking.ended, /FIN|ECONNRESET/);
    await assert.rejects(dial(proxy), { code: "ECONNREFUSED" });
    for (const client of [silent, asking]) client.close();
  });
});
