// What any store of the log has to do, as plain data: no test runner, so that others can run it on theirs.

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { DURABILITY, type NetworkEvent } from "../core/ledger/events.ts";
import { replay } from "../core/ledger/ledger.ts";
import { EMPTY_NETWORK, fold } from "../core/ledger/network.ts";
import type { EventStore } from "../core/plugin/store.ts";
import type { Case } from "./case.ts";
import { admitted, FAILURE, inPhase, stamped } from "./ledger.ts";
import { waitFor } from "./support/wait.ts";

/** What the cases run on. */
export interface StoreSubject {
  /** A store without events. The cases close it. */
  open(): EventStore | Promise<EventStore>;
  /** The store again after it was closed; undefined for one that ends with its process. */
  reopen?(): EventStore | Promise<EventStore>;
}

/** One case. */
export type StoreCase = Case<StoreSubject>;

const ends = ({ reopen }: StoreSubject) => (reopen ? undefined : "the store ends with its process");

const EVENTS = stamped([...admitted(3), ...inPhase(1, "ready"), ...inPhase(2, "failed")]);

/** Events that go on from `EVENTS`: a link that comes and goes, and something of class recent in between. */
function more(count: number, after = EVENTS.length): NetworkEvent[] {
  const facts = Array.from({ length: count }, (_, at) => {
    if (at % 3 === 0) return { type: "link.starting", host: 3 } as const;
    if (at % 3 === 1) return { type: "policy.refused", host: 3, code: FAILURE.code, message: "m" } as const;
    return { type: "link.closed", host: 3, failure: FAILURE } as const;
  });
  return stamped(facts).map((event, at) => ({ ...event, seq: after + at + 1 }));
}

async function append(store: EventStore, events: readonly NetworkEvent[]): Promise<void> {
  await store.append(events);
}

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const kept = (store: EventStore, after = 0) => throughJson([...store.read(after)]);

/** The cases, in the order in which a store that is being written should pass them. */
export const storeCases: readonly StoreCase[] = [
  {
    name: "a new store has nothing",
    async run({ open }) {
      const store = await open();
      assert.deepEqual([store.seq, store.flushed, [...store.read(0)]], [0, 0, []]);
      assert.deepEqual([store.snapshot().seq, store.snapshot().network], [0, EMPTY_NETWORK]);
      await store.close();
    },
  },
  {
    name: "what is appended is read in order, and only what is newer than asked for",
    async run({ open }) {
      const store = await open();
      await append(store, EVENTS.slice(0, 2));
      await append(store, []);
      await append(store, EVENTS.slice(2));
      assert.equal(store.seq, EVENTS.length);
      assert.deepEqual(kept(store), throughJson(EVENTS));
      assert.deepEqual(kept(store, 4), throughJson(EVENTS.slice(4)));
      assert.deepEqual(kept(store, store.seq), []);
      await store.close();
    },
  },
  {
    name: "however much is appended, snapshot and events fold to the state, and no durable event is missing between them",
    async run({ open }) {
      const store = await open();
      const all = [...EVENTS, ...more(15_000)];
      for (let at = 0; at < all.length; at += 500) await append(store, all.slice(at, at + 500));
      assert.equal(store.seq, all.length);
      const { seq } = store.snapshot();
      const durable = (events: readonly NetworkEvent[]) => events.filter(({ type }) => DURABILITY[type] === "durable");
      // To show where lists of this length differ would take minutes.
      assert.ok(isDeepStrictEqual(replay(store), fold(all)), "snapshot and events fold to another state");
      const missing = !isDeepStrictEqual(durable(kept(store, seq)), throughJson(durable(all.slice(seq))));
      assert.ok(!missing, `durable events after ${seq}, the snapshot's, are missing, or are not as they were`);
      await store.close();
    },
  },
  {
    name: "it says what is flushed: never more than there is, in the end all, and all once it is closed",
    async run({ open }) {
      const store = await open();
      await append(store, EVENTS);
      assert.ok(store.flushed <= store.seq);
      await waitFor(() => store.flushed === store.seq, { what: "all to be flushed" });
      await append(store, more(10));
      await store.close();
      assert.equal(store.flushed, EVENTS.length + 10);
      await store.close();
    },
  },
  {
    name: "opened again it has the same number, state and events, and goes on",
    leftOut: ends,
    async run({ open, reopen = open }) {
      const store = await open();
      await append(store, EVENTS);
      await store.close();
      const again = await reopen();
      assert.deepEqual([again.seq, again.flushed], [EVENTS.length, EVENTS.length]);
      assert.deepEqual(replay(again), fold(EVENTS));
      assert.deepEqual(kept(again), throughJson(EVENTS));
      await append(again, more(3));
      await again.close();
      const third = await reopen();
      assert.deepEqual(replay(third), fold([...EVENTS, ...more(3)]));
      await third.close();
    },
  },
  {
    name: "nobody else can open it while it is open",
    leftOut: ends,
    async run({ open, reopen = open }) {
      const store = await open();
      await assert.rejects(async () => reopen());
      await store.close();
      await (await reopen()).close();
    },
  },
];
