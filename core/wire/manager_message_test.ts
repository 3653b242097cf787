// A manager's messages: what ours sends is read back, each missing or wrong field is named, later versions are told apart.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyCommands, eventsOf } from "../../tests/support/arbitrary_commands.ts";
import { EVENT_VERSION, type NetworkEvent } from "../ledger/events.ts";
import { fold } from "../ledger/network.ts";
import { redactEvent, redactNetwork } from "../ledger/redact.ts";
import { snapshotToJson } from "../ledger/snapshot_json.ts";
import { encodeControl, type ManagerMessage } from "./control.ts";
import { decodeManagerMessage, FOLDED } from "./manager_message.ts";

const READER = 1;
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const WELCOME = { type: "welcome", host: 4, version: "1", features: ["of tomorrow"] } as const;
const malformed = (value: unknown, message?: string) =>
  assert.throws(() => decodeManagerMessage(json(value)), { code: "malformed-frame" }, message ?? JSON.stringify(value));

/** What ours tells a host of a log. */
function toldOf(log: readonly NetworkEvent[]): { snapshot: ManagerMessage; events: ManagerMessage } {
  const state = redactNetwork(fold(log), READER);
  return throughJson({
    snapshot: { type: "snapshot", snapshot: snapshotToJson({ v: EVENT_VERSION, seq: log.length, network: state }) },
    events: { type: "events", to: log.length, events: log.flatMap((event) => redactEvent(event, READER) ?? []) },
  });
}

/** Every way to take a field out of a value, lists and objects in it too: the path, and what is left. */
function* without(value: unknown, path = ""): Generator<[string, unknown]> {
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    const change = (to: unknown) => (Array.isArray(value) ? value.with(Number(key), to) : { ...value, [key]: to });
    if (!Array.isArray(value)) yield [`${path}.${key}`, { ...value, [key]: undefined }];
    for (const [deeper, left] of without((value as Record<string, unknown>)[key], Array.isArray(value) ? path : `${path}.${key}`))
      yield [deeper, change(left)];
  }
}

test("all that ours tells a host is read as it was said", () => {
  fc.assert(
    fc.property(anyCommands, (commands) => {
      const told = toldOf(eventsOf(commands).events);
      for (const message of [WELCOME, told.snapshot, told.events])
        assert.deepEqual(decodeManagerMessage(encodeControl(message)), message);
    }),
    { numRuns: 100 },
  );
});

const FULL: NetworkEvent[] = (() => {
  const about = { at: 1, by: "test", v: EVENT_VERSION };
  const failure = { code: "link-closed", message: "", stderr: [] } as const;
  const port = { listen: 80, protocol: "tcp", target: { host: "127.0.0.1", port: 81 } } as const;
  const plugin = { name: "p", order: 0, hostKeys: ["k"], code: { hash: "a1", bytes: 5 } };
  const socket = { listen: 3306, protocol: "tcp", target: { path: "/run/mysqld/mysqld.sock" } } as const;
  const found = { listen: 8080, protocol: "tcp", target: { host: "127.0.0.1", port: 8080 }, found: true } as const;
  const settings = { door: { all: { open: true }, own: { listen: "127.0.0.1:1080" } }, off: {} };
  const host = READER;
  const lazy = { timeoutMs: 5, idleMs: 7 };
  const spec = { name: "a", vip: "127.0.42.1", aliases: ["b"], ports: [port, socket], local: false, settings };
  const publishes = true;
  return [
    { ...about, seq: 1, type: "network.opened", network: "n", version: "1" },
    { ...about, seq: 2, type: "plugin.loaded", plugin },
    { ...about, seq: 3, type: "host.admitted", host, ...spec, lazy, publishes },
    { ...about, seq: 4, type: "host.changed", host, ...spec, ports: [port, socket, found], lazy, publishes },
    { ...about, seq: 5, type: "routes.set", routes: [{ to: ["*"], notTo: [], via: 1, through: "door", settings, rule: "r" }] },
    { ...about, seq: 6, type: "link.starting", host },
    { ...about, seq: 7, type: "link.opened", host, session: 1, agent: { version: "1", runtime: "node 24", pid: 1 } },
    { ...about, seq: 8, type: "host.ready", host },
    { ...about, seq: 9, type: "link.closed", host, failure },
    { ...about, seq: 10, type: "link.retrying", host, code: "link-closed", attempt: 1, delayMs: 5 },
    { ...about, seq: 11, type: "host.wanted", host, kept: true },
    { ...about, seq: 12, type: "host.started", host, already: true, ms: 5 },
    { ...about, seq: 13, type: "host.released", host, reason: "idle" },
    { ...about, seq: 14, type: "host.rested", host },
    { ...about, seq: 15, type: "host.left", host },
    { ...about, seq: 16, type: "plugin.loaded", plugin: { ...plugin, name: "q" } },
    { ...about, seq: 17, type: "plugin.left", plugin: "q" },
  ];
})();

/** What a message may do without: in a snapshot and in events. */
const OPTIONAL =
  /\.(plugins?\.hostKeys|plugins?\.code|target|agent|failure|retry|via|through|rule|features|lazy|idleMs|publishes|found|demand|runs|(?<!demand\.)kept|already)$|\.routes(\.\d+)?\.settings$|\.settings\../;

test("each missing field is malformed, in a snapshot and in events, but those that may be missing", () => {
  assert.deepEqual([...new Set(FULL.map(({ type }) => type))].sort(), Object.keys(FOLDED).sort(), "every event that is folded");
  const joined = toldOf(FULL.slice(0, 8));
  let tried = 0;
  for (const message of [joined.snapshot, toldOf(FULL).snapshot, toldOf(FULL).events, WELCOME]) {
    for (const [path, left] of without(message)) {
      tried += 1;
      const inEvents = message.type === "events";
      const optional = OPTIONAL.test(path) && !(inEvents && /events\.failure$/.test(path));
      if (optional) assert.ok(decodeManagerMessage(json(left)), path);
      else malformed(left, path);
    }
  }
  assert.ok(tried > 100, `${tried} fields`);
});

test("lists are always there, and what is no list or no host is malformed", () => {
  const { snapshot } = toldOf(FULL) as { snapshot: { snapshot: { network: Record<string, unknown> } } };
  const network = (change: object) => ({
    type: "snapshot",
    snapshot: { v: EVENT_VERSION, seq: 1, network: { ...snapshot.snapshot.network, ...change } },
  });
  assert.ok(decodeManagerMessage(json(network({ hosts: [], routes: [], plugins: [] }))));
  for (const change of [{ hosts: {} }, { routes: null }, { plugins: "x" }, { hosts: [null] }, { stopped: 0 }, { version: 1 }])
    malformed(network(change));
  for (const host of [0, 65_535, -1, 1.5, "1", undefined]) malformed({ ...WELCOME, host });
  for (const features of ["resume", [1], {}, null]) malformed({ ...WELCOME, features });
  for (const hostile of [{ type: "hello" }, { type: {} }, { type: { toString: 1 } }, {}, [], 1, null, { type: "events" }])
    malformed(hostile);
});

test("a port is found or not, and a host publishes or does not: anything else is malformed", () => {
  const [, , , changed] = FULL as [NetworkEvent, NetworkEvent, NetworkEvent, NetworkEvent & { type: "host.changed" }];
  const told = (event: object) => ({ type: "events", to: 4, events: [{ ...changed, ...event }] });
  assert.deepEqual(decodeManagerMessage(json(told({}))), told({}));
  const [port] = changed.ports;
  for (const wrong of [1, "true", null, {}, []]) {
    malformed(told({ publishes: wrong }));
    malformed(told({ ports: [{ ...port, found: wrong }] }));
  }
});

test("events of unknown types are left out, whatever they hold; of known ones a later version is a mismatch", () => {
  const [opened] = FULL as [NetworkEvent];
  const batch = (...events: unknown[]) => ({ type: "events", to: 9, events });
  const later = { seq: 2, at: 1, by: "x", v: 7, type: "moon.rose", host: {} };
  assert.deepEqual(decodeManagerMessage(json(batch(opened, later))), { type: "events", to: 9, events: [opened] });
  for (const type of ["network.stopped", "toString", "stream.opened", "frontend.listening"])
    assert.deepEqual(decodeManagerMessage(json(batch({ ...later, type }))), { type: "events", to: 9, events: [] });
  const v = EVENT_VERSION + 1;
  assert.throws(() => decodeManagerMessage(json(batch({ ...opened, v }))), {
    code: "protocol-mismatch",
    message: `Event "network.opened" has version ${v}; at most ${EVENT_VERSION} was wanted`,
  });
});

test("events come in the order of their numbers, none beyond the last one that is told", () => {
  const [first, second] = FULL as [NetworkEvent, NetworkEvent];
  const batch = (to: number, ...events: NetworkEvent[]) => ({ type: "events", to, events });
  malformed(batch(9, second, first));
  malformed(batch(9, first, first));
  malformed(batch(1, first, second));
  malformed(batch(1, { ...first, seq: 0 }));
});
