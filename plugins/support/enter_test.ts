// From a destination to a stream: the network's own, a route's, refused, and the outside.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admissionOf, stamped } from "../../conformance/ledger.ts";
import {
  DEFAULT_LIMITS,
  destinationOf,
  fold,
  type HostContext,
  type HostId,
  type Route,
  type Stream,
  type Target,
} from "../../core/mod.ts";
import { enter } from "./enter.ts";
import type { ProxySettings } from "./proxy_settings.ts";

/** Enters a network of three hosts, as host 1, and says which stream would be opened. */
async function entered(
  host: string,
  port: number,
  routes: readonly Route[] = [],
  outside: ProxySettings["outside"] = "direct",
  signal?: AbortSignal,
  foreign = false,
) {
  const network = fold(
    stamped([
      { type: "network.opened", network: "n", version: "1" },
      ...[1, 2, 3].map((id) => ({ type: "host.admitted" as const, ...admissionOf(id) })),
      { type: "routes.set", routes },
    ]),
  );
  let dialled: { to: HostId; target: Target } | undefined;
  const context = {
    self: () => network.hosts.get(1),
    network: () => network,
    limits: DEFAULT_LIMITS,
    dial: (to: { id: HostId }, target: Target) => {
      dialled = { to: to.id, target };
      return {} as Stream;
    },
  } as unknown as HostContext;
  await enter(context, destinationOf(host, port), outside, { signal, foreign });
  return dialled;
}

const published = (to: HostId, port: number) => ({ to, target: { kind: "published", port } });
const dials = (to: HostId, host: string, port: number) => ({ to, target: { kind: "address", host, port } });
const via = (host: HostId | undefined, ...to: string[]): Route => ({ to, notTo: [], via: host });

test("names, aliases and VIPs lead to a published port", async () => {
  for (const host of ["host2", "HOST2.", "alias2", "127.0.42.2"]) assert.deepEqual(await entered(host, 80), published(2, 80));
});

test("a route's host dials, and resolves names itself", async () => {
  const routes = [via(2, "10.0.0.0/8", "*.internal"), via(3, "10.9.0.0/16")];
  assert.deepEqual(await entered("10.1.2.3", 80, routes), dials(2, "10.1.2.3", 80));
  assert.deepEqual(await entered("10.9.2.3", 80, routes), dials(3, "10.9.2.3", 80));
  assert.deepEqual(await entered("db.internal", 5432, routes), dials(2, "db.internal", 5432));
});

test("what a route refuses is refused, and says by which", async () => {
  const routes = [via(2, "*"), via(undefined, "*.evil")];
  await assert.rejects(entered("www.evil", 80, routes), { code: "route-refused", message: "routes[1] refuses www.evil:80" });
});

test("the rest is dialled by this host, or refused", async () => {
  assert.deepEqual(await entered("192.0.2.1", 80), dials(1, "192.0.2.1", 80));
  assert.deepEqual(await entered("www.example.com", 80), dials(1, "www.example.com", 80));
  await assert.rejects(entered("192.0.2.1", 80, [], "refuse"), { code: "outside-refused" });
});

test("a name that nobody claims is looked up where routes are about addresses", async () => {
  const found = await entered("localhost", 80, [via(2, "127.0.0.0/8", "::1/128")]);
  assert.equal(found?.to, 2);
  assert.ok(found.target.kind === "address" && ["127.0.0.1", "::1"].includes(found.target.host));
  assert.deepEqual(await entered("localhost", 80, [via(2, "10.0.0.0/8")]), dials(1, "localhost", 80));
  await assert.rejects(entered("localhost", 80, [via(undefined, "127.0.0.0/8", "::1/128")]), { code: "route-refused" });
  await assert.rejects(entered("nobody.invalid", 80, [via(2, "10.0.0.0/8")]), { code: "name-not-found" });
});

test("a client on another machine gets nothing of this one's own, by address nor by name, unless a route leads there", async () => {
  const asOther = (host: string, routes?: readonly Route[]) => entered(host, 80, routes, "direct", undefined, true);
  for (const host of ["127.0.0.1", "127.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1", "localhost"])
    await assert.rejects(asOther(host), { code: "outside-refused" }, host);
  assert.deepEqual(await asOther("192.0.2.1"), dials(1, "192.0.2.1", 80));
  assert.deepEqual(await asOther("127.0.0.1", [via(1, "127.0.0.0/8")]), dials(1, "127.0.0.1", 80));
});

test("a name is not looked up for a client that has gone", async () => {
  const gone = entered("localhost", 80, [via(2, "127.0.0.0/8")], "direct", AbortSignal.abort());
  await assert.rejects(gone, { code: "reset", message: "Nobody waits for the name localhost" });
});
