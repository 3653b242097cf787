// What a person and what a program see of the same network.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { type Fact, fold, type NetworkEvent } from "../../core/mod.ts";
import { jsonView } from "./json.ts";
import { linesView } from "./lines.ts";
import { tableLines } from "./table.ts";
import { failureLines, missingHere } from "./view.ts";

const FAILURE = {
  code: "agent-failed",
  message: "Host's command ended before an agent answered",
  exitCode: 3,
  stderr: ["no \u001b[31mentry"],
} as const;
const NONE_HERE = "No host of the manifest is this machine: the addresses answer on the hosts alone";
const host = { aliases: [], local: false, settings: { loopback: { own: {} } } } as const;
const FACTS: readonly Fact[] = [
  { type: "network.opened", network: "n", version: "1.2.3" },
  {
    ...host,
    type: "host.admitted",
    host: 1,
    name: "web",
    vip: "127.0.42.101",
    ports: [{ listen: 8080, protocol: "tcp", target: { host: "::1", port: 80 } }],
    private: { transport: "cmd", via: "docker exec -i web norouter agent", way: 1 },
  },
  {
    ...host,
    type: "host.admitted",
    host: 2,
    name: "db",
    vip: "127.0.42.102",
    ports: [],
    private: { transport: "cmd", via: "ssh db norouter agent", way: 1 },
  },
  { type: "link.starting", host: 1 },
  { type: "link.starting", host: 2 },
  {
    type: "link.opened",
    host: 1,
    session: 1,
    agent: { version: "1.2.3", runtime: "node 24.0.0", pid: 7 },
    banner: "Welcome to web\r\n",
  },
  {
    type: "frontend.failed",
    host: 1,
    frontend: "loopback",
    address: "127.0.42.101:8080",
    code: "address-in-use",
    message: "Cannot listen on it",
  },
  { type: "host.ready", host: 1 },
  { type: "link.closed", host: 2, failure: FAILURE },
];
const EVENTS = FACTS.map((fact, index): NetworkEvent => ({ ...fact, seq: index + 1, at: 0, by: "manager", v: 1 }));

/** Something to write on. */
function sheet() {
  const written: string[] = [];
  return { io: { stdout: (more: string) => void written.push(more), stderr: () => undefined }, text: () => written.join("") };
}

function feed(view: ReturnType<typeof linesView>, events: readonly NetworkEvent[] = EVENTS): void {
  events.forEach((event, index) => {
    view.show([event], fold(events.slice(0, index + 1)));
  });
}

test("lines tell start, banner, failure with its cause, and once what can be reached", () => {
  const { io, text } = sheet();
  feed(linesView(io, ["a tip"]));
  assert.deepEqual(linesIn(text()), [
    "web: starting (docker exec -i web norouter agent)",
    "db: starting (ssh db norouter agent)",
    "web: agent answered (norouter 1.2.3, node 24.0.0)",
    "  | Welcome to web",
    "web: Cannot listen on it",
    "  Stop the program that has it, or choose another address or port; set 'loopback.disable' where hosts share a network",
    "web: ready",
    "db: failed: Host's command ended before an agent answered",
    "  command: ssh db norouter agent",
    "  exit code: 3",
    "  | no \ufffd[31mentry",
    "  Run the command by hand and read what it prints",
    "Network is up: 1 of 2 hosts are ready",
    `  ${NONE_HERE}`,
    "  127.0.42.101:8080 is [::1]:80 on web",
    "a tip",
    "",
  ]);
});

test("an orderly end of a host is no failure", () => {
  const { io, text } = sheet();
  const view = linesView(io, []);
  const left: NetworkEvent = {
    type: "link.closed",
    host: 1,
    failure: { code: "link-closed", message: "Manager stops", stderr: [] },
    seq: 10,
    at: 0,
    by: "manager",
    v: 1,
  };
  view.show([left], fold([...EVENTS, left, { type: "network.stopped", reason: "SIGINT", seq: 11, at: 0, by: "user", v: 1 }]));
  assert.match(text(), /web: left\n$/);
});

/** What happened after the first failure of `db`, and how many milliseconds after it. */
const RETRYING: readonly (readonly [ms: number, fact: Fact])[] = [
  [0, { type: "link.retrying", host: 2, code: "agent-failed", attempt: 1, delayMs: 2400 }],
  [2400, { type: "link.starting", host: 2 }],
  [2500, { type: "link.closed", host: 2, failure: { ...FAILURE, exitCode: 4 } }],
  [2500, { type: "link.retrying", host: 2, code: "agent-failed", attempt: 2, delayMs: 300 }],
  [60_000, { type: "link.starting", host: 2 }],
  [60_000, { type: "link.closed", host: 2, failure: FAILURE }],
  [60_000, { type: "link.retrying", host: 2, code: "agent-not-found", attempt: 3, delayMs: 12_000 }],
  [72_000, { type: "link.starting", host: 2 }],
  [72_000, { type: "link.closed", host: 2, failure: { ...FAILURE, message: "Another sentence" } }],
  [72_000, { type: "link.retrying", host: 2, code: "agent-failed", attempt: 4, delayMs: 90 }],
];
const AGAIN = [...FACTS.map((fact) => [0, fact] as const), ...RETRYING].map(
  ([ms, fact], index): NetworkEvent => ({ ...fact, seq: index + 1, at: 1000 + ms, by: "manager", v: 1 }),
);

/** The lines without their times. */
function linesIn(text: string): string[] {
  return text.split("\n").map((line) => line.replace(/^\d\d:\d\d:\d\d /, ""));
}

test("lines tell when a host is started again and why it may take long, and a failure like the last one once in a minute", () => {
  const { io, text } = sheet();
  feed(linesView(io, []), AGAIN);
  assert.deepEqual(linesIn(text()).slice(15), [
    "db: again in 2.4 s (attempt 1)",
    "db: failed: Host's command ended before an agent answered",
    "db: again in 12 s (attempt 3); later less often, as it does not mend by itself",
    "db: failed: Another sentence",
    "  command: ssh db norouter agent",
    "  exit code: 3",
    "  | no \ufffd[31mentry",
    "  Run the command by hand and read what it prints",
    "db: again in 0.1 s (attempt 4)",
    "",
  ]);
});

test("a host that answered before it failed again is not passed over in silence", () => {
  const { io, text } = sheet();
  const opened: Fact = { type: "link.opened", host: 2, session: 2, agent: { version: "1.2.3", runtime: "bun 1.3.0", pid: 8 } };
  const facts: Fact[] = [
    ...FACTS,
    { type: "link.starting", host: 2 },
    opened,
    { type: "link.closed", host: 2, failure: FAILURE },
  ];
  feed(
    linesView(io, []),
    facts.map((fact, index): NetworkEvent => ({ ...fact, seq: index + 1, at: index, by: "manager", v: 1 })),
  );
  assert.deepEqual(linesIn(text()).slice(-3, -1), [
    "db: agent answered (norouter 1.2.3, bun 1.3.0)",
    "db: failed: Host's command ended before an agent answered",
  ]);
});

test("a host that had failed when the network was up tells its addresses once it is ready", () => {
  const { io, text } = sheet();
  const facts = FACTS.map((fact): Fact => {
    const isDb = fact.type === "host.admitted" && fact.name === "db";
    return isDb ? { ...fact, ports: [{ listen: 5432, protocol: "tcp", target: { host: "127.0.0.1", port: 5432 } }] } : fact;
  });
  const agent = { version: "1.2.3", runtime: "bun 1.3.0", pid: 8 };
  const begin: Fact[] = [
    { type: "link.starting", host: 2 },
    { type: "link.opened", host: 2, session: 2, agent },
  ];
  const end: Fact = { type: "link.closed", host: 2, failure: FAILURE };
  const ready: Fact = { type: "host.ready", host: 2 };
  feed(
    linesView(io, []),
    [...facts, ...begin, ready, end, ...begin, ready].map(
      (fact, index): NetworkEvent => ({ ...fact, seq: index + 1, at: index, by: "manager", v: 1 }),
    ),
  );
  const told = linesIn(text());
  assert.deepEqual(told.slice(told.indexOf("db: ready"), told.indexOf("db: ready") + 2), [
    "db: ready",
    "  127.0.42.102:5432 is 127.0.0.1:5432 on db",
  ]);
  assert.equal(told.filter((line) => line.includes("5432 on db")).length, 1, "what is known is not told again");
});

test("what to do about addresses that cannot be had is told once for a host and a reason in a row", () => {
  const { io, text } = sheet();
  const failed = (address: string, code: "address-in-use" | "address-denied"): Fact => {
    return { type: "frontend.failed", host: 2, frontend: "loopback", address, code, message: `No ${address}` };
  };
  const begin: Fact = { type: "link.starting", host: 2 };
  const facts = [failed("a", "address-in-use"), failed("b", "address-in-use"), failed("c", "address-denied"), begin];
  feed(
    linesView(io, []),
    [...FACTS, ...facts, failed("d", "address-denied")].map(
      (fact, index): NetworkEvent => ({ ...fact, seq: index + 1, at: index, by: "manager", v: 1 }),
    ),
  );
  const told = linesIn(text()).map((line) => line.replace(/^( {2}\w+).*/, "$1"));
  assert.deepEqual(told.slice(told.indexOf("db: No a"), -1), [
    ...["db: No a", "  Stop", "db: No b", "db: No c", "  Publish"],
    ...["db: starting (ssh db norouter agent)", "db: No d", "  Publish"],
  ]);
});

test("a failure shows the whole command line where it is known, and else the way to the host", () => {
  const db = fold(EVENTS).hosts.get(2);
  assert.ok(db);
  assert.equal(failureLines(db)[0], "command: ssh db norouter agent");
  const failure = { ...FAILURE, command: "ssh -T db -- sh" };
  assert.equal(failureLines({ ...db, failure })[0], "command: ssh -T db -- sh");
});

test("lines say that the network is ready only when every host is", () => {
  const { io, text } = sheet();
  feed(
    linesView(io, []),
    EVENTS.filter((event) => !("host" in event) || event.host === 1),
  );
  assert.match(text(), / Network is ready: 1 of 1 hosts\n/);
});

test("notes come with their time", () => {
  const notes: string[] = [];
  linesView({ stdout: () => undefined, stderr: (text) => void notes.push(text) }, []).note("making\tit");
  assert.match(notes.join(""), /^\d\d:\d\d:\d\d making.it\n$/);
});

test("the table counts down to the next start, and shows how far a long one has come", () => {
  const waiting = fold(AGAIN.slice(0, FACTS.length + 1));
  const shown = (...args: Parameters<typeof tableLines>) =>
    tableLines(...args).map((line) => stripVTControlCharacters(line).trim());
  assert.ok(shown(waiting, { now: 1000 }).includes("again in 2.4 s (attempt 1)"));
  assert.ok(shown(waiting, { now: 2500 }).includes("again in 0.9 s (attempt 1)"));
  assert.ok(shown(waiting, { now: 9999 }).includes("again in 0.1 s (attempt 1)"));
  const starting = fold(AGAIN.slice(0, FACTS.length + 2));
  const progress = new Map([[2, { what: "sending agent", done: 12_345_678, total: 51_000_000 }]]);
  const lines = shown(starting, { now: 1000, progress });
  assert.ok(lines.includes("sending agent 12 of 51 MB"));
  assert.ok(!lines.some((line) => line.startsWith("again in")));
  assert.ok(lines.includes("1 of 2 hosts are ready. Ctrl-C stops"), "a host that has failed once keeps nobody waiting");
});

test("lines tell a long start at its begin, at each quarter and at its end, and again when it begins anew", () => {
  const { io, text } = sheet();
  const view = linesView(io, []);
  const network = fold(EVENTS);
  const send = () => {
    for (let done = 0; done <= 5_000_000; done += 50_000) view.progress(2, { what: "sending agent", done, total: 5_000_000 });
  };
  send();
  assert.equal(text(), "", "no host is known yet");
  view.show([], { ...network, stopped: true });
  send();
  const once = ["0.0", "1.3", "2.5", "3.8", "5.0"].map((done) => `db: sending agent ${done} of 5.0 MB`);
  assert.deepEqual(linesIn(text()), [...once, ""]);
  view.show([EVENTS[4] as NetworkEvent], { ...network, stopped: true });
  send();
  assert.deepEqual(linesIn(text()), [...once, "db: starting (ssh db norouter agent)", ...once, ""]);
});

test("JSON has every event, and network.ready once", () => {
  const lines: string[] = [];
  feed(jsonView({ stdout: (text) => void lines.push(text), stderr: () => undefined }));
  const values = lines.map((line) => JSON.parse(line) as { type: string; seq?: number });
  assert.deepEqual(values.slice(0, EVENTS.length), EVENTS);
  const { at: _, ...ready } = values.at(-1) as { type: string; at?: number };
  assert.deepEqual(ready, { type: "network.ready", ready: ["web"], failed: ["db"] });
  assert.equal(values.length, EVENTS.length + 1);
});

test("the table has a row for each host, and why one failed", () => {
  const lines = tableLines(fold(EVENTS)).map((line) => stripVTControlCharacters(line).trimEnd());
  assert.deepEqual(lines, [
    "HOST  VIP           STATE   ADDRESSES                      BY",
    "web   127.0.42.101  ready   127.0.42.101:8080 is [::1]:80  docker exec -i web norouter agent",
    "  Cannot listen on it",
    "db    127.0.42.102  failed                                 ssh db norouter agent",
    "  Host's command ended before an agent answered",
    "  command: ssh db norouter agent",
    "  exit code: 3",
    "  | no \ufffd[31mentry",
    "  Run the command by hand and read what it prints",
    NONE_HERE,
    "",
    "1 of 2 hosts are ready. Ctrl-C stops",
  ]);
});

test("proxies and name servers of this machine are told, one line for each kind; those of other hosts are not", () => {
  const listening = (id: number, frontend: string, address: string, serves: string): Fact => {
    return { type: "frontend.listening", host: id, frontend, address, serves };
  };
  const facts: Fact[] = FACTS.map((fact) => (fact.type === "host.admitted" ? { ...fact, local: fact.host === 1 } : fact));
  facts.splice(
    -2,
    0,
    listening(1, "http", "127.0.0.1:18080", "the HTTP proxy"),
    listening(1, "dns", "127.0.0.1:10053", "the name server"),
    listening(1, "dns", "127.0.42.101:10053", "the name server"),
    listening(2, "http", "127.0.0.1:18080", "the HTTP proxy"),
  );
  const events = facts.map((fact, index): NetworkEvent => ({ ...fact, seq: index + 1, at: 0, by: "manager", v: 1 }));
  const { io, text } = sheet();
  feed(linesView(io, []), events);
  const wanted = ["127.0.0.1:18080 is the HTTP proxy", "127.0.0.1:10053 is the name server, as is one more address"];
  assert.deepEqual(
    linesIn(text()).slice(-3, -1),
    wanted.map((line) => `  ${line}`),
  );
  const shown = tableLines(fold(events)).map((line) => stripVTControlCharacters(line).trimEnd());
  assert.deepEqual(shown.slice(-4, -2), wanted);
});

test("a connection that failed is told for published ports only: what a program asks the world for is its own affair", () => {
  const failed = { type: "stream.closed", host: 1, stream: 1, to: 1, bytesIn: 0, bytesOut: 0, code: "refused" } as const;
  const told = (fact: Fact) => {
    const { io, text } = sheet();
    const all = [...FACTS, fact].map((one, index): NetworkEvent => ({ ...one, seq: index + 1, at: 0, by: "manager", v: 1 }));
    feed(linesView(io, []), all);
    return text().includes("connection to web failed");
  };
  assert.equal(told(failed), true);
  assert.equal(told({ ...failed, routed: true }), false);
  for (const code of ["too-many-names", "too-many-files", "out-of-memory"] as const)
    assert.equal(told({ ...failed, routed: true, code }), true, "the host itself is short of something");
});

test("an address is missing where it is not served for what is published there, whatever another front-end says of it", () => {
  const [here, address] = [{ host: 1, local: true }, "127.0.42.101:8080"];
  const facts = FACTS.map((fact) => (fact.type === "host.admitted" && fact.host === 1 ? { ...fact, ...here } : fact));
  const missing = (...more: Fact[]) => {
    const all = [...facts, ...more].map((one, index): NetworkEvent => ({ ...one, seq: index + 1, at: 0, by: "web", v: 2 }));
    return [...missingHere(fold(all))];
  };
  const common = { host: 1, address } as const;
  const refused: Fact = { type: "frontend.failed", ...common, frontend: "http", code: "address-in-use", message: "It is in use" };
  const served: Fact = { type: "frontend.listening", ...common, frontend: "loopback", serves: "web:8080" };
  assert.deepEqual(missing(), [address]);
  assert.deepEqual(missing({ type: "frontend.listening", ...common, frontend: "http", serves: "the HTTP proxy" }), [address]);
  assert.deepEqual(missing(served), []);
  assert.deepEqual(missing(served, refused), []);
});
