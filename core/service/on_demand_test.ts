// Services whose hosts start on demand: one is started when there is no room on those that run, and a start that fails costs nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admissionOf, FAILURE, inPhase } from "../../conformance/ledger.ts";
import { SERVICE, serviceRouter, short } from "../../tests/support/service_router.ts";
import type { Service } from "../ledger/events.ts";
import { FROM_ACCEPTOR, KIND } from "../wire/frame.ts";

const ON_DEMAND = 60;
const LAZY = [5, 6, 7];

/** A service of hosts 5, 6 and 7, which start on demand, beside the host 1 that connects. */
function lazyService(more: Partial<Service> = {}) {
  const network = serviceRouter(1);
  const { router, publish } = network;
  const wanted: number[] = [];
  router.gates.follow({
    wanted: (host) => {
      wanted.push(host);
      publish({ type: "host.wanted", host });
    },
    changed: () => undefined,
    late: () => ({ code: "start-timeout", message: "" }),
  });
  for (const host of LAZY) {
    publish({ type: "host.admitted", ...admissionOf(host, { lazy: { timeoutMs: 10_000 } }) });
    router.gates.set(host, 10_000);
  }
  const { private: _, ...admission } = admissionOf(ON_DEMAND);
  publish({ type: "host.admitted", ...admission, service: { policy: "first", hosts: LAZY, ...more } });
  return {
    ...network,
    wanted,
    open: (stream: number) => network.say(KIND.open, 1, ON_DEMAND, stream),
    /** A host that was started is there. */
    comes: (host: number) => {
      network.attach(host);
      publish(...inPhase(host, "ready"));
      router.gates.open(host);
    },
    served: () => LAZY.map((host) => router.serves(host)),
    stop: () => network.detach(1),
  };
}

test("the first stream starts one host, and all that comes meanwhile waits for it", () => {
  const { open, comes, wanted, served, link, stop } = lazyService();
  for (const stream of [1, 2, 3]) open(stream);
  assert.deepEqual(
    [wanted, served()],
    [
      [5, 5, 5],
      [3, 0, 0],
    ],
  );
  comes(5);
  assert.deepEqual(
    link(5).frames.map(short),
    [1, 2, 3].map((stream) => [KIND.open, 1, 5, 0, stream]),
  );
  open(4);
  assert.deepEqual(served(), [4, 0, 0], "without 'max' one is enough");
  stop();
});

test("with 'max' a host is started for each that is full, and when all are full the one with the fewest gets more", () => {
  const { open, comes, wanted, served, say, stop } = lazyService({ max: 2 });
  for (const stream of [1, 2, 3]) open(stream);
  assert.deepEqual(
    [[...new Set(wanted)], served()],
    [
      [5, 6],
      [2, 1, 0],
    ],
  );
  comes(5);
  comes(6);
  for (const stream of [4, 5, 6]) open(stream);
  assert.deepEqual(
    [[...new Set(wanted)], served()],
    [
      [5, 6, 7],
      [2, 2, 2],
    ],
  );
  comes(7);
  open(7);
  assert.deepEqual(served(), [3, 2, 2]);
  for (const stream of [1, 2, 7]) say(KIND.reset, 1, ON_DEMAND, stream);
  open(8);
  assert.deepEqual(served(), [1, 2, 2], "whoever has room again");
  stop();
});

test("a host that runs is taken before one that would have to be started", () => {
  const { open, comes, publish, wanted, served, stop } = lazyService();
  publish({ type: "host.wanted", host: 7 });
  comes(7);
  open(1);
  assert.deepEqual([wanted, served()], [[], [0, 0, 1]]);
  stop();
});

test("a start that fails has its streams go to the next host, and the opener hears of none but the last", () => {
  const { open, router, publish, wanted, served, link, last, stop } = lazyService();
  open(1);
  const fail = (host: number) => {
    publish({ type: "link.starting", host }, { type: "link.closed", host, failure: { ...FAILURE, code: "start-failed" } });
    router.gates.refuse(host, { code: "start-failed", message: "It cannot be started" });
  };
  fail(5);
  assert.deepEqual([wanted, served(), link(1).frames], [[5, 6], [0, 1, 0], []]);
  fail(6);
  fail(7);
  assert.deepEqual(
    [served(), last(1)],
    [
      [0, 0, 0],
      [KIND.reset, ON_DEMAND, 1, FROM_ACCEPTOR, 1],
    ],
  );
  stop();
});

test("a drained host is not started", () => {
  const { open, publish, wanted, stop } = lazyService();
  publish({ type: "host.drained", host: 5 });
  open(1);
  assert.deepEqual(wanted, [6]);
  stop();
});

test("a stream that waits for a host whose link comes and goes before it is ready goes there once, whole", () => {
  const { open, comes, say, publish, attach, detach, link, served, stop } = lazyService();
  open(1);
  say(KIND.data, 1, ON_DEMAND, 1);
  open(2);
  attach(5);
  publish({ type: "link.starting", host: 5 }, { type: "link.opened", host: 5, session: 1 });
  detach(5);
  publish({ type: "link.closed", host: 5, failure: FAILURE });
  assert.deepEqual([link(1).frames, served()], [[], [2, 0, 0]]);
  comes(5);
  assert.deepEqual(link(5).frames.map(short), [
    [KIND.open, 1, 5, 0, 1],
    [KIND.data, 1, 5, 0, 1],
    [KIND.open, 1, 5, 0, 2],
  ]);
  stop();
});

test("whatever keeps a host from starting, its streams go to the next one with all that was sent", () => {
  const { open, comes, say, router, link, served, stop } = lazyService();
  open(1);
  say(KIND.data, 1, ON_DEMAND, 1);
  router.gates.refuse(5, { code: "container-missing", message: "" });
  assert.deepEqual([served(), link(1).frames], [[0, 1, 0], []]);
  comes(6);
  assert.deepEqual(
    link(6).frames.map(({ kind }) => kind),
    [KIND.open, KIND.data],
  );
  stop();
});

test("a host that leaves while streams wait for it loses none that another one can have", () => {
  const { open, say, publish, link, served, stop } = lazyService();
  open(1);
  say(KIND.data, 1, ON_DEMAND, 1);
  publish({ type: "host.left", host: 5 });
  assert.deepEqual([served(), link(1).frames], [[0, 1, 0], []]);
  stop();
});

test("when a service leaves, nobody waits for its hosts on its behalf", () => {
  const { open, comes, publish, router, link } = lazyService();
  open(1);
  publish({ type: "host.left", host: ON_DEMAND });
  assert.ok(router.gates.isQuiet(5));
  comes(5);
  assert.deepEqual(link(5).frames, []);
});

test("a host on demand that comes to a service takes the streams that wait for any", () => {
  const { say, publish, detach, router, link } = serviceRouter(2);
  const wanted: number[] = [];
  router.gates.follow({
    wanted: (host) => void wanted.push(host),
    changed: () => undefined,
    late: () => ({ code: "start-timeout", message: "" }),
  });
  detach(2);
  publish({ type: "link.closed", host: 2, failure: FAILURE });
  say(KIND.open, 1, SERVICE, 1);
  const { private: _, ...admission } = admissionOf(SERVICE);
  publish(
    { type: "host.admitted", ...admissionOf(5, { lazy: { timeoutMs: 10_000 } }) },
    { type: "host.changed", ...admission, service: { policy: "first", hosts: [2, 5] } },
  );
  assert.deepEqual([wanted, link(1).frames], [[5], []]);
  detach(1);
});

test("a stream that the next host has no place for goes to the one after that", () => {
  const { open, say, router, link, served, stop } = lazyService();
  open(1);
  say(KIND.data, 1, ON_DEMAND, 1);
  for (let stream = 100; link(1).frames.length === 0; stream += 1) say(KIND.open, 1, 6, stream);
  const before = link(1).frames.length;
  router.gates.refuse(5, { code: "start-failed", message: "" });
  assert.deepEqual([served(), link(1).frames.length], [[0, 0, 1], before]);
  router.gates.refuse(7, { code: "start-failed", message: "" });
  assert.deepEqual([served(), link(1).frames.length], [[0, 0, 0], before + 1]);
  stop();
});
