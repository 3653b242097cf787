// Things that are kept: opened, changed, reported, tried again and closed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { DEFAULT_LIMITS, type ListenerFact, NoRouterError } from "../../core/mod.ts";
import { keeper, listening } from "./keeper.ts";
import { listenError } from "./net_errors.ts";

const shown = (facts: readonly ListenerFact[]) => facts.map((fact) => `${fact.type.slice("frontend.".length)} ${fact.address}`);

/** Addresses of two halves, some of which cannot be had. */
function fake() {
  const facts: ListenerFact[] = [];
  const taken = new Set<string>();
  const open = new Set<string>();
  const { keep, stop } = keeper<{ host: string }>({
    frontend: "dns",
    context: {
      report: (fact) => void (fact.type === "host.crowded" || fact.type === "health.changed" || facts.push(fact)),
      limits: { ...DEFAULT_LIMITS, retryMs: 5, retryCapMs: 5, retryLeastMs: 1 },
    },
    parts: ["tcp", "udp"],
    hold: (address, way) =>
      listening(async () => {
        const half = `${address}/${way}`;
        if (taken.has(half)) throw Object.assign(new Error("taken"), { code: "EADDRINUSE" });
        open.add(half);
        return { close: () => void open.delete(half) };
      }),
    same: () => true,
    serves: () => "the name server",
    failure: listenError,
  });
  const serve = (...hosts: string[]) => keep(new Map(hosts.map((host) => [`${host}:53`, { host }])));
  return { facts, taken, open, serve, stop };
}

test("an address is one entry of the log, opened and closed once", async () => {
  const { facts, open, serve, stop } = fake();
  await serve("127.0.0.1", "127.0.42.1");
  await serve("127.0.0.1", "127.0.42.1");
  assert.deepEqual(shown(facts), ["listening 127.0.0.1:53", "listening 127.0.42.1:53"]);
  await serve("127.0.0.1");
  assert.deepEqual(shown(facts).slice(2), ["closed 127.0.42.1:53"]);
  assert.deepEqual([...open], ["127.0.0.1:53/tcp", "127.0.0.1:53/udp"]);
  await stop();
  assert.equal(open.size, 0);
  assert.equal(facts.length, 3);
});

test("where one half cannot be had the log has two entries, until both can", async () => {
  const { facts, taken, serve, stop } = fake();
  taken.add("127.0.0.1:53/udp");
  await serve("127.0.0.1");
  assert.deepEqual(shown(facts), ["listening 127.0.0.1:53/tcp", "failed 127.0.0.1:53/udp"]);
  assert.match(JSON.stringify(facts[1]), /address-in-use.*Cannot listen on 127\.0\.0\.1:53\/udp: Address is already in use/);
  taken.clear();
  await waitFor(() => facts.length === 5, { what: "the other half", everyMs: 1 });
  assert.deepEqual(shown(facts).slice(2), ["closed 127.0.0.1:53/tcp", "closed 127.0.0.1:53/udp", "listening 127.0.0.1:53"]);
  await stop();
});

test("an address that cannot be had is told once, and again when it can", async () => {
  const { facts, taken, open, serve, stop } = fake();
  for (const way of ["tcp", "udp"]) taken.add(`127.0.0.1:53/${way}`);
  await serve("127.0.0.1", "127.0.0.2");
  await serve("127.0.0.1", "127.0.0.2");
  assert.deepEqual(shown(facts), ["failed 127.0.0.1:53", "listening 127.0.0.2:53"]);
  taken.clear();
  await waitFor(() => facts.length === 3, { what: "the address", everyMs: 1 });
  assert.deepEqual(shown(facts).slice(2), ["listening 127.0.0.1:53"]);
  await stop();
  assert.equal(open.size, 0);
});

/** Texts that are held: each can be refused, and what is held under an address takes another text. */
function texts() {
  const facts: ListenerFact[] = [];
  const held = new Map<string, string>();
  const calls: string[] = [];
  const refused = new Set<string>();
  let inside = 0;
  let gate: Promise<unknown> | undefined;
  const act = async (what: string, change: () => void) => {
    calls.push(what);
    assert.equal(++inside, 1, "calls never overlap");
    await gate;
    inside -= 1;
    if (refused.has(what)) throw new Error(what);
    change();
  };
  const made = keeper<string>({
    frontend: "texts",
    context: {
      report: (fact) => void (fact.type === "host.crowded" || fact.type === "health.changed" || facts.push(fact)),
      limits: { ...DEFAULT_LIMITS, retryMs: 1, retryCapMs: 1, retryLeastMs: 1 },
    },
    hold: (address) => ({
      open: (text) => act(`open ${text}`, () => held.set(address, text)),
      close: () => act(`close ${address}`, () => held.delete(address)),
    }),
    same: (before, now) => before === now,
    serves: (_, text) => text,
    failure: (_, thrown) => new NoRouterError("file-failed", `No: ${(thrown as Error).message}`),
  });
  const keep = (wanted: Record<string, string>) => made.keep(new Map(Object.entries(wanted)));
  const wait = (until: Promise<unknown>) => {
    gate = until;
  };
  return { facts, held, calls, refused, keep, stop: made.stop, wait };
}

test("what changes is changed in its place, and told when it serves something else", async () => {
  const { facts, held, calls, keep, stop } = texts();
  await keep({ a: "one" });
  await keep({ a: "two" });
  await keep({ a: "two" });
  assert.deepEqual(calls, ["open one", "open two"]);
  assert.deepEqual([...held], [["a", "two"]]);
  assert.deepEqual(
    facts.map((fact) => [fact.type, "serves" in fact && fact.serves]),
    [
      ["frontend.listening", "one"],
      ["frontend.listening", "two"],
    ],
  );
  await stop();
  assert.deepEqual([...held], []);
});

test("what is not wanted any more is closed before anything else is opened", async () => {
  const { facts, calls, keep, stop } = texts();
  await keep({ a: "one" });
  await keep({ b: "two" });
  await keep({ a: "three" });
  assert.deepEqual(calls, ["open one", "close a", "open two", "close b", "open three"]);
  assert.deepEqual(shown(facts), ["listening a", "closed a", "listening b", "closed b", "listening a"]);
  await stop();
});

test("what cannot be closed is told and tried again, until nothing is held", async () => {
  const { facts, held, refused, keep, stop } = texts();
  await keep({ a: "one" });
  refused.add("close a");
  await keep({});
  assert.deepEqual(shown(facts), ["listening a", "failed a"]);
  assert.deepEqual([...held], [["a", "one"]]);
  refused.clear();
  await waitFor(() => facts.length === 3, { what: "the text to be given back", everyMs: 1 });
  assert.deepEqual([shown(facts)[2], ...held], ["closed a"]);
  await stop();
});

test("of calls that come close together the last one counts", async () => {
  const { facts, held, keep, stop, wait } = texts();
  await keep({ a: "zero" });
  const { promise, resolve } = Promise.withResolvers<void>();
  wait(promise);
  const calls = [keep({ a: "one" }), keep({}), keep({ a: "two" }), keep({ a: "three", b: "four" }), keep({ a: "five" })];
  resolve();
  await Promise.all(calls);
  assert.deepEqual([...held], [["a", "five"]]);
  const last = facts.filter(({ address }) => address === "a").at(-1);
  assert.equal(last?.type === "frontend.listening" && last.serves, "five");
  assert.ok(!shown(facts).includes("listening b"));
  await stop();
});

test("what is wanted again while it is given back is held once, and given back once more", async () => {
  const { held, calls, keep, stop, wait } = texts();
  await keep({ a: "one" });
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  wait(first.promise);
  const early = [keep({}), keep({ a: "two" })];
  await new Promise(setImmediate);
  early.push(keep({}));
  wait(second.promise);
  first.resolve();
  await new Promise(setImmediate);
  const late = keep({ a: "three" });
  second.resolve();
  await Promise.all([...early, late]);
  assert.deepEqual([...held], [["a", "three"]]);
  await keep({});
  assert.deepEqual([...held], [], calls.join(", "));
  await stop();
});

test("what is being opened when the keeper stops is closed, and nothing is told", async () => {
  const { facts, held, keep, stop, wait } = texts();
  const { promise, resolve } = Promise.withResolvers<void>();
  wait(promise);
  const opening = keep({ a: "one" });
  const stopping = stop();
  resolve();
  await Promise.all([opening, stopping]);
  assert.deepEqual([facts, [...held]], [[], []]);
});
