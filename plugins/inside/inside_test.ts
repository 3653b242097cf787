// The front-end of a program inside: where its connections lead, when it may begin, and what it publishes.

import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import process from "node:process";
import { after, test } from "node:test";
import { loneHost, type ShownHost } from "../../conformance/lone_host.ts";
import { echoStream, overfullDial, refusedStream } from "../../conformance/lone_streams.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import type { FoundPort, HostContext, HostState, Route, Stream, Target } from "../../core/mod.ts";
import { dial as dialTcp, exchange } from "../../tests/support/clients.ts";
import { ENDS, type FakeDoorway, type FakeDoorwayOptions, fakeDoorway } from "../../tests/support/fake_doorway.ts";
import { freePort } from "../../tests/support/free_port.ts";
import type { Address } from "../../tests/support/servers.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { StandIns } from "../support/stand_ins.ts";
import { insideFrontEnd } from "./front_end.ts";
import { publisher } from "./publish.ts";
import type { InsideSettings } from "./settings.ts";

const SELF: ShownHost = { name: "curl", vip: "127.0.42.1", ports: [] };
const WEB: ShownHost = { name: "web", vip: ENDS.to, ports: [{ listen: 8080, protocol: "tcp" }] };
const DEFAULTS: InsideSettings = { outside: "direct", publish: "auto" };

interface AloneOptions extends FakeDoorwayOptions {
  readonly routes?: readonly Route[];
  /** What a dialled stream is; absent: it echoes. */
  readonly stream?: () => Stream;
}

/** Ends what tests that failed have left running. */
const stops: (() => unknown)[] = [];
after(() => Promise.all(stops.map((stop) => stop())));

/** The front-end on host 1, "curl", whose network the test changes. */
function alone({ routes = [], stream = echoStream, ...options }: AloneOptions = {}) {
  const doorway = fakeDoorway(options);
  const standIns = new StandIns();
  const dialled: (readonly [host: string, target: Target])[] = [];
  const published: (readonly number[])[] = [];
  let phase: HostState["phase"] = "joining";
  const dial: HostContext["dial"] = ({ name }, target) => {
    dialled.push([name, target]);
    return stream();
  };
  const host = loneHost({}, { dial });
  const { context } = host;
  const frontEnd = insideFrontEnd(
    {
      ...context,
      self: () => ({ ...context.self(), phase }),
      network: () => ({ ...context.network(), routes }),
      publish: (ports) => void published.push(ports.map(({ listen }) => listen)),
    },
    { doorway, standIns },
  );
  stops.push(() => frontEnd.stop());
  const show = (settings: InsideSettings, now: HostState["phase"], ...others: ShownHost[]) =>
    declare([], settings, now, ...others);
  /** The same, with ports that the host publishes already. */
  const declare = (ports: HostState["ports"], settings: InsideSettings, now: HostState["phase"], ...others: ShownHost[]) => {
    phase = now;
    host.show({ ...SELF, ports, own: { inside: { ...settings } } }, ...others);
    return frontEnd.reconcile();
  };
  /** What becomes of a connection of the program. */
  const decided = async (to: string, toPort = ENDS.toPort) => {
    const connection = doorway.begin({ ...ENDS, to, toPort });
    await waitFor(() => connection.decisions.length > 0, { what: "a decision", everyMs: 1 });
    return connection.decisions;
  };
  return { frontEnd, doorway, standIns, dialled, published, show, declare, decided };
}

test("a connection to a host's VIP is dialled there, and made when it is accepted", async () => {
  const { frontEnd, dialled, show, decided } = alone();
  await show(DEFAULTS, "ready", WEB);
  assert.deepEqual(await decided(ENDS.to), ["go"]);
  assert.deepEqual(dialled, [["web", { kind: "published", port: 8080 }]]);
  await frontEnd.stop();
});

test("what the host's end of a stream says is what the program is told", async () => {
  for (const [stream, told] of [
    [refusedStream, "reset"],
    [overfullDial, "wait"],
  ] as const) {
    const { frontEnd, show, decided } = alone({ stream });
    await show(DEFAULTS, "ready", WEB);
    assert.deepEqual(await decided(ENDS.to), [told]);
    await frontEnd.stop();
  }
});

const ROUTED: Route = { to: ["203.0.113.0/24", "*.corp"], notTo: [], via: 2 };
const REFUSED: Route = { to: ["198.51.100.0/24"], notTo: [], via: undefined };
const address = (host: string, port = 8080): Target => ({ kind: "address", host, port });

test("destinations that are no host's go where 'outside' lets them: out from here, along a route, or nowhere", async () => {
  const cases = [
    ["direct", "192.0.2.7", ["go"], ["curl", address("192.0.2.7")]],
    ["direct", "203.0.113.7", ["go"], ["web", address("203.0.113.7")]],
    ["direct", "198.51.100.7", ["denied"], undefined],
    ["routes", "192.0.2.7", ["denied"], undefined],
    ["routes", "203.0.113.7", ["go"], ["web", address("203.0.113.7")]],
    ["routes", "198.51.100.7", ["denied"], undefined],
    ["none", "192.0.2.7", ["denied"], undefined],
    ["none", "203.0.113.7", ["denied"], undefined],
    ["none", ENDS.to, ["go"], ["web", { kind: "published", port: 8080 }]],
    ["direct", "2001:db8::7", ["go"], ["curl", address("2001:db8::7")]],
  ] as const;
  for (const [outside, to, decisions, dials] of cases) {
    const { frontEnd, dialled, show, decided } = alone({ routes: [ROUTED, REFUSED] });
    await show({ ...DEFAULTS, outside }, "ready", WEB);
    assert.deepEqual(await decided(to), decisions, `${outside} ${to}`);
    assert.deepEqual(dialled, dials === undefined ? [] : [dials], `${outside} ${to}`);
    await frontEnd.stop();
  }
});

test("an address that stands for a name leads where the name does", async () => {
  const { frontEnd, dialled, show, decided, standIns } = alone({ routes: [{ ...ROUTED, to: ["*.corp"] }] });
  await show({ ...DEFAULTS, outside: "routes" }, "ready", WEB);
  assert.deepEqual(await decided(standIns.addressOf("db.corp"), 5432), ["go"]);
  assert.deepEqual(await decided(standIns.addressOf("example.com"), 443), ["denied"]);
  assert.deepEqual(dialled, [["web", address("db.corp", 5432)]]);
  await frontEnd.stop();
});

test("'outside' may change while the program runs", async () => {
  const { frontEnd, show, decided } = alone();
  await show({ ...DEFAULTS, outside: "none" }, "ready", WEB);
  assert.deepEqual(await decided("192.0.2.7"), ["denied"]);
  await show(DEFAULTS, "ready", WEB);
  assert.deepEqual(await decided("192.0.2.7"), ["go"]);
  await frontEnd.stop();
});

test("the program may begin when its host is ready, and its system knows the VIPs of the others all along", async () => {
  const { frontEnd, doorway, show } = alone();
  await show(DEFAULTS, "joining", WEB);
  assert.deepEqual([doorway.readied(), doorway.told], [0, [[ENDS.to]]]);
  await show(DEFAULTS, "ready", WEB, { name: "db", vip: "127.0.42.3" });
  assert.deepEqual([doorway.readied(), doorway.told.at(-1)], [1, [ENDS.to, "127.0.42.3"]]);
  await show(DEFAULTS, "ready");
  assert.deepEqual(doorway.told.at(-1), []);
  await frontEnd.stop();
});

const port = (listen: number, host = "127.0.0.1"): FoundPort => ({ listen, target: { host, port: listen } });
const LOOKS_MS = 250;
const looks = () => new Promise((resolve) => setTimeout(resolve, LOOKS_MS));

test("what the program listens on is published once it may begin, unless 'publish' is 'none'", async () => {
  const { frontEnd, doorway, published, show } = alone();
  doorway.ports = [port(80)];
  await show(DEFAULTS, "joining", WEB);
  await show({ ...DEFAULTS, publish: "none" }, "ready", WEB);
  await looks();
  assert.deepEqual(published, []);
  await show(DEFAULTS, "ready", WEB);
  await waitFor(() => published.length > 0, { what: "the port", everyMs: 5 });
  assert.deepEqual(published, [[80]]);
  await frontEnd.stop();
  doorway.ports = [];
  await looks();
  assert.deepEqual(published, [[80]], "nothing is looked at after the stop");
});

test("a port that the manifest declares is left to it, and is published as found once it is declared no more", async () => {
  const { frontEnd, doorway, published, declare } = alone();
  doorway.ports = [port(80), port(443)];
  await declare([{ listen: 80, protocol: "tcp" }], DEFAULTS, "ready", WEB);
  await waitFor(() => published.length === 1, { what: "the port that is not declared", everyMs: 5 });
  await declare([{ listen: 443, protocol: "tcp", found: true }], DEFAULTS, "ready", WEB);
  await waitFor(() => published.length === 2, { what: "both ports", everyMs: 5 });
  await frontEnd.stop();
  assert.deepEqual(published, [[443], [80, 443]]);
});

/** A publisher, and the ports of each message. */
function publishing(ports: readonly FoundPort[]) {
  const doorway = fakeDoorway();
  doorway.ports = ports;
  const told: (readonly FoundPort[])[] = [];
  const { follow } = publisher({ publish: (found) => void told.push(found) }, doorway);
  stops.push(() => follow(false));
  const tells = (times: number) => waitFor(() => told.length === times, { what: `message ${times}`, everyMs: 5 });
  return { doorway, told, follow, tells };
}

test("each change is told once, in order of the ports, and the first 256 of them", async () => {
  const { doorway, told, follow, tells } = publishing([port(9000), port(80)]);
  follow(true);
  follow(true);
  await tells(1);
  doorway.ports = [port(80), port(9000)];
  await looks();
  doorway.ports = [port(80, "::1"), port(9000)];
  await tells(2);
  doorway.ports = [];
  await tells(3);
  doorway.ports = Array.from({ length: 300 }, (_, at) => port(2000 - at));
  await tells(4);
  follow(false);
  assert.deepEqual(told.slice(0, 3), [[port(80), port(9000)], [port(80, "::1"), port(9000)], []]);
  assert.deepEqual([told[3]?.length, told[3]?.[0], told[3]?.at(-1)], [256, port(1701), port(1956)]);
});

test("nothing is told of a program that listens on nothing; what is told again after a break is the whole", async () => {
  const { doorway, told, follow, tells } = publishing([]);
  follow(true);
  await looks();
  assert.deepEqual(told, []);
  doorway.ports = [port(80)];
  await tells(1);
  follow(false);
  follow(true);
  await tells(2);
  follow(false);
  assert.deepEqual(told, [[port(80)], [port(80)]]);
});

test("a port that the manifest declares is not published besides, and is once it is declared no more", async () => {
  const { told, follow, tells } = publishing([port(80), port(443)]);
  follow(true, [80]);
  await tells(1);
  follow(true, []);
  await tells(2);
  follow(false);
  assert.deepEqual(told, [[port(443)], [port(80), port(443)]]);
});

/** What Node has a socket by. It is never closed: who listens on its descriptor has that, and closes it. */
type BoundHandle = { readonly fd?: number };
/** Node's own: a socket that is bound, and that nobody listens on yet. */
const bind = (net as { _createServerHandle?: (...words: unknown[]) => unknown })._createServerHandle;
const isNode = process.versions.bun === undefined && !("Deno" in globalThis) && bind !== undefined;
const skip = !isNode && "this runtime listens on no descriptor";

/** A doorway's listener at a VIP that no other test has, as the program's system would divert its connections to it. */
async function diverted() {
  const host = ownVip();
  const port = await freePort(host);
  const handle = bind?.(host, port, 4, undefined, 0) as BoundHandle;
  return { place: { host, port }, fd: handle.fd ?? assert.fail("there is no descriptor") };
}

/** Begins a connection and makes it as soon as it is let go. */
async function heldClient(doorway: FakeDoorway, to: Address) {
  const [from, fromPort] = ["127.0.0.1", await freePort("127.0.0.1")];
  const { decisions } = doorway.begin({ from, fromPort, to: to.host, toPort: to.port });
  await waitFor(() => decisions.length > 0, { what: "a decision", everyMs: 1 });
  assert.deepEqual(decisions, ["go"]);
  return net.connect({ ...to, localAddress: from, localPort: fromPort, allowHalfOpen: true });
}

test("a connection that was let go arrives at its own stream; one that nothing held is dialled as it arrives", {
  skip,
}, async () => {
  const { place, fd } = await diverted();
  const { frontEnd, doorway, dialled, show } = alone({ diverted: [fd] });
  await show(DEFAULTS, "ready", { ...WEB, vip: place.host });
  const target = { kind: "published", port: place.port };
  const client = await heldClient(doorway, place);
  client.write("hello");
  assert.equal(String((await once(client, "data"))[0]), "hello");
  assert.deepEqual(dialled, [["web", target]]);
  assert.equal(await exchange(place, "not held"), "not held");
  assert.deepEqual(dialled, Array(2).fill(["web", target]));
  await frontEnd.stop();
  client.write("still");
  assert.equal(String((await once(client, "data"))[0]), "still", "what is joined goes on");
  client.destroy();
  await assert.rejects(dialTcp(place), { code: "ECONNREFUSED" });
});

test("where nothing is held, a connection is made first, and reset where its target refuses or it leads nowhere", {
  skip,
}, async () => {
  for (const [settings, stream] of [
    [DEFAULTS, refusedStream],
    [DEFAULTS, overfullDial],
    [{ ...DEFAULTS, outside: "none" }, echoStream],
  ] as const) {
    const { place, fd } = await diverted();
    const { frontEnd, doorway, show } = alone({ diverted: [fd], holds: false, stream });
    await show(settings, "ready", stream === echoStream ? WEB : { ...WEB, vip: place.host });
    assert.deepEqual(doorway.begin(ENDS).decisions, [], "nobody hears of it before");
    await assert.rejects(exchange(place, "x"), { code: /ECONNRESET|EPIPE/ });
    await frontEnd.stop();
  }
});
