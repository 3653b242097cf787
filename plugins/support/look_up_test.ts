// Look-ups that share, wait and give up, and the real ones of this machine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { DEFAULT_LIMITS, NoRouterError } from "../../core/mod.ts";
import { type Asker, type LookedUp, lookUp, lookUps } from "./look_up.ts";

const FOUND: readonly LookedUp[] = [{ address: "192.0.2.1", family: 4 }];

/** Look-ups, two at a time, that end when a test says so. */
function held(change: { readonly dialMs?: number; readonly lookUps?: number } = {}) {
  const begun: string[] = [];
  const ends = new Map<string, { readonly found: () => void; readonly failed: (error: Error) => void }>();
  const look = lookUps((name) => {
    begun.push(name);
    return new Promise((resolve, reject) => ends.set(name, { found: () => resolve(FOUND), failed: reject }));
  }, 2);
  const limits = { ...DEFAULT_LIMITS, ...change };
  return {
    begun,
    ends,
    ask: (name: string, signal?: AbortSignal) => look(name, { limits, signal }),
    askAs: (asker: Asker, name: string, crowded?: (by: number, names: number) => void) => look(name, { limits, asker, crowded }),
  };
}

test("equal names under way are looked up once, and again later", async () => {
  const { begun, ends, ask } = held();
  const both = Promise.all([ask("a"), ask("a")]);
  assert.deepEqual(begun, ["a"]);
  ends.get("a")?.found();
  assert.deepEqual(await both, [FOUND, FOUND]);
  const again = ask("a");
  assert.deepEqual(begun, ["a", "a"]);
  ends.get("a")?.failed(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
  await assert.rejects(again, { code: "ENOTFOUND" });
});

test("few are under way, the newest of those that wait is next", async () => {
  const { begun, ends, ask } = held();
  const all = Promise.all(["a", "b", "c", "d"].map((name) => ask(name)));
  assert.deepEqual(begun, ["a", "b"]);
  ends.get("a")?.found();
  await waitFor(() => begun.length === 3, { what: "the next", everyMs: 1 });
  assert.deepEqual(begun, ["a", "b", "d"]);
  ends.get("d")?.found();
  await waitFor(() => begun.length === 4, { what: "the last", everyMs: 1 });
  for (const name of ["b", "c"]) ends.get(name)?.found();
  assert.equal((await all).length, 4);
});

test("what nobody waits for any more is never begun", async () => {
  const { begun, ends, ask } = held();
  const leaving = new AbortController();
  const left = ["a", "b", "c", "d"].map((name) => ask(name, leaving.signal));
  const settled = Promise.allSettled(left);
  leaving.abort();
  for (const outcome of await settled) assert.ok(outcome.status === "rejected" && outcome.reason instanceof NoRouterError);
  await assert.rejects(ask("e", leaving.signal), { code: "reset" });
  const stays = ask("f");
  ends.get("a")?.found();
  await waitFor(() => begun.length === 3, { what: "the one that is waited for", everyMs: 1 });
  assert.deepEqual(begun, ["a", "b", "f"]);
  ends.get("f")?.found();
  await stays;
});

test("who waits for too long is told, though the look-up goes on and serves who asks later", async () => {
  const { begun, ends, ask } = held({ dialMs: 20 });
  await assert.rejects(ask("a"), { code: "timed-out", message: "Name a was not found in time" });
  const later = ask("a");
  ends.get("a")?.found();
  assert.deepEqual([await later, begun], [FOUND, ["a"]]);
});

test("what comes to its turn after half of the time is not begun", async () => {
  const { begun, ends, ask } = held({ dialMs: 1000 });
  const waiting = [ask("a"), ask("b")];
  const since = performance.now();
  const late = assert.rejects(ask("c"), { code: "timed-out" });
  await waitFor(() => performance.now() > since + 510, { what: "half of the time", everyMs: 5 });
  for (const name of ["a", "b"]) ends.get(name)?.found();
  await Promise.all([late, ...waiting]);
  assert.deepEqual(begun, ["a", "b"]);
});

test("one name too many fails at once; known ones and addresses do not", async () => {
  const { ends, ask } = held({ lookUps: 2 });
  const waiting = [ask("a"), ask("b")];
  await assert.rejects(ask("c"), { code: "too-many-names", message: "Name c is not looked up: too many others are" });
  waiting.push(ask("a"));
  assert.deepEqual(await ask("192.0.2.7"), [{ address: "192.0.2.7", family: 4 }]);
  assert.deepEqual(await ask("fe80::1"), [{ address: "fe80::1", family: 6 }]);
  for (const { found } of ends.values()) found();
  assert.equal((await Promise.all(waiting)).length, 3);
});

test("another host that asks for all it can leaves places for others and for published targets, and is named", async () => {
  const { askAs } = held({ lookUps: 16 });
  const crowds: unknown[] = [];
  const names = Array.from({ length: 40 }, (_, at) => askAs(3, `n${at}`, (...who) => crowds.push(who)));
  const refused = Promise.allSettled(names.slice(10));
  for (const name of names.slice(0, 10)) void name.catch(() => undefined);
  assert.ok((await refused).every((one) => one.status === "rejected" && one.reason.code === "too-many-names"));
  assert.deepEqual(crowds, [[3, 10]]);
  for (const asker of [4, "own", "published"] as const) {
    const outcome = askAs(asker, `of ${asker}`).then(
      () => "found",
      () => "refused",
    );
    assert.equal(await Promise.race([outcome, Promise.resolve("waits")]), "waits");
  }
});

test("another host never has all that is under way, and turns go to who has fewest", async () => {
  const { begun, ends, askAs } = held();
  const all = ["a", "b", "c"].map((name) => askAs(3, name));
  assert.deepEqual(begun, ["a"]);
  all.push(askAs("published", "target"), askAs("own", "mine"), askAs(3, "d"));
  assert.deepEqual(begun, ["a", "target"]);
  ends.get("target")?.found();
  await waitFor(() => begun.length === 3, { what: "the next", everyMs: 1 });
  assert.equal(begun[2], "mine");
  for (let at = 0; at < begun.length; at += 1) {
    ends.get(begun[at] as string)?.found();
    await waitFor(() => begun.length > at + 1 || begun.length === 6, { what: "the rest", everyMs: 1 });
  }
  assert.equal((await Promise.all(all)).length, 6);
});

test("several other hosts together never have all that is under way", async () => {
  const { begun, ends, askAs } = held();
  const all = [askAs(3, "a"), askAs(4, "b")];
  assert.deepEqual(begun, ["a"]);
  all.push(askAs("own", "mine"));
  assert.deepEqual(begun, ["a", "mine"]);
  for (const [at, name] of ["a", "mine", "b"].entries()) {
    await waitFor(() => begun.length > at, { what: `${name} to begin`, everyMs: 1 });
    ends.get(name)?.found();
  }
  assert.equal((await Promise.all(all)).length, 3);
});

test("a name that waits for another host's turn is looked up when this host asks for it too", async () => {
  for (const asker of ["own", "published"] as const) {
    const { begun, ends, askAs } = held();
    const all = [askAs(3, "a"), askAs(3, "b")];
    assert.deepEqual(begun, ["a"]);
    all.push(askAs(asker, "b"));
    assert.deepEqual(begun, ["a", "b"]);
    for (const name of begun) ends.get(name)?.found();
    assert.equal((await Promise.all(all)).length, 3);
  }
});

test("this machine's own names are found with their families, and others are not", async () => {
  const found = await lookUp("localhost", { limits: DEFAULT_LIMITS });
  assert.ok(
    found.some(({ address, family }) => (address === "127.0.0.1" && family === 4) || (address === "::1" && family === 6)),
  );
  await assert.rejects(lookUp("nobody.invalid", { limits: DEFAULT_LIMITS }));
});
