// A whole network in memory: what the counters say is what the ends of the streams counted themselves, in the log, in its state, and
// after a restart.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cleanly, type InProcess, type inProcess } from "../../conformance/in_process.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { memoryStore } from "../ledger/memory_store.ts";
import { EMPTY_NETWORK } from "../ledger/network.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Stream } from "../mux/stream.ts";
import type { EventStore } from "../plugin/store.ts";
import { rowsOf } from "./history.ts";
import { summed, sumOf, type TrafficRow } from "./rows.ts";

const HOSTS = ["local", "web", "db"];
const LIMITS = { reportMs: 1, trafficMs: 100 };

/** What the ends of streams have counted, by pair of hosts. */
class Ends {
  readonly #world: InProcess;
  readonly streams: { readonly from: string; readonly to: string; readonly stream: Stream; echoed: number }[] = [];

  constructor(world: InProcess) {
    this.#world = world;
  }

  /** Opens a stream to an echo, writes pieces, and maybe ends it. */
  open(from: string, to: string, pieces: readonly number[], ends: boolean): void {
    const { context } = this.#world.host(from);
    const stream = context.dial(this.#world.state(to), { kind: "published", port: 80 });
    const one = { from, to, stream, echoed: 0 };
    this.streams.push(one);
    stream.attach({
      data: (chunk) => {
        one.echoed += chunk.length;
        return true;
      },
      end: () => undefined,
      // The network ends while it is open.
      reset: ({ code }) => assert.equal(code, "link-lost"),
      drain: () => undefined,
    });
    for (const bytes of pieces) stream.write(new Uint8Array(bytes));
    if (ends) stream.end();
  }

  /** Everything that was written has come back. */
  async settled(): Promise<void> {
    const done = () => this.streams.every(({ stream, echoed }) => stream.bytesOut === echoed);
    await waitFor(done, { what: "all bytes to come back", everyMs: 1 });
  }

  rows(): TrafficRow[] {
    return this.streams.map(({ from, to, stream: { bytesOut, bytesIn } }) => {
      const [opener, acceptor] = [this.#world.state(from).id, this.#world.state(to).id];
      return { from: opener, to: acceptor, port: 80, bytesOut, bytesIn, streams: 1 };
    });
  }
}

const inOrder = (rows: Iterable<TrafficRow>) =>
  summed(rows).sort((a, b) => Number(a.from) - Number(b.from) || Number(a.to) - Number(b.to));
const counted = ({ manager }: InProcess) => inOrder(manager.traffic.since(undefined).rows);

/** The counters say what the ends say. */
async function agree(world: InProcess, wanted: readonly TrafficRow[]): Promise<void> {
  // What a host sends to itself it tells a moment later.
  const all = sumOf(wanted);
  const isThere = () => sumOf(counted(world)).bytesIn >= all.bytesIn && sumOf(counted(world)).streams >= all.streams;
  await waitFor(isThere, { what: "all bytes to be counted", everyMs: 1 });
  assert.deepEqual(counted(world), inOrder(wanted));
}

async function started(make: typeof inProcess, store?: EventStore): Promise<InProcess> {
  const world = make({ hosts: HOSTS, limits: LIMITS, ...(store ? { store } : {}) });
  await world.start();
  await world.settled();
  return world;
}

const anyStream = fc.record({
  from: fc.constantFrom(...HOSTS),
  to: fc.constantFrom(...HOSTS),
  pieces: fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 4 }),
  ends: fc.boolean(),
});

test("the counters are what the ends of streams counted, whoever opens what to whom, open streams included", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStream, { minLength: 1, maxLength: 12 }), (plan) =>
      cleanly(async (make) => {
        const world = await started(make);
        const ends = new Ends(world);
        for (const { from, to, pieces, ends: isEnded } of plan) ends.open(from, to, pieces, isEnded);
        await ends.settled();
        const rows = ends.rows();
        await agree(world, rows);
        await world.manager.stop("test");
        const inLog = world.events.flatMap((event) => (event.type === "traffic.counted" ? event.rows : []));
        assert.deepEqual(inOrder(inLog), inOrder(rows), "the log has all of it");
        const { traffic } = world.manager.network;
        assert.deepEqual(inOrder(rowsOf(traffic.hours)), inOrder(rows), "the state has all of it");
        assert.equal(world.events.at(-1)?.type, "network.stopped");
      })(),
    ),
    { numRuns: 15 },
  );
});

test(
  "many short streams count each, though facts about them are left out",
  cleanly(async (make) => {
    const world = make({ hosts: HOSTS, limits: { ...LIMITS, streamFacts: 100 } });
    await world.start();
    await world.settled();
    const ends = new Ends(world);
    for (let round = 0; round < 20; round += 1) {
      for (let at = 0; at < 100; at += 1) ends.open("local", "web", [at + 1], true);
      await ends.settled();
    }
    await agree(world, ends.rows());
    assert.ok(world.events.some(({ type }) => type === "facts.dropped"));
  }),
);

test(
  "an agent that is killed costs no byte that it got or sent before, and its next link counts on",
  cleanly(async (make) => {
    const world = await started(make);
    const ends = new Ends(world);
    ends.open("local", "db", [70_000], false);
    ends.open("db", "local", [30_000], true);
    await ends.settled();
    const [first, second] = ends.rows();
    // Its end is reset, and this test hears of it no more.
    for (const { stream } of ends.streams.splice(0)) stream.reset("reset");
    const failed = world.event("link.closed");
    await world.agents.get("db")?.stop();
    await failed;
    await waitFor(() => world.state("db").session === 2 && world.state("db").phase === "ready", { what: "the next link" });
    ends.open("local", "db", [5], true);
    await ends.settled();
    await agree(
      world,
      [first, second, ...ends.rows()].filter((row) => row !== undefined),
    );
  }),
);

test(
  "a manager that takes the log up goes on counting: after a stop, and after a kill in the middle of an hour",
  cleanly(async (make) => {
    const store = memoryStore(DEFAULT_LIMITS);
    // As what a kill leaves: nothing is added up, and the ring of recent events was overrun.
    const kept = memoryStore({ recentEvents: 10, durableEvents: 16 });
    const both: EventStore = {
      ...store,
      append: (events) => {
        store.append(events);
        kept.append(events.filter(({ type }) => type !== "traffic.rolled" && type !== "network.stopped"));
      },
    };
    const first = await started(make, both);
    const ends = new Ends(first);
    for (let at = 0; at < 40; at += 1) ends.open("local", "web", [1000], true);
    await ends.settled();
    const rows = ends.rows();
    await agree(first, rows);
    await first.manager.stop("test");
    for (const left of [store, kept]) {
      const again = await started(make, left);
      assert.deepEqual(counted(again), inOrder(rows));
      const more = new Ends(again);
      more.open("local", "web", [7], true);
      await more.settled();
      await agree(again, [...rows, ...more.rows()]);
      await again.manager.stop("test");
    }
  }),
);

test(
  "what the log does not take at first it takes later, and it counts meanwhile",
  cleanly(async (make) => {
    const store = memoryStore(DEFAULT_LIMITS);
    let refused = 0;
    const append: EventStore["append"] = (events) => {
      if (events.some(({ type }) => type === "traffic.counted") && refused < 2) {
        refused += 1;
        throw new Error("full");
      }
      return store.append(events);
    };
    const world = await started(make, { ...store, append });
    const ends = new Ends(world);
    for (let wanted = 1; wanted <= 2; wanted += 1) {
      ends.open("local", "web", [1000], true);
      await ends.settled();
      await waitFor(() => refused === wanted, { what: "the log to refuse" });
      await agree(world, ends.rows());
    }
    ends.open("local", "web", [1], true);
    await ends.settled();
    const event = await world.event("traffic.counted");
    assert.deepEqual(event.rows, inOrder(ends.rows()));
    await agree(world, ends.rows());
  }),
);

test(
  "nothing is written while nothing is counted, and hosts are told of no traffic",
  cleanly(async (make) => {
    const world = await started(make);
    await world.manager.stop("test");
    assert.deepEqual(
      world.events.filter(({ type }) => type.startsWith("traffic.")),
      [],
    );
    assert.deepEqual(world.manager.network.traffic, EMPTY_NETWORK.traffic);
  }),
);
