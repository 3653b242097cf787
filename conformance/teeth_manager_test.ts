// The cases of what runs in the manager find what they are for: stores, observers and carriers that break the contract fail.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { type Carrier, type Control, type EventStore, memoryStore, type NetworkEvent, type Observer } from "../core/mod.ts";
import { memoryPair } from "../transports/memory/mod.ts";
import { type Case, runCases } from "./case.ts";
import { observerCases } from "./observer_cases.ts";
import { storeCases } from "./store_cases.ts";
import { type FarEnd, transportCases } from "./transport_cases.ts";

/** For cases in which something is waited for that never comes, in milliseconds. */
const SHORT = 200;

/** Names of the cases that fail, in one text. */
async function failing<Subject>(cases: readonly Case<Subject>[], subject: () => Subject, caseMs?: number): Promise<string> {
  const failed: string[] = [];
  for await (const { name, result } of runCases(cases, subject, caseMs === undefined ? {} : { caseMs }))
    if (result === "failed") failed.push(name);
  return failed.join("\n");
}

/** What a change makes of stores that are kept as long as this process lives. */
const stores = (change: (kept: EventStore) => Partial<EventStore>) => () => {
  const logs: EventStore[] = [];
  let isOpen = false;
  const open = (): EventStore => {
    assert.ok(!isOpen, "it is open");
    isOpen = true;
    const kept = logs[0] ?? memoryStore(DEFAULT_LIMITS);
    logs[0] = kept;
    const close = async () => {
      isOpen = false;
    };
    const well: Partial<EventStore> = { close };
    const members = Object.entries({ ...well, ...change(kept) }).map(([name, value]) => [name, { value }] as const);
    return Object.create(kept, Object.fromEntries(members)) as EventStore;
  };
  return { open, reopen: open };
};

test("stores that lose, mix, forget or hold on are found", { timeout: 60_000 }, async () => {
  const failed = (change: (kept: EventStore) => Partial<EventStore>, ms?: number) => failing(storeCases, stores(change), ms);
  assert.equal(await failed(() => ({})), "");
  assert.match(await failed((kept) => ({ read: (after) => [...kept.read(after)].reverse() })), /read in order/);
  assert.match(await failed((kept) => ({ read: (after) => kept.read(Math.max(0, after - 1)) })), /only what is newer/);
  const lossy = (events: readonly NetworkEvent[]) => events.filter(({ type }) => type !== "link.starting");
  assert.match(await failed((kept) => ({ append: (events) => kept.append(lossy(events)) })), /fold to the state/);
  assert.match(await failed((kept) => ({ snapshot: () => ({ ...kept.snapshot(), seq: 7 }) })), /a new store has nothing/);
  assert.match(await failed(() => ({ flushed: 0 }), SHORT), /it says what is flushed/);
  assert.match(await failed(() => ({ flushed: 1_000_000 })), /it says what is flushed/);
  assert.match(await failed(() => ({ append: () => new Promise<void>(() => undefined) }), SHORT), /what is appended is read/);
  assert.match(await failed(() => ({ close: () => new Promise<void>(() => undefined) }), SHORT), /a new store has nothing/);
  const forgetful = () => ({ open: () => memoryStore(DEFAULT_LIMITS), reopen: () => memoryStore(DEFAULT_LIMITS) });
  assert.match(await failing(storeCases, forgetful), /opened again it has the same number.*\nnobody else can open it/);
});

test("observers that fail, hold on or come too late are found", { timeout: 60_000 }, async () => {
  const failed = (observe: (control: Control) => unknown, name = "p") =>
    failing(observerCases, () => ({ make: () => ({ name, observe }) as Observer }));
  const stop = async () => undefined;
  const quietly = (control: Control) => ({ stop: async () => control.subscribe(() => undefined)() });
  assert.equal(await failed(quietly), "");
  assert.match(await failed(quietly, "Not a name"), /it has a name/);
  assert.match(await failed(() => undefined), /gives an object with 'stop'/);
  assert.match(await failed(async () => ({ stop })), /gives an object with 'stop'/);
  const boom = () => assert.fail("boom");
  assert.match(await failed(boom), /it fails at nothing/);
  assert.match(await failed((control) => ({ stop: async () => control.subscribe(boom)() })), /^$/);
  const listening = (control: Control) => {
    const detach = control.subscribe(boom);
    return { stop: async () => detach() };
  };
  assert.match(await failed(listening), /it fails at nothing/);
  const held = (control: Control) => {
    control.tap(() => undefined);
    return { stop };
  };
  assert.match(await failed(held), /holds nothing afterwards/);
  assert.match(await failed(() => ({ stop: boom })), /it stops in time/);
  assert.match(await failed(() => ({ stop: () => new Promise(() => undefined) })), /it stops in time/);
});

/** A carrier whose far end is here; `change` breaks it. */
const carriers =
  (change: (near: Carrier) => Partial<Carrier>, left = 0) =>
  () => ({
    open(far: FarEnd): Carrier {
      const [near, there] = memoryPair();
      const data = (chunk: Uint8Array) => {
        there.write([far === "echo" ? chunk : new TextEncoder().encode("bye")]);
        if (far === "leave") void there.close();
      };
      if (far !== "deaf") there.start({ data, drain: () => undefined, closed: () => undefined });
      const well: Carrier = {
        start: (handlers) => near.start(handlers),
        write: (parts) => near.write(parts),
        close: () => near.close(),
      };
      return { ...well, ...change(near) };
    },
    hasProcess: false,
    hasPressure: false,
    leftOver: () => left,
    closeMs: 1000,
  });

test("carriers that change bytes, end twice or not at all, throw or leave something are found", { timeout: 60_000 }, async () => {
  const failed = (change: (near: Carrier) => Partial<Carrier>, { left, ms }: { left?: number; ms?: number } = {}) =>
    failing(transportCases, carriers(change, left), ms);
  assert.equal(await failed(() => ({})), "");
  const flip = (chunk: Uint8Array) => chunk.map((byte) => (byte === 0x0d ? 0x0a : byte));
  assert.match(
    await failed((near) => ({ start: (on) => near.start({ ...on, data: (chunk) => on.data(flip(chunk)) }) })),
    /bytes of every value.*\n8 MiB of random bytes/,
  );
  const twice = (near: Carrier): Partial<Carrier> => ({
    start: (on) =>
      near.start({
        ...on,
        closed(end) {
          on.closed(end);
          on.closed(end);
        },
      }),
  });
  assert.match(await failed(twice), /then closed once/);
  assert.match(await failed(() => ({ close: () => new Promise(() => undefined) }), { ms: SHORT }), /close right after start/);
  assert.match(await failed(() => ({}), { left: 1 }), /leaves nothing/);
  let isOver = false;
  const throwing = (near: Carrier): Partial<Carrier> => ({
    start: (on) =>
      near.start({
        ...on,
        closed(end) {
          isOver = true;
          on.closed(end);
        },
      }),
    write: (parts) => (isOver ? assert.fail("closed") : near.write(parts)),
  });
  assert.match(await failed(throwing), /writes after the end/);
});
