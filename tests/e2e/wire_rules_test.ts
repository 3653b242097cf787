// The real manager against agents written from core/wire/SPEC.md: what each rule promises for its breach is what they get.
// The other way round: wire_rules_agent_test.ts.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { agentArgv, IS_NODE24, PROJECT, runtimeArgv } from "../support/cli.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { type Network, startNetwork } from "../support/network.ts";
import { startServer, type TestServer } from "../support/servers.ts";

/** Ways that end the agent's link: the code in the log, the sentence there, and what the agent is told. */
const ENDING: Readonly<Record<string, readonly [code: string, message: RegExp, bye: string]>> = {
  "another version": ["protocol-mismatch", /^Agent speaks version 2 of the protocol; this manager speaks 1$/, ""],
  "a report before the hello": ["malformed-frame", /reported before it said hello/, "bye malformed-frame\n"],
  "a frame for another before the hello": ["malformed-frame", /before it said hello/, "bye malformed-frame\n"],
  "two hellos": ["malformed-frame", /hello twice/, "bye malformed-frame\n"],
  "a byte order mark": ["malformed-frame", /not JSON/, "bye malformed-frame\n"],
  "65 characters": ["malformed-frame", /"version" that is not text of at most 64 characters/, "bye malformed-frame\n"],
  "a header of another version": ["malformed-frame", /has version 2; 1 was wanted/, "bye malformed-frame\n"],
  "a ping with a flag": ["malformed-frame", /flags 1/, "bye malformed-frame\n"],
  "an open from an acceptor": ["malformed-frame", /flags 1/, "bye malformed-frame\n"],
  "a kind that must be known": ["malformed-frame", /has kind 127; 1 to 10 were wanted/, "bye malformed-frame\n"],
  "credit for stream 0": ["malformed-frame", /stream 0/, "bye malformed-frame\n"],
};
/** Ways that lose their frames alone. */
const DROPPED = { "another host's name": 1, "no name any more": 65_535 } as const;
const OPENER = "streams as an opener";
const ACCEPTOR = "streams as an acceptor";
const WAYS = [...Object.keys(ENDING), ...Object.keys(DROPPED), "64 characters", OPENER, ACCEPTOR];
const FIRST = 3;
const PORTS = [8081, 8082, 8083, 8084, 8085, 8086];

const idOf = (way: string) => FIRST + WAYS.indexOf(way);

describe("an agent that breaks a rule of the wire", {
  skip: !IS_NODE24 && "the same on every runtime; tested on Node 24",
}, () => {
  const folder = tempDir("rules");
  const notesOf = (way: string) => `${folder.path}/${idOf(way)}`;
  const linesOf = (way: string) => readFileSync(notesOf(way), "utf8");
  let network: Network;
  let echo: TestServer;

  before(async () => {
    echo = await startServer((socket) => void socket.on("data", (chunk) => socket.write(chunk)));
    const evil = WAYS.map((way) => {
      writeFileSync(notesOf(way), "");
      const cmd = [...runtimeArgv(), `${PROJECT}/tests/support/rule_breaker_main.ts`, way, notesOf(way)];
      const ports = way === ACCEPTOR ? PORTS.map((port) => `${port}:127.0.0.1:9`) : [];
      return [`evil${idOf(way)}`, { vip: vip(idOf(way)), cmd, ports }] as const;
    });
    const web = { vip: vip(2), loopback: { disable: true }, cmd: agentArgv(), ports: [`8080:127.0.0.1:${echo.port}`] };
    network = await startNetwork({ manifest: { hosts: { local: { vip: vip(1) }, web, ...Object.fromEntries(evil) } } });
  });

  after(async () => {
    await network?.stop();
    await echo?.stop();
    folder.remove();
  });

  for (const [way, [code, message, bye]] of Object.entries(ENDING)) {
    test(`${way} ends its link with ${code}`, { timeout: 30_000 }, async () => {
      const { failure } = (await network.event("link.closed", ({ host }) => host === idOf(way))) as unknown as {
        failure: { code: string; message: string };
      };
      assert.equal(failure.code, code);
      assert.match(failure.message, message);
      const told = await waitFor(() => linesOf(way) || bye === "", { what: "the bye", everyMs: 5 });
      assert.equal(typeof told === "string" ? told.slice(0, bye.length) : "", bye);
    });
  }

  for (const [way, source] of Object.entries(DROPPED)) {
    test(`frames in ${way} are dropped, and reported once`, { timeout: 30_000 }, async () => {
      const refused = await network.event("policy.refused", ({ host }) => host === idOf(way));
      assert.deepEqual(
        [refused.code, refused.message],
        ["spoofed-frame", `Frame claims host ${source} as its source; ${idOf(way)} was wanted`],
      );
      assert.ok(
        network.events.every(({ type, host }) => type !== "link.closed" || host !== idOf(way)),
        "its link goes on",
      );
      assert.ok(network.events.every(({ type, frontend }) => type !== "frontend.closed" || frontend !== "forged"));
    });
  }

  test("64 characters may be four bytes each", { timeout: 30_000 }, async () => {
    await network.event("host.ready", ({ host }) => host === idOf("64 characters"));
  });

  test("a wrong frame as an opener costs its stream, and no other", { timeout: 30_000 }, async () => {
    const lines = await waitFor(() => linesOf(OPENER).includes("lives") && linesOf(OPENER), { what: "all answers", everyMs: 5 });
    const [neighbour, ...answers] = lines.trim().split("\n").reverse();
    assert.equal(neighbour, "neighbour lives");
    const wanted = ["10 flow-violation", "11 flow-violation", "12 flow-violation", "13 not-published", "14 not-published"];
    assert.deepEqual(answers.sort(), [...wanted, "15 name-not-found", "16 not-published", "17 not-published"]);
  });

  test("a wrong frame as an acceptor costs its stream, and no other", { timeout: 30_000 }, async () => {
    await network.event("host.ready", ({ host }) => host === idOf(ACCEPTOR));
    const host = vip(idOf(ACCEPTOR));
    const sockets = PORTS.map((port) => connect({ host, port, allowHalfOpen: true }).on("error", () => undefined));
    const [good] = sockets.slice(-1);
    const got: Buffer[] = [];
    good?.on("data", (chunk: Buffer) => got.push(chunk));
    for (const socket of sockets) socket.resume();
    const bad = PORTS.slice(0, -1);
    await waitFor(() => linesOf(ACCEPTOR).split("\n").length > bad.length, { what: "all answers", everyMs: 5 });
    good?.write("hello");
    await waitFor(() => Buffer.concat(got).toString() === "hello", { what: "the echo of the good one", everyMs: 5 });
    assert.deepEqual(
      linesOf(ACCEPTOR).trim().split("\n").sort(),
      bad.map((port) => `${port} flow-violation`),
    );
    for (const socket of sockets) socket.destroy();
  });
});
