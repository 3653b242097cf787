// Names and passwords: right, wrong, not there yet, and changed while the network runs.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { admissionOf, stamped } from "../../conformance/ledger.ts";
import { type Access, accessOf, fold, type HostAccess } from "../../core/mod.ts";
import { gateOf } from "./gate.ts";
import { proxySettings } from "./proxy.ts";

let access: Access;
before(async () => {
  access = await accessOf("me", "secret");
});

/** A gate on a host whose log can go on. */
function gate(auth = true) {
  const entrances = { http: { listen: "127.0.0.1:1", outside: "direct" as const, auth }, writeEtcHosts: false };
  const opened = { type: "network.opened", network: "n", version: "1" } as const;
  let network = fold(stamped([opened, { type: "host.admitted", ...admissionOf(1), entrances }]));
  const made = gateOf(() => proxySettings(network.hosts.get(1) ?? assert.fail(), "http"));
  const set = (now: HostAccess) => {
    network = fold(stamped([{ type: "access.set", host: 1, access: now }]), network);
  };
  return { ...made, closed: () => made.closed, set };
}

test("who gives the right name and password enters, again and again; nobody else does", async () => {
  const { enters, set, closed } = gate();
  assert.equal(closed(), true);
  set({ http: access });
  assert.equal(await enters("me", "wrong"), false);
  assert.equal(await enters("me", "secret"), true);
  assert.equal(await enters("me", "secret"), true);
  assert.equal(await enters("me", "secret "), false);
  assert.equal(await enters("you", "secret"), false);
  assert.equal(await enters("", ""), false);
});

test("before the log knows what to compare with, nobody enters; the other proxy's password is none", async () => {
  const { enters, set } = gate();
  assert.equal(await enters("me", "secret"), false);
  set({ socks: access });
  assert.equal(await enters("me", "secret"), false);
});

test("a right answer that is remembered does not outlive a change", async () => {
  const { enters, set } = gate();
  set({ http: access });
  assert.equal(await enters("me", "secret"), true);
  set({ http: await accessOf("me", "other") });
  assert.equal(await enters("me", "secret"), false);
  assert.equal(await enters("me", "other"), true);
});

test("a proxy without a password is open", () => {
  assert.equal(gate(false).closed(), false);
});

test("a client that left while another was checked costs no check", async () => {
  const { enters, set } = gate();
  set({ http: access });
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
  const { enters, set } = gate();
  set({ http: access });
  const checked: number[] = [];
  const guesses = Array.from({ length: 100 }, (_, at) => enters("me", "wrong", () => checked.push(at) > 1));
  await guesses.at(-1);
  assert.equal(checked.length, 1, "the last guess is refused while the first is checked");
  assert.ok((await Promise.all(guesses)).every((right) => !right));
  assert.equal(checked.length, 17);
  assert.equal(await enters("me", "secret"), true);
});
