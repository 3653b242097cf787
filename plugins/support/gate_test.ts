// Names and passwords: right, wrong, not there yet, and changed while the network runs.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Access, accessOf } from "./access.ts";
import { gateOf } from "./gate.ts";
import type { ProxySettings } from "./proxy_settings.ts";

let access: Access;
before(async () => {
  access = await accessOf("me", "secret");
});

/** A gate of a proxy whose settings can change. */
function gate() {
  const proxy = { listen: "127.0.0.1:1", outside: "direct" } as const;
  let settings: ProxySettings | undefined = { ...proxy, auth: access };
  const made = gateOf(() => settings);
  const set = (now: Access | undefined, isThere = true) => {
    settings = isThere ? { ...proxy, ...(now ? { auth: now } : {}) } : undefined;
  };
  return { ...made, closed: () => made.closed, set };
}

test("who gives the right name and password enters, again and again; nobody else does", async () => {
  const { enters, closed } = gate();
  assert.equal(closed(), true);
  assert.equal(await enters("me", "wrong"), false);
  assert.equal(await enters("me", "secret"), true);
  assert.equal(await enters("me", "secret"), true);
  assert.equal(await enters("me", "secret "), false);
  assert.equal(await enters("you", "secret"), false);
  assert.equal(await enters("", ""), false);
});

test("without settings the gate is closed, and nobody enters", async () => {
  const { enters, set, closed } = gate();
  set(undefined, false);
  assert.equal(closed(), true);
  assert.equal(await enters("me", "secret"), false);
});

test("a right answer that is remembered does not outlive a change", async () => {
  const { enters, set } = gate();
  assert.equal(await enters("me", "secret"), true);
  set(await accessOf("me", "other"));
  assert.equal(await enters("me", "secret"), false);
  assert.equal(await enters("me", "other"), true);
});

test("a proxy without a password is open", () => {
  const { set, closed } = gate();
  set(undefined);
  assert.equal(closed(), false);
});

test("a client that left while another was checked costs no check", async () => {
  const { enters } = gate();
  const first = enters("me", "wrong");
  let asked = 0;
  const waits = () => {
    asked += 1;
    return false;
  };
  const left = enters("me", "secret", waits);
  assert.equal(asked, 0);
  assert.deepEqual([await first, await left, asked], [false, false, 1]);
});

test("wrong passwords do not pile up: a few wait, the rest are refused at once, and then there is room again", async () => {
  const { enters } = gate();
  const checked: number[] = [];
  const guesses = Array.from({ length: 100 }, (_, at) => enters("me", "wrong", () => checked.push(at) > 1));
  await guesses.at(-1);
  assert.equal(checked.length, 1, "the last guess is refused while the first is checked");
  assert.ok((await Promise.all(guesses)).every((right) => !right));
  assert.equal(checked.length, 17);
  assert.equal(await enters("me", "secret"), true);
});
