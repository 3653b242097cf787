// Every command, given/when/then.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENT, admissionOf, admitted, FAILURE, given, inPhase, stamped } from "../../conformance/ledger.ts";
import { LIMIT_ROWS } from "../limits.ts";
import type { Route } from "../routes/route.ts";
import type { WantedHost, WantedNetwork } from "./apply.ts";
import { type Command, decide } from "./decide.ts";
import type { Fact, HostFact } from "./events.ts";
import { fold, type HostState } from "./network.ts";

const OPEN = { type: "open-network", network: "net", version: "0.1.0" } as const;
const PHASES = ["starting", "joining", "ready", "failed"] as const;
const one = (phase: (typeof PHASES)[number]) => [...admitted(1), ...inPhase(1, phase)];

test("open-network: the log gets its name", () => {
  given([])
    .when(OPEN)
    .gives([{ type: "network.opened", network: "net", version: "0.1.0" }]);
});

test("stop-network: the second time changes nothing, nor does the end of what never began", () => {
  const stop = { type: "stop-network", reason: "SIGINT" } as const;
  given([]).when(stop).gives([]);
  given(admitted(1))
    .when(stop)
    .gives([{ type: "network.stopped", reason: "SIGINT" }]);
  given([...admitted(1), { type: "network.stopped", reason: "SIGINT" }])
    .when(stop)
    .gives([]);
});

const wanted = (change: Partial<WantedNetwork>): Command => ({
  type: "apply",
  wanted: { plugins: [], hosts: [], routes: [], ...change },
});
/** Hosts 1 to n as a manifest wants them. */
const hosts = (count: number, change: (host: number) => Partial<WantedHost> = () => ({})) =>
  Array.from({ length: count }, (_, at) => {
    const { host, ...want } = admissionOf(at + 1, change(at + 1));
    return want;
  });

test("open-network: a log that is taken up keeps its name, its hosts and their ids, and nothing that ran", () => {
  const facts: Fact[] = [
    ...admitted(2),
    ...inPhase(1, "ready"),
    ...inPhase(2, "failed"),
    { type: "network.stopped", reason: "x" },
  ];
  const again: Command = { type: "open-network", network: "other", version: "2" };
  given(facts)
    .when(again)
    .gives([{ type: "network.opened", network: "net", version: "2" }]);
  const network = fold(stamped([...facts, { type: "network.opened", network: "net", version: "2" }]));
  assert.equal(network.stopped, false);
  assert.deepEqual(
    [...network.hosts.values()].map(({ id, phase, failure, agent, listeners }) => [id, phase, failure, agent, listeners.size]),
    [
      [1, "admitted", undefined, undefined, 0],
      [2, "admitted", undefined, undefined, 0],
    ],
  );
  assert.equal(network.hosts.get(1)?.session, 1, "numbers of streams go on behind those of the session before");
});

test("apply: plugins once each, again when they changed, and those that are not wanted leave", () => {
  const [loopback, other] = [
    { name: "loopback", order: 0, hostKeys: [] },
    { name: "other", order: 1 },
  ];
  given(admitted(0))
    .when(wanted({ plugins: [loopback] }))
    .gives([{ type: "plugin.loaded", plugin: loopback }]);
  const changed = { ...loopback, order: 2 };
  given([...admitted(0), { type: "plugin.loaded", plugin: loopback }, { type: "plugin.loaded", plugin: other }])
    .when(wanted({ plugins: [changed] }))
    .gives([
      { type: "plugin.left", plugin: "other" },
      { type: "plugin.loaded", plugin: changed },
    ]);
  given([...admitted(0), { type: "plugin.loaded", plugin: loopback }])
    .when(wanted({ plugins: [loopback] }))
    .gives([]);
});

test("apply: hosts come with new ids, change and leave by their names; an id is never used again", () => {
  given(admitted(1))
    .when(wanted({ hosts: hosts(1) }))
    .gives([]);
  given(admitted(1))
    .when(wanted({ hosts: hosts(2) }))
    .gives([{ type: "host.admitted", ...admissionOf(2) }]);
  given(admitted(2))
    .when(wanted({ hosts: hosts(1, () => ({ vip: "127.0.42.2" })) }))
    .gives([
      { type: "host.left", host: 2 },
      { type: "host.changed", ...admissionOf(1, { vip: "127.0.42.2" }) },
    ]);
  given([...admitted(2), { type: "host.left", host: 2 }])
    .when(wanted({ hosts: hosts(2) }))
    .gives([{ type: "host.admitted", ...admissionOf(2), host: 3 }]);
});

test("apply: what changes of a host goes on in its place", () => {
  const [, before] = fold(stamped([...admitted(2), ...inPhase(2, "ready")])).hosts.values();
  const change: Fact = { type: "host.changed", ...admissionOf(2, { vip: "127.0.42.9" }) };
  const [, after] = fold(stamped([...admitted(2), ...inPhase(2, "ready"), change])).hosts.values();
  assert.deepEqual(after, { ...before, vip: "127.0.42.9" });
});

test("apply: into an open network, and with names and VIPs that are each one host's", () => {
  given([]).when(wanted({})).gives("command-refused");
  given(admitted(1))
    .when(wanted({ hosts: hosts(2, () => ({ name: "same" })) }))
    .gives("command-refused");
  given(admitted(1))
    .when(wanted({ hosts: hosts(2, () => ({ vip: "127.0.42.1" })) }))
    .gives("command-refused");
});

test("apply: no host is admitted beyond the last id", () => {
  const last: Fact = { type: "host.admitted", ...admissionOf(1), host: 65_534 };
  given([...admitted(0), last])
    .when(wanted({ hosts: hosts(2) }))
    .gives("command-refused");
});

test("apply: routes through hosts that are wanted, or refused; the last set is the whole", () => {
  const route: Route = { to: ["*"], notTo: [], via: 1 };
  const named = { ...route, via: "host1" };
  const refused = { ...route, via: undefined };
  given(admitted(1))
    .when(wanted({ hosts: hosts(1), routes: [named, refused] }))
    .gives([{ type: "routes.set", routes: [route, refused] }]);
  given([...admitted(1), { type: "routes.set", routes: [route] }])
    .when(wanted({ hosts: hosts(1), routes: [named] }))
    .gives([]);
  given([...admitted(1), { type: "routes.set", routes: [route] }])
    .when(wanted({ hosts: hosts(1) }))
    .gives([{ type: "routes.set", routes: [] }]);
  given(admitted(1))
    .when(wanted({ hosts: hosts(1), routes: [{ ...route, via: "nobody" }] }))
    .gives("command-refused");
});

test("start-link: from admitted and failed only", () => {
  const start = { type: "start-link", host: 1 } as const;
  given(admitted(1))
    .when(start)
    .gives([{ type: "link.starting", host: 1 }]);
  given(one("failed"))
    .when(start)
    .gives([{ type: "link.starting", host: 1 }]);
  for (const phase of ["starting", "joining", "ready"] as const) given(one(phase)).when(start).gives("command-refused");
  given(admitted(1)).when({ type: "start-link", host: 2 }).gives("command-refused");
});

test("open-link: only while it is starting; sessions count up; an empty banner is left out", () => {
  const open = { type: "open-link", host: 1, agent: AGENT } as const;
  given(one("starting"))
    .when(open)
    .gives([{ type: "link.opened", host: 1, session: 1, agent: AGENT }]);
  const again = [...one("failed"), ...inPhase(1, "starting")];
  given(again)
    .when({ ...open, banner: "hi" })
    .gives([{ type: "link.opened", host: 1, session: 2, agent: AGENT, banner: "hi" }]);
  given(again)
    .when({ ...open, banner: "" })
    .gives([{ type: "link.opened", host: 1, session: 2, agent: AGENT }]);
  for (const phase of ["joining", "ready", "failed"] as const) given(one(phase)).when(open).gives("command-refused");
  given(admitted(1)).when(open).gives("command-refused");
});

test("close-link: once for each start", () => {
  const close = { type: "close-link", host: 1, failure: FAILURE } as const;
  for (const phase of ["starting", "joining", "ready"] as const)
    given(one(phase))
      .when(close)
      .gives([{ type: "link.closed", host: 1, failure: FAILURE }]);
  given(one("failed")).when(close).gives([]);
  given(admitted(1)).when(close).gives([]);
  given(admitted(1))
    .when({ ...close, host: 9 })
    .gives("command-refused");
});

test("close-link: says in the same breath when the host is started again, and how it failed", () => {
  const retry = { attempt: 2, delayMs: 700 };
  given(one("ready"))
    .when({ type: "close-link", host: 1, failure: FAILURE, retry })
    .gives([
      { type: "link.closed", host: 1, failure: FAILURE },
      { type: "link.retrying", host: 1, code: FAILURE.code, ...retry },
    ]);
  given(one("failed")).when({ type: "close-link", host: 1, failure: FAILURE, retry }).gives([]);
});

test("a host that failed keeps when it is started again until it is ready", () => {
  const retrying: Fact = { type: "link.retrying", host: 1, code: "agent-failed", attempt: 2, delayMs: 700 };
  const events = stamped([...one("failed"), retrying, ...inPhase(1, "ready")]);
  const after = (type: Fact["type"]) =>
    fold(events.slice(0, events.findLastIndex((event) => event.type === type) + 1)).hosts.get(1);
  const at = (events.find(({ type }) => type === "link.retrying")?.at ?? 0) + 700;
  assert.deepEqual(after("link.retrying")?.phase, "failed");
  for (const type of ["link.retrying", "link.starting", "link.opened"] as const)
    assert.deepEqual(after(type)?.retry, { attempt: 2, at }, type);
  assert.equal(after("host.ready")?.retry, undefined);
});

test("refuse: for a host that is known", () => {
  const refuse = { type: "refuse", host: 1, code: "spoofed-frame", message: "m" } as const;
  given(admitted(1))
    .when(refuse)
    .gives([{ type: "policy.refused", host: 1, code: "spoofed-frame", message: "m" }]);
  given(admitted(1))
    .when({ ...refuse, host: 2 })
    .gives("command-refused");
});

const LISTENING: HostFact = { type: "frontend.listening", frontend: "loopback", address: "127.0.42.1:80", serves: "a:80" };
const OPENED: HostFact = { type: "stream.opened", stream: 1, to: 2, port: 80 };

test("report: only while the link is up, and only in the host's own name", () => {
  const report = { type: "report", host: 1, facts: [LISTENING, OPENED] } as const;
  for (const phase of ["joining", "ready"] as const)
    given(one(phase))
      .when(report)
      .gives([
        { ...LISTENING, host: 1 },
        { ...OPENED, host: 1 },
      ]);
  for (const phase of ["starting", "failed"] as const) given(one(phase)).when(report).gives([]);
  given(admitted(1))
    .when({ ...report, host: 2 })
    .gives("command-refused");
  const forged = { ...OPENED, host: 2 } as HostFact;
  given(one("ready"))
    .when({ type: "report", host: 1, facts: [forged] })
    .gives([{ ...OPENED, host: 1 }]);
});

test("report: a host becomes ready once, however often it says so", () => {
  const ready: HostFact = { type: "host.ready" };
  const wanted: Fact[] = [{ type: "host.ready", host: 1 }];
  given(one("joining"))
    .when({ type: "report", host: 1, facts: [ready] })
    .gives(wanted);
  given(one("joining"))
    .when({ type: "report", host: 1, facts: [ready, ready, ready] })
    .gives(wanted);
  given(one("ready"))
    .when({ type: "report", host: 1, facts: [ready] })
    .gives([]);
});

test("report: a host that has too many listeners is heard on everything else", () => {
  const network = fold(stamped(one("ready")));
  const host = network.hosts.get(1) as HostState;
  const state = { frontend: "loopback", address: "", serves: "", failure: undefined };
  const listeners = new Map(Array.from({ length: LIMIT_ROWS.listeners.value }, (_, at) => [`10.0.0.1:${at}`, state]));
  const full = { ...network, hosts: new Map([[1, { ...host, listeners }]]) };
  assert.deepEqual(decide(full, { type: "report", host: 1, facts: [LISTENING, OPENED] }), [{ ...OPENED, host: 1 }]);
});

test("what two front-ends say of one address is kept apart", () => {
  const address = "127.0.0.1:1080";
  const says = (frontend: string, type: "listening" | "failed" | "closed"): Fact => {
    const common = { host: 1, frontend, address } as const;
    if (type === "failed") return { type: "frontend.failed", ...common, code: "address-in-use", message: "It is in use" };
    return type === "closed"
      ? { type: "frontend.closed", ...common }
      : { type: "frontend.listening", ...common, serves: "the proxy" };
  };
  const facts = [...one("ready"), says("http", "listening"), says("socks", "failed")];
  const after = (...more: Fact[]) => {
    const { hosts } = fold(stamped([...facts, ...more]));
    return [...(hosts.get(1)?.listeners.values() ?? [])].map(({ frontend, failure }) => `${frontend} ${failure?.code ?? ""}`);
  };
  assert.deepEqual(after(), ["http ", "socks address-in-use"]);
  assert.deepEqual(after(says("socks", "closed")), ["http "]);
  assert.deepEqual(after(says("http", "closed")), ["socks address-in-use"]);
  assert.deepEqual(after(says("http", "closed"), says("socks", "listening")), ["socks "]);
  assert.deepEqual(after(says("socks", "closed"), says("http", "closed")), []);
});

test("a refusal says which host and which phase", () => {
  assert.throws(() => given(one("ready")).when({ type: "start-link", host: 1 }).gives([]), /Host "host1" is ready/);
});

test("release: who was just started by a person is not stopped for want of use", () => {
  const { private: _, ...admission } = admissionOf(1, { lazy: { timeoutMs: 1000, idleMs: 5 } });
  const facts: Fact[] = [
    { type: "host.admitted", ...admission },
    { type: "host.wanted", host: 1, kept: true },
  ];
  for (const reason of ["idle", "failed"] as const) given(facts).when({ type: "release", host: 1, reason }).gives([]);
  for (const reason of ["asked", "stopped"] as const)
    given(facts)
      .when({ type: "release", host: 1, reason })
      .gives([{ type: "host.released", host: 1, reason }]);
});

test("what was found for a service goes with the service", () => {
  const service = { policy: "first", hosts: [1] } as const;
  const { private: _, ...admission } = admissionOf(2);
  const { hosts } = fold(
    stamped([
      ...one("ready"),
      { type: "host.admitted", ...admission, service },
      { type: "health.changed", host: 1, service: 2, healthy: false, message: "" },
      { type: "host.left", host: 2 },
    ]),
  );
  assert.deepEqual(hosts.get(1)?.health, new Map());
});
