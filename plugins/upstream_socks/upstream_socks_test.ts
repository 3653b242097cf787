// Streams that leave through a SOCKS proxy that a test plays: what it is asked, what its answers come to, and how both
// sides end.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import type { NoRouterError, Overrides } from "../../core/mod.ts";
import { type EnteredNetwork, enteredNetwork } from "../../tests/support/entered_network.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { type Address, startServer, type TestServer } from "../../tests/support/servers.ts";
import { UPSTREAM } from "./key.ts";
import { upstreamSocksPlugin } from "./mod.ts";

/** Plays a proxy: its answers to what comes first, second, ...; what it got is noted in hexadecimal. */
function startProxy(answers: readonly (string | ((socket: Socket) => void))[]): Promise<TestServer> {
  return startServer((socket, note) => {
    let turn = 0;
    socket.on("data", (chunk: Uint8Array) => {
      note(Buffer.from(chunk).toString("hex"));
      const answer = answers[turn];
      turn += 1;
      if (typeof answer === "string") socket.write(Buffer.from(answer, "hex"));
      else answer?.(socket);
    });
    socket.on("end", () => {
      note("FIN");
      socket.end();
    });
    socket.on("error", () => note("reset"));
  });
}

/** A stream of the host "entry" and what comes of it. */
class Client {
  readonly stream: ReturnType<ReturnType<EnteredNetwork["context"]>["dial"]>;
  got = "";
  accepted = false;
  ended = false;
  error: NoRouterError | undefined;

  constructor(network: EnteredNetwork, { host, port }: Address) {
    this.stream = network.context("entry").dial(network.state("local"), { kind: "address", host, port });
    this.stream.attach({
      accepted: () => {
        this.accepted = true;
      },
      data: (chunk) => {
        this.got += Buffer.from(chunk).toString();
        return true;
      },
      end: () => {
        this.ended = true;
      },
      reset: (error) => {
        this.error = error;
      },
      drain: () => undefined,
    });
  }

  /** The code it failed with. */
  async failure(): Promise<string> {
    const error = await waitFor(() => this.error, { what: "the stream to fail", everyMs: 1 });
    assert.ok(!error.message.includes("s3cret"), error.message);
    return error.code;
  }

  write(text: string): void {
    this.stream.write(new TextEncoder().encode(text));
  }
}

interface World {
  readonly proxy: TestServer;
  readonly network: EnteredNetwork;
  ask(host: string): Client;
}

/** Runs a body on a network that leads `*.up.test` and some addresses through a proxy; nothing is left. */
async function through(
  url: (proxy: Address) => string,
  answers: Parameters<typeof startProxy>[0],
  body: (world: World) => Promise<void>,
  limits: Overrides = {},
): Promise<void> {
  const proxy = await startProxy(answers);
  const network = await enteredNetwork({
    hosts: { local: {}, entry: {} },
    routes: [
      {
        to: ["*.up.test", "192.0.2.0/24", "2001:db8::/32", "fe80::/10"],
        via: "local",
        through: UPSTREAM,
        keys: { [UPSTREAM]: url(proxy) },
      },
    ],
    plugins: [upstreamSocksPlugin],
    limits,
  });
  try {
    await body({ proxy, network, ask: (host) => new Client(network, { host, port: 80 }) });
  } finally {
    await network.stop();
    await waitFor(() => proxy.open() === 0, { what: "the proxy's connections to end" });
    await proxy.stop();
  }
}

const plain =
  (scheme = "socks5", login = "") =>
  ({ host, port }: Address) =>
    `${scheme}://${login}${host}:${port}`;
const GRANTED = "05000001000000000000";
const closed = (socket: Socket) => void socket.destroy();

test("a stream goes through, names unresolved, with half-close both ways", async () => {
  const answer = (socket: Socket) => {
    socket.end("hello");
  };
  await through(plain(), ["0500", GRANTED, answer], async ({ ask, proxy }) => {
    const client = ask("db.up.test");
    client.write("early");
    await waitFor(() => client.ended, { what: "the proxy's end" });
    assert.deepEqual([client.accepted, client.got], [true, "hello"]);
    client.write("late");
    client.stream.end();
    await waitFor(() => proxy.notes().includes("FIN"), { what: "the client's end" });
    const [methods, request, ...rest] = proxy.notes();
    assert.deepEqual([methods, request], ["050100", `050100030a${Buffer.from("db.up.test").toString("hex")}0050`]);
    assert.equal(Buffer.from(rest.slice(0, -1).join(""), "hex").toString(), "earlylate");
  });
});

test("bytes that come together with the proxy's reply are not lost, nor is its end", async () => {
  const together = (socket: Socket) =>
    void socket.end(Buffer.concat([Buffer.from(GRANTED, "hex"), Buffer.from("x".repeat(5000))]));
  await through(plain(), ["0500", together], async ({ ask }) => {
    const client = ask("db.up.test");
    await waitFor(() => client.ended, { what: "the end" });
    assert.equal(client.got, "x".repeat(5000));
    client.stream.end();
  });
});

test("a reply that comes byte by byte, with a name for an address, is read", async () => {
  const drip = async (socket: Socket) => {
    for (const byte of Buffer.from("0500000303616263ffff", "hex"))
      await new Promise((sent) => socket.write(Uint8Array.of(byte), sent));
    socket.end("!");
  };
  await through(plain(), ["0500", (socket) => void drip(socket)], async ({ ask }) => {
    const client = ask("192.0.2.7");
    await waitFor(() => client.ended, { what: "the end" });
    assert.equal(client.got, "!");
    client.stream.end();
  });
});

test("addresses are sent as such; name and password of the URL are decoded", async () => {
  await through(plain("socks5h", "m%65:s3cret%3A%C3%A4@"), ["0502", "0100", GRANTED], async ({ ask, proxy }) => {
    const client = ask("2001:db8::1");
    await waitFor(() => client.accepted, { what: "the connection" });
    const password = Buffer.from("s3cret:ä");
    assert.deepEqual(proxy.notes(), [
      "05020002",
      `01026d65${password.length.toString(16).padStart(2, "0")}${password.toString("hex")}`,
      "0501000420010db80000000000000000000000010050",
    ]);
    client.stream.reset("reset");
  });
});

test("SOCKS4 sends addresses, SOCKS4a names, both with the user", async () => {
  await through(plain("socks4", "me@"), ["005a000000000000"], async ({ ask, proxy }) => {
    for (const host of ["192.0.2.7", "db.up.test"]) {
      const client = ask(host);
      await waitFor(() => client.accepted, { what: "the connection" });
      client.stream.reset("reset");
    }
    assert.deepEqual(
      proxy.notes().filter((note) => note !== "reset"),
      ["04010050c00002076d6500", `0401005000000001${"6d6500"}${Buffer.from("db.up.test").toString("hex")}00`],
    );
  });
});

test("each reply of the proxy comes as the code that means the same", async () => {
  const codes = [
    "upstream-failed",
    "denied",
    "unreachable",
    "unreachable",
    "refused",
    "timed-out",
    "upstream-failed",
    "upstream-failed",
  ];
  for (const [index, code] of codes.entries()) {
    await through(plain(), ["0500", `050${index + 1}0001000000000000`], async ({ ask }) => {
      assert.equal(await ask("db.up.test").failure(), code, `reply ${index + 1}`);
    });
  }
});

test("a proxy that refuses the password, wants one, is none, or leaves, is told apart", async () => {
  const cases: readonly (readonly [string, readonly (string | ((socket: Socket) => void))[], string])[] = [
    ["wrong password", ["0502", "0101"], "upstream-denied"],
    ["no method fits", ["05ff"], "upstream-denied"],
    ["it speaks HTTP", [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n").toString("hex")], "upstream-failed"],
    ["it leaves at once", [closed], "upstream-failed"],
    ["it leaves behind the greeting", ["0500", closed], "upstream-failed"],
    ["it resets", [(socket) => void socket.resetAndDestroy()], "upstream-failed"],
  ];
  for (const [what, answers, code] of cases) {
    await through(plain("socks5", "me:s3cret@"), answers, async ({ ask, proxy }) => {
      assert.equal(await ask("db.up.test").failure(), code, what);
      await waitFor(() => proxy.open() === 0, { what: "our connection to end" });
    });
  }
  await through(plain("socks5", `me:${"s3cret".repeat(50)}@`), ["0502"], async ({ ask }) => {
    assert.equal(await ask("db.up.test").failure(), "upstream-failed", "a password that is too long");
  });
});

test("a proxy that is not there, and one that says nothing, are failures within the time", async () => {
  const port = await freePort("127.0.0.1");
  await through(
    () => `socks5://127.0.0.1:${port}`,
    [],
    async ({ ask }) => {
      assert.equal(await ask("db.up.test").failure(), "upstream-failed");
    },
  );
  await through(
    plain(),
    ["0500"],
    async ({ ask, proxy }) => {
      const client = ask("db.up.test");
      assert.equal(await client.failure(), "timed-out");
      await waitFor(() => proxy.notes().includes("FIN"), { what: "our connection to end" });
    },
    { dialMs: 100 },
  );
});

test("an address with a zone is not handed to a proxy", async () => {
  await through(plain(), ["0500"], async ({ ask }) => {
    assert.equal(await ask("fe80::1%eth0").failure(), "unreachable");
  });
});

test("an opener that leaves ends the dial, and what no route leads here is not dialled", async () => {
  await through(
    plain(),
    ["0500"],
    async ({ ask, proxy }) => {
      const client = ask("db.up.test");
      await waitFor(() => proxy.notes().length === 2, { what: "the request" });
      client.stream.reset("reset");
      await waitFor(() => proxy.notes().includes("FIN"), { what: "our connection to end" });
      assert.equal(await ask("elsewhere.test").failure(), "not-routed");
      assert.equal(proxy.accepted(), 1);
    },
    { dialMs: 120_000 },
  );
});

test("a reset passes both ways once the connection is made", async () => {
  await through(plain(), ["0500", GRANTED, (socket) => void socket.resetAndDestroy()], async ({ ask, proxy }) => {
    const first = ask("db.up.test");
    first.write("x");
    assert.equal(await first.failure(), "reset");
    const second = ask("db.up.test");
    await waitFor(() => second.accepted, { what: "the second connection" });
    second.stream.reset("reset");
    await waitFor(() => proxy.notes().includes("reset"), { what: "the reset to arrive" });
  });
});

test("stop ends what is being dialled", async () => {
  await through(plain(), ["0500"], async ({ ask, proxy, network }) => {
    ask("db.up.test");
    await waitFor(() => proxy.notes().length === 2, { what: "the request" });
    await network.stop();
    await waitFor(() => proxy.notes().length > 2, { what: "our connection to end" });
  });
});
