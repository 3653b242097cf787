// Ports that a host found itself: who may publish them, when, what becomes of them as the manifest changes, and when they go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admissionOf, admitted, FAILURE, given, inPhase, stamped } from "../../conformance/ledger.ts";
import type { FoundPort } from "../wire/control.ts";
import type { WantedHost, WantedNetwork } from "./apply.ts";
import type { Command } from "./decide.ts";
import type { Fact, PublishedPort } from "./events.ts";
import { fold } from "./network.ts";

const [OPENED] = admitted(0) as [Fact];
const DECLARED = admissionOf(1).ports;
const MAY: Partial<WantedHost> = { publishes: true };

/** A network of host 1, which may publish what it finds. */
const host = (change: Partial<WantedHost> = MAY): Fact[] => [OPENED, { type: "host.admitted", ...admissionOf(1, change) }];
const ready = (change?: Partial<WantedHost>) => [...host(change), ...inPhase(1, "ready")];
const port = (listen: number, address = "127.0.0.1"): FoundPort => ({ listen, target: { host: address, port: listen } });
const found = (listen: number, address?: string): PublishedPort => ({ ...port(listen, address), protocol: "tcp", found: true });
const publish = (...ports: FoundPort[]): Command => ({ type: "publish", host: 1, ports });
const changed = (ports: readonly PublishedPort[], change: Partial<WantedHost> = MAY): Fact => ({
  type: "host.changed",
  ...admissionOf(1, { ...change, ports }),
});

/** A host that is ready and has these ports by now. */
const having = (...ports: PublishedPort[]) => [...ready(), changed([...DECLARED, ...ports])];

/** The manifest with host 1 as it is said. */
function apply(change: Partial<WantedHost> = MAY): Command {
  const { host: _, ...wanted } = admissionOf(1, change);
  const network: WantedNetwork = { plugins: [], hosts: [wanted], routes: [] };
  return { type: "apply", wanted: network };
}

test("what a host found comes behind what its manifest declares: in order, and each port once", () => {
  given(ready())
    .when(publish(port(9000), port(80, "::1"), port(9000, "127.0.0.2")))
    .gives([changed([...DECLARED, found(80, "::1"), found(9000, "127.0.0.2")])]);
  given(ready({ ...MAY, ports: [] }))
    .when(publish(port(80)))
    .gives([changed([found(80)], MAY)]);
});

test("it takes the place of what the host found before; nothing happens where nothing differs", () => {
  const before = having(found(80), found(443));
  given(before)
    .when(publish(port(443), port(80)))
    .gives([]);
  given(before)
    .when(publish(port(443)))
    .gives([changed([...DECLARED, found(443)])]);
  given(before)
    .when(publish(port(80, "::1"), port(443)))
    .gives([changed([...DECLARED, found(80, "::1"), found(443)])]);
  given(before)
    .when(publish())
    .gives([changed(DECLARED)]);
  given(ready()).when(publish()).gives([]);
});

test("a port that the manifest declares stays as it says", () => {
  given(ready())
    .when(publish(port(8080)))
    .gives([]);
  given(ready())
    .when(publish(port(8080), port(80)))
    .gives([changed([...DECLARED, found(80)])]);
});

test("a host publishes while its link is up, and if a key lets it", () => {
  const told = [changed([...DECLARED, found(80)])];
  for (const phase of ["joining", "ready"] as const)
    given([...host(), ...inPhase(1, phase)])
      .when(publish(port(80)))
      .gives(told);
  for (const phase of ["starting", "failed"] as const)
    given([...host(), ...inPhase(1, phase)])
      .when(publish(port(80)))
      .gives([]);
  given(host())
    .when(publish(port(80)))
    .gives([]);
  given(ready({}))
    .when(publish(port(80)))
    .gives([]);
  given(host())
    .when({ ...publish(), type: "publish", host: 2, ports: [] })
    .gives("command-refused");
});

test("a manifest that says the same changes nothing of what was found; one that says something else keeps it", () => {
  const before = having(found(80), found(443));
  given(before).when(apply()).gives([]);
  given(before)
    .when(apply({ ...MAY, vip: "127.0.42.9" }))
    .gives([changed([...DECLARED, found(80), found(443)], { ...MAY, vip: "127.0.42.9" })]);
  const declared: PublishedPort[] = [{ listen: 80, protocol: "tcp", target: { host: "127.0.0.1", port: 8000 } }];
  given(before)
    .when(apply({ ...MAY, ports: declared }))
    .gives([changed([...declared, found(443)])]);
});

test("whether a host may publish is a difference; one that may not any more has only what is declared", () => {
  given(ready({}))
    .when(apply())
    .gives([changed(DECLARED)]);
  given(having(found(80)))
    .when(apply({}))
    .gives([changed(DECLARED, {})]);
});

test("what was found ends with the link", () => {
  const closed: Fact = { type: "link.closed", host: 1, failure: FAILURE };
  const retry = { attempt: 1, delayMs: 700 };
  const close: Command = { type: "close-link", host: 1, failure: FAILURE };
  given(having(found(80)))
    .when(close)
    .gives([closed, changed(DECLARED)]);
  given(having(found(80)))
    .when({ ...close, retry })
    .gives([closed, { type: "link.retrying", host: 1, code: FAILURE.code, ...retry }, changed(DECLARED)]);
  given(ready()).when(close).gives([closed]);
  const after = fold(stamped([...having(found(80)), closed, changed(DECLARED)])).hosts.get(1);
  assert.deepEqual([after?.phase, after?.failure, after?.ports], ["failed", FAILURE, DECLARED]);
});

test("a log that is taken up has nothing of what was found in an earlier run", () => {
  given(having(found(80)))
    .when({ type: "open-network", network: "net", version: "2" })
    .gives([{ type: "network.opened", network: "net", version: "2" }, changed(DECLARED)]);
});

test("ports that come and go change nothing else of a host", () => {
  const before = fold(stamped(ready())).hosts.get(1);
  const after = fold(stamped(having(found(80)))).hosts.get(1);
  assert.deepEqual(after, { ...before, ports: [...DECLARED, found(80)] });
  assert.equal(after?.publishes, true);
});
