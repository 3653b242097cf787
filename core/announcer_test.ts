// Agents are told what happens, each as far as it may know, and what is the same for all is made once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENT, admissionOf, admitted, stamped } from "../conformance/ledger.ts";
import { Announcer } from "./announcer.ts";
import { Bus } from "./bus.ts";
import type { Fact, NetworkEvent } from "./ledger/events.ts";
import { EMPTY_NETWORK } from "./ledger/network.ts";
import { redactEvent } from "./ledger/redact.ts";

/** Three agents that follow from event 0, and what each was sent. */
function started() {
  const bus = new Bus((thrown) => assert.fail(String(thrown)));
  const announcer = new Announcer(bus);
  const sent = new Map<number, Uint8Array[]>([1, 2, 3].map((host) => [host, []]));
  const detach = [1, 2, 3].map((host) => announcer.follow(host, 0, (payload) => void sent.get(host)?.push(payload)));
  const publish = (...events: readonly NetworkEvent[]) => bus.publish(events, EMPTY_NETWORK);
  const told = (host: number) =>
    (sent.get(host) ?? []).map(
      (payload) => JSON.parse(new TextDecoder().decode(payload)) as { to: number; events: NetworkEvent[] },
    );
  return { announcer, sent, detach, publish, told };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const opened = (host: number): Fact => ({ type: "link.opened", host, session: 1, agent: AGENT });

test("what happens in one turn is one message, and one encoding serves all whom nothing in it is about", async () => {
  const { publish, sent, told } = started();
  const [first, second] = stamped([
    { type: "link.starting", host: 7 },
    { type: "host.ready", host: 8 },
  ]) as [NetworkEvent, NetworkEvent];
  publish(first);
  publish(second);
  assert.deepEqual(told(1), []);
  await turn();
  assert.deepEqual(told(1), [{ type: "events", to: 2, events: [first, second] }]);
  assert.equal(sent.get(1)?.[0], sent.get(2)?.[0]);
  assert.equal(sent.get(1)?.[0], sent.get(3)?.[0]);
});

test("whom an event is about sees what is its own", async () => {
  const { publish, told } = started();
  const events = stamped([...admitted(2), opened(2)]);
  publish(...events);
  await turn();
  for (const host of [1, 2, 3]) {
    const wanted = events.flatMap((event) => redactEvent(event, host) ?? []);
    assert.deepEqual(told(host), [{ type: "events", to: events.length, events: JSON.parse(JSON.stringify(wanted)) }]);
  }
  assert.notDeepEqual(told(2), told(3));
});

test("who begins to follow within a turn is told only of what it does not know; who left, and who is gone, of nothing", async () => {
  const { announcer, publish, told, sent, detach } = started();
  const [known, fresh] = stamped([
    { type: "link.starting", host: 7 },
    { type: "link.starting", host: 8 },
  ]) as [NetworkEvent, NetworkEvent];
  publish(known);
  sent.set(4, []);
  announcer.follow(4, known.seq, (payload) => void sent.get(4)?.push(payload));
  publish(fresh);
  detach[2]?.();
  publish({ ...fresh, seq: 3, type: "host.left", host: 2 });
  await turn();
  assert.deepEqual(
    told(4).map(({ events }) => events.map(({ seq }) => seq)),
    [[2, 3]],
  );
  assert.deepEqual([told(2), told(3)], [[], []]);
});

test("what no agent may know is told to none", async () => {
  const { publish, told } = started();
  const facts: Fact[] = [
    { type: "plugin.loaded", plugin: { name: "x", order: 0 } },
    { type: "frontend.closed", host: 1, frontend: "f", address: "a" },
  ];
  publish(...stamped(facts));
  await turn();
  assert.deepEqual([told(1), told(2)], [[], []]);
  publish(...stamped([{ type: "host.admitted", ...admissionOf(5) }]).map((event) => ({ ...event, seq: 3 })));
  await turn();
  assert.deepEqual(
    told(1).map(({ to }) => to),
    [3],
  );
});
