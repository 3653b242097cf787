// The real agent against a manager written from core/wire/SPEC.md: what each rule promises for its breach is what it gets.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { EVENT_VERSION } from "../../core/ledger/events.ts";
import type { Hello } from "../../core/wire/control.ts";
import { FIRST_OPTIONAL_KIND, type Frame, KIND, type Kind } from "../../core/wire/frame.ts";
import { preambleOf } from "../../core/wire/preamble.ts";
import { agentArgv, IS_NODE24 } from "../support/cli.ts";
import { vip } from "../support/lab.ts";
import { AGENT, startWireManager, type WireManager } from "../support/wire_manager.ts";

const skip = !IS_NODE24 && "the same on every runtime; tested on Node 24";
const SLOW = { timeout: 30_000 };

const WELCOME = { type: "welcome", host: AGENT, version: "another" };
const HOST = {
  id: AGENT,
  name: "b",
  vip: vip(2),
  aliases: [],
  ports: [],
  local: false,
  settings: {},
  phase: "joining",
  session: 1,
  listeners: [],
};
const snapshot = (change: object = {}, host: object = HOST) => ({
  type: "snapshot",
  snapshot: {
    v: EVENT_VERSION,
    seq: 5,
    network: { id: "n", version: "another", plugins: [], stopped: false, lastHost: AGENT, routes: [], hosts: [host], ...change },
  },
});
const event = (seq: number, rest: object) => ({ seq, at: 1, by: "test", v: EVENT_VERSION, ...rest });
const events = (to: number, ...list: object[]) => ({ type: "events", to, events: list });
const bytes = (message: object) => new TextEncoder().encode(JSON.stringify(message));

/** What ends the agent's link: the messages, and how its bye reads. */
const ENDING: Readonly<Record<string, readonly [messages: readonly (object | Uint8Array)[], code: string, message: RegExp]>> = {
  "a snapshot before the welcome": [[snapshot()], "malformed-frame", /out of place: snapshot$/],
  "events before the welcome": [[events(1)], "malformed-frame", /out of place: events$/],
  "a second welcome": [[WELCOME, snapshot(), WELCOME], "malformed-frame", /out of place: welcome$/],
  "a welcome that is for another": [[{ ...WELCOME, host: 7 }], "malformed-frame", /welcome of another host/],
  "events for a copy that is not there": [[WELCOME, events(9)], "malformed-frame", /events without a snapshot/],
  "a snapshot without a list": [[WELCOME, snapshot({ routes: undefined })], "malformed-frame", /"routes" that is not a list/],
  "a snapshot of a host without its ports": [
    [WELCOME, snapshot({}, { ...HOST, ports: undefined })],
    "malformed-frame",
    /"ports" that is not a list/,
  ],
  "a byte order mark": [[Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes(WELCOME))], "malformed-frame", /not JSON/],
  "an event without its fields": [
    [WELCOME, snapshot(), events(6, event(6, { type: "link.opened", host: AGENT }))],
    "malformed-frame",
    /"session" that is not a whole number/,
  ],
  "an event of a later version": [
    [WELCOME, snapshot(), events(6, event(6, { type: "host.ready", host: AGENT, v: EVENT_VERSION + 1 }))],
    "protocol-mismatch",
    new RegExp(`^Event "host.ready" has version ${EVENT_VERSION + 1}; at most ${EVENT_VERSION} was wanted$`),
  ],
};

const agent = (preamble?: Uint8Array) => startWireManager([...agentArgv(), "agent"], preamble);
const pongs = ({ frames }: WireManager) => frames.filter(({ kind }) => kind === KIND.pong);
const facts = (frames: readonly Frame[]) =>
  frames.flatMap((frame) => {
    if (frame.kind !== KIND.control) return [];
    const message = JSON.parse(new TextDecoder().decode(frame.payloadBytes())) as { facts?: { type: string }[] };
    return (message.facts ?? []).map(({ type }) => type);
  });

describe("a manager that breaks a rule of the wire", { skip, concurrency: 3 }, () => {
  for (const [way, [messages, code, sentence]] of Object.entries(ENDING)) {
    test(`${way} ends the link with ${code}`, SLOW, async () => {
      const manager = await agent();
      for (const message of messages) manager.tell(message);
      const bye = await manager.bye();
      assert.equal(bye.code, code);
      assert.match(bye.message, sentence);
      const { code: exit } = await manager.exited;
      assert.notEqual(exit, 0);
      assert.equal(manager.stderr(), `norouter agent: ${bye.message}\n`);
      await manager.stop();
    });
  }

  test("another version of the protocol is told by the agent, too", SLOW, async () => {
    const manager = await agent(preambleOf("manager").with(11, 2));
    const { code } = await manager.exited;
    assert.equal(code, 69);
    assert.equal(manager.stderr(), "norouter agent: Manager speaks version 2 of the protocol; this agent speaks 1\n");
    assert.deepEqual(manager.frames, [], "no bye: its frames might mean something else there");
    await manager.stop();
  });

  test("large frames are taken once both ends have named the feature, and end the link before", SLOW, async () => {
    const manager = await agent();
    const large = new Uint8Array(40_000);
    const hello = await waitFor(() => manager.frames.find(({ kind }) => kind === KIND.control), {
      what: "the hello",
      everyMs: 2,
    });
    assert.deepEqual((JSON.parse(new TextDecoder().decode(hello.payloadBytes())) as Hello).features, [
      "large-frames",
      "host-code",
      "traffic",
      "publish",
    ]);
    manager.tell({ ...WELCOME, features: ["of tomorrow", "large-frames"] });
    manager.send(FIRST_OPTIONAL_KIND as Kind, large);
    manager.send(KIND.ping, new Uint8Array(8));
    await waitFor(() => pongs(manager).length > 0, { what: "the pong", everyMs: 2 });
    await manager.stop();
    const before = await agent();
    before.tell(WELCOME);
    before.send(FIRST_OPTIONAL_KIND as Kind, large);
    assert.equal((await before.bye()).code, "malformed-frame");
    await before.stop();
  });

  test("what is unknown, for another, or was not asked for changes nothing", SLOW, async () => {
    const manager = await agent();
    for (const message of [WELCOME, { ...snapshot(), extra: 1 }]) manager.tell(message);
    await waitFor(() => facts(manager.frames).includes("host.ready"), { what: "the host to be ready", everyMs: 2 });
    manager.tell(
      events(
        9,
        event(6, { type: "moon.rose", host: { deep: [] }, v: 7 }),
        event(7, { type: "link.opened", host: 77, session: 1 }),
        event(9, { type: "network.stopped", reason: "x" }),
      ),
    );
    const stamp = (byte: number) => new Uint8Array(8).fill(byte);
    const bye = Uint8Array.of(0, 13);
    manager.send(FIRST_OPTIONAL_KIND as Kind, stamp(1));
    manager.send(KIND.bye, bye, 3);
    manager.tell({ type: "welcome", host: 3, version: "x" }, 3);
    manager.send(KIND.bye, bye, AGENT, 1);
    manager.send(KIND.pong, stamp(1));
    manager.send(KIND.pong, stamp(1), AGENT, 1);
    manager.send(KIND.ping, stamp(2), 3);
    manager.send(KIND.ping, stamp(3));
    await waitFor(() => pongs(manager).some((pong) => pong.payloadBytes()[0] === 3), { what: "the pong", everyMs: 2 });
    assert.deepEqual(
      pongs(manager).map((pong) => [pong.source, pong.destination, pong.payloadBytes()[0]]),
      [[AGENT, 0, 3]],
    );
    manager.send(KIND.bye, bye);
    assert.deepEqual(await manager.exited, { code: 0, signal: null });
    assert.equal(manager.stderr(), "");
    await manager.stop();
  });
});
