// The bus: isolation, order, and one port for each destination.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stamped } from "../conformance/ledger.ts";
import { Bus } from "./bus.ts";
import type { NetworkEvent } from "./ledger/events.ts";
import { EMPTY_NETWORK } from "./ledger/network.ts";
import { type Frame, KIND, makeFrame } from "./wire/frame.ts";

function made(): { bus: Bus; errors: unknown[] } {
  const errors: unknown[] = [];
  return { bus: new Bus((thrown) => errors.push(thrown)), errors };
}

const to = (destination: number) => makeFrame({ kind: KIND.end, source: 9, destination });
const plugin = (name: string): NetworkEvent[] => stamped([{ type: "plugin.loaded", plugin: { name, order: 0 } }]);
const nameIn = (events: readonly NetworkEvent[]) =>
  events.map((event) => (event.type === "plugin.loaded" ? event.plugin.name : "?")).join();

test("a frame reaches the port of its destination and no other", () => {
  const { bus } = made();
  const got: [string, Frame][] = [];
  bus.attach(1, (frame) => void got.push(["one", frame]));
  bus.attach(11, (frame) => void got.push(["eleven", frame]));
  const frame = to(1);
  assert.equal(bus.send(frame), true);
  assert.deepEqual(got, [["one", frame]]);
  assert.equal(bus.send(to(2)), false);
});

test("a host has one port: the last one; the one before may detach without taking it away", () => {
  const { bus } = made();
  const got: string[] = [];
  const first = bus.attach(1, () => void got.push("first"));
  const second = bus.attach(1, () => void got.push("second"));
  first();
  assert.equal(bus.send(to(1)), true);
  assert.deepEqual(got, ["second"]);
  second();
  assert.equal(bus.send(to(1)), false);
  second();
});

test("taps see what reached a port, and nothing else", () => {
  const { bus } = made();
  let seen = 0;
  const detach = bus.tap(() => void seen++);
  bus.send(to(1));
  bus.attach(1, () => undefined);
  bus.send(to(1));
  detach();
  bus.send(to(1));
  assert.equal(seen, 1);
});

test("a handler of errors that throws does not stop what is published later", () => {
  const bus = new Bus(() => {
    throw new Error("no log");
  });
  const got: string[] = [];
  bus.subscribe(({ events }) => {
    got.push(nameIn(events));
    if (got.length === 1) throw new Error("subscriber");
  });
  assert.throws(() => bus.publish(plugin("a"), EMPTY_NETWORK), /no log/);
  bus.publish(plugin("b"), EMPTY_NETWORK);
  assert.deepEqual(got, ["a", "b"]);
});

test("a tap, a port or a subscriber that throws changes nothing for the others", () => {
  const { bus, errors } = made();
  const got: string[] = [];
  const fail = (what: string) => () => {
    got.push(what);
    throw new Error(what);
  };
  bus.tap(fail("tap"));
  bus.tap(() => void got.push("second tap"));
  bus.attach(1, fail("port"));
  assert.equal(bus.send(to(1)), true);
  bus.subscribe(fail("subscriber"));
  bus.subscribe(() => void got.push("second subscriber"));
  bus.publish(plugin("a"), EMPTY_NETWORK);
  bus.publish(plugin("b"), EMPTY_NETWORK);
  assert.deepEqual([...got].sort(), [
    "port",
    "second subscriber",
    "second subscriber",
    "second tap",
    "subscriber",
    "subscriber",
    "tap",
  ]);
  assert.deepEqual(errors.map(String).sort(), ["Error: port", "Error: subscriber", "Error: subscriber", "Error: tap"]);
});

test("what a subscriber causes is published after, to everyone in the same order", () => {
  const { bus } = made();
  const orders: string[][] = [[], [], []];
  for (const order of orders)
    bus.subscribe(({ events }) => {
      order.push(nameIn(events));
      if (order === orders[1] && nameIn(events) === "a") {
        bus.publish(plugin("b"), EMPTY_NETWORK);
        bus.publish(plugin("c"), EMPTY_NETWORK);
      }
    });
  bus.publish(plugin("a"), EMPTY_NETWORK);
  bus.publish(plugin("d"), EMPTY_NETWORK);
  for (const order of orders) assert.deepEqual(order, ["a", "b", "c", "d"]);
});

test("a subscriber that left hears nothing more", () => {
  const { bus } = made();
  const got: string[] = [];
  const detach = bus.subscribe(({ events }) => void got.push(nameIn(events)));
  bus.publish(plugin("a"), EMPTY_NETWORK);
  detach();
  bus.publish(plugin("b"), EMPTY_NETWORK);
  assert.deepEqual(got, ["a"]);
});
