// What an agent's owner lets be dialled: names before they are looked up, addresses after that, and paths.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { DEFAULT_LIMITS, type Guard, type Place } from "../../core/mod.ts";
import { connectGuarded, guarded, refusedBy } from "./guarded.ts";
import { listen } from "./listen.ts";
import type { LookedUp } from "./look_up.ts";

type Choose = (found: readonly LookedUp[]) => readonly LookedUp[];
/** A target, and how an egress chooses among its addresses. */
const target = (host: string, choose: Choose = (all) => all) => ({ host, port: 80, choose });

function guardOf(allowed: readonly string[], names: readonly string[] = []) {
  const refused: Place[] = [];
  const guard: Guard = {
    mayLookUp: (name) => names.includes(name),
    mayReach: (place) => "host" in place && allowed.includes(place.host),
    mayRun: () => false,
    refused: (place) => void refused.push(place),
  };
  return { guard, refused };
}

const found = (...addresses: string[]) => addresses.map((address) => ({ address, family: 4 }));

test("without a guard a target is what it was", () => {
  const wanted = target("a.example");
  assert.equal(guarded(undefined, wanted), wanted);
});

test("of a name's addresses those are left that may be reached, and the target's own choice holds as well", () => {
  const { guard } = guardOf(["10.0.0.1", "10.0.0.2"], ["a.example"]);
  const choose = guarded(
    guard,
    target("a.example", (all) => all.slice(1)),
  ).choose;
  assert.deepEqual(choose(found("10.0.0.1", "10.0.0.2", "10.0.0.3")), found("10.0.0.2"));
});

test("a name that leads nowhere allowed is refused, before it is looked up or after, and the guard hears of it", () => {
  const { guard, refused } = guardOf(["10.0.0.1"], ["a.example"]);
  assert.throws(() => guarded(guard, target("b.example")), { code: "denied", message: /b\.example:80 is not allowed/ });
  const { choose } = guarded(guard, target("a.example"));
  assert.throws(() => choose(found("127.0.0.1")), { code: "denied" });
  assert.deepEqual(refused, [
    { host: "b.example", port: 80 },
    { host: "a.example", port: 80 },
  ]);
});

test("an address in any of its forms is no name, and is judged by what it stands for", () => {
  const { guard } = guardOf(["127.0.0.1"]);
  assert.deepEqual(guarded(guard, target("0x7f.1")).choose(found("127.0.0.1")), found("127.0.0.1"));
});

test("a path is shown as it was asked for", () => {
  const { guard, refused } = guardOf([]);
  assert.match(refusedBy(guard, { path: "/run/a" }).message, /Target unix:\/run\/a is not allowed there/);
  assert.deepEqual(refused, [{ path: "/run/a" }]);
});

test("the guard hears what a path stands for, the other side does not", async () => {
  const { guard, refused } = guardOf([]);
  const attempt = { guard, limits: DEFAULT_LIMITS, signal: AbortSignal.timeout(10_000), asker: "own" } as const;
  await assert.rejects(connectGuarded({ path: "~/a" }, attempt), { code: "denied", message: /Target unix:~\/a is not allowed/ });
  assert.match("path" in (refused[0] ?? {}) ? JSON.stringify(refused[0]) : "", /"path":"\/.*\/a"/);
});

test("an abstract socket is connected to by its name", {
  skip: process.platform !== "linux" && "only Linux has abstract sockets",
}, async () => {
  const path = `@norouter-guarded-${process.pid}`;
  const listener = await listen({ path }, (socket) => void socket.destroy());
  const attempt = { guard: undefined, limits: DEFAULT_LIMITS, signal: AbortSignal.timeout(10_000), asker: "own" } as const;
  (await connectGuarded({ path }, attempt)).destroy();
  listener.close();
});
