// What people see of a running network, whatever its hosts are called and say: 80 columns, and nothing that a terminal obeys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf } from "../../core/manifest/mod.ts";
import type { Fact, NetworkEvent } from "../../core/mod.ts";
import { type KnownHost, type LoggedEvent, logPrinter, type Since } from "./log_lines.ts";
import { statusLines } from "./status.ts";
import { streamLines } from "./streams.ts";

const AT = new Date(2026, 10, 29, 14, 3, 7).getTime();
const LONG = `${"long-".repeat(12)}end`;
const EVIL = "\x1b[2J\u202eevil\n";

function fits(lines: readonly string[]): void {
  for (const line of lines) {
    assert.ok(cellsOf(line) <= 80, line);
    assert.doesNotMatch(line, /[\p{Cc}\u202e]/u);
  }
}

test("status has a row for each host, why one failed and when it is tried again, and cuts nothing but names", () => {
  const summary = { vip: "127.0.42.101", layer: "manifest", ports: [], unserved: 0, streams: { opened: 12, serves: 3 } } as const;
  const failure = { code: "agent-failed", message: `Host's command ended ${EVIL} ${"x".repeat(100)}` };
  const manifest = `/very/${"deep/".repeat(30)}net.yaml`;
  const lines = statusLines(
    {
      ...{ name: "net", version: "1.2.3", pid: 7, manifest, since: AT },
      ...{ seq: 12, flushed: 10, streams: 1 },
      hosts: [
        { ...summary, name: "web", phase: "ready", chosen: `engine: ${EVIL} has no Node, Deno or Bun ${"x".repeat(50)}` },
        { ...summary, name: LONG, phase: "failed", failure, retry: { attempt: 4, at: AT + 3200 } },
        { ...summary, name: "db", phase: "starting", layer: "added", retry: { attempt: 1, at: AT - 1 } },
      ],
    },
    AT,
    true,
  );
  fits(lines);
  assert.equal(
    lines
      .slice(1, 4)
      .map((line) => line.slice(10))
      .join(""),
    manifest,
  );
  assert.deepEqual(lines.slice(4, 9), [
    "since     2026-11-29 14:03:07",
    "log       event 12, on disk to 10",
    "hosts     1 of 3 ready, 1 connection open",
    "",
    "web  127.0.42.101  ready     12 out, 3 in",
  ]);
  assert.deepEqual(lines.splice(9, 2), [
    "  agent  engine: \ufffd[2Jevil\ufffd has no Node, Deno or Bun",
    `         ${"x".repeat(50)}`,
  ]);
  assert.deepEqual(lines.slice(9, 11), [LONG, "     127.0.42.101  failed    12 out, 3 in"]);
  assert.ok(lines.includes("  again in 3.2 s (attempt 4)"));
  assert.equal(lines.at(-1), "db   127.0.42.101  starting  12 out, 3 in  added");
});

test("status shows the ports of a host beside it, in further lines, or below it, and counts what is beyond", () => {
  const host = {
    vip: "127.0.42.101",
    phase: "ready",
    layer: "manifest",
    unserved: 0,
    streams: { opened: 0, serves: 0 },
  } as const;
  const ports = (count: number) => Array.from({ length: count }, (_, at) => ({ listen: 50_001 + at }));
  const network = { name: "net", version: "1.2.3", pid: 7, manifest: "net.yaml", since: AT, seq: 1, flushed: 1, streams: 0 };
  const rows = (hosts: Parameters<typeof statusLines>[0]["hosts"]) => {
    const lines = statusLines({ ...network, hosts }, AT, true);
    fits(lines);
    return lines.slice(6);
  };
  assert.deepEqual(
    rows([
      { ...host, name: "a", ports: ports(1) },
      { ...host, name: "web", ports: ports(9) },
    ]),
    [
      "a    127.0.42.101  ready  0 out, 0 in  port 50001",
      "web  127.0.42.101  ready  0 out, 0 in  ports 50001, 50002, 50003, 50004, 50005,",
      "                                       50006, 50007, 50008 and 1 more",
    ],
  );
  const [name, streams] = ["n".repeat(24), { opened: 1000, serves: 1000 }];
  assert.deepEqual(rows([{ ...host, name, streams, layer: "added", ports: ports(2) }]), [
    `${name}  127.0.42.101  ready  1000 out, 1000 in  added`,
    "  ports 50001, 50002",
  ]);
  assert.deepEqual(rows([{ ...host, name: "web", unserved: 7, ports: [] }]), [
    "web  127.0.42.101  ready  0 out, 0 in",
    "  7 addresses or files are not available; see 'norouter why web'",
  ]);
  const unserved = { ...host, name: "web", unserved: 1, ports: [] };
  assert.equal(
    statusLines({ ...network, hosts: [unserved] }, AT, false).at(-1),
    "  1 address or file is not available; see 'norouter logs'",
  );
});

test("streams are one a line, with the day where it is another, and doubts are told", () => {
  const stream = { from: "web", to: "db", port: 5432, since: AT, kind: "published" } as const;
  const lines = streamLines(
    { streams: [stream, { ...stream, kind: "routed", since: AT - 86_400_000, to: LONG }], uncertain: ["web"] },
    AT,
  );
  fits(lines);
  assert.equal(lines[0], "14:03:07  web to db:5432");
  assert.match(lines.slice(1).join("\n"), /^2026-11-28 14:03:07 {2}web through\n +long-[\s\S]*\nMay be wrong for web: /);
  assert.deepEqual(streamLines({ streams: [], uncertain: [] }, AT), ["No connections are open"]);
});

const known: KnownHost = { id: 2, name: "web", vip: "127.0.42.2", aliases: [], local: false, transport: "ssh", via: "ssh web" };
const changed = (type: "host.admitted" | "host.changed", host: number, name: string): Fact => ({
  ...{ type, host, name, vip: `127.0.42.${host}`, aliases: [], local: false, ports: [], settings: {} },
});

/** The lines of facts from a number on, a second apart but for those of one array. */
function logged(first: number, facts: readonly (Fact | readonly Fact[])[], since: Since = { seq: 0 }): string[] {
  const lines: string[] = [];
  const printer = logPrinter({ hosts: [known], since, now: AT, print: (line) => void lines.push(line) });
  let seq = first;
  for (const [second, some] of facts.entries()) {
    const at = AT + 1000 * second;
    for (const fact of [some].flat()) printer.take({ ...fact, seq: seq++, at, by: "user", v: 2 } as NetworkEvent as LoggedEvent);
  }
  printer.flush();
  fits(lines);
  return lines;
}

test("logs tell what run tells, those that belong together in one line, and wrap what is long", () => {
  const failure = { code: "agent-failed", message: "It ended", command: `ssh ${"word ".repeat(40)}`, stderr: [EVIL] } as const;
  const lines = logged(1, [
    { type: "network.opened", network: "n", version: "1" },
    [changed("host.admitted", 1, "a"), changed("host.admitted", 2, "web")],
    { type: "link.starting", host: 1 },
    [
      { type: "link.closed", host: 1, failure },
      { type: "link.starting", host: 2 },
    ],
    [{ type: "host.left", host: 1 }, changed("host.changed", 2, "web"), { type: "routes.set", routes: [] }],
    { type: "network.stopped", reason: "x" },
  ]);
  assert.equal(lines[0], "14:03:09 a: starting (undefined)");
  assert.equal(lines[1], "14:03:10 a: failed: It ended");
  assert.match(lines[2] ?? "", /^14:03:10 {3}command: ssh word/);
  assert.match(lines[3] ?? "", /^ {11}word word/);
  assert.deepEqual(lines.slice(-2), [
    "14:03:11 Network has changed: changed web; removed a; new routes",
    "14:03:12 Network is stopped",
  ]);
});

test("a log whose begin is not kept any more knows its hosts, and says what is missing", () => {
  const lines: string[] = [];
  const printer = logPrinter({ hosts: [known], since: { seq: 0 }, now: AT, print: (line) => void lines.push(line) });
  printer.take({ type: "events.skipped", from: 1, to: 40 });
  printer.take({ type: "host.ready", host: 2, seq: 41, at: AT, by: "web", v: 2 });
  assert.deepEqual(lines, ["Events 1 to 40 are not kept any more", "14:03:07 web: ready"]);
  const facts: Fact[] = [
    { type: "link.starting", host: 2 },
    { type: "host.ready", host: 2 },
  ];
  assert.deepEqual(logged(50, facts), ["14:03:07 web: starting (ssh web)", "14:03:08 web: ready"]);
  assert.deepEqual(logged(50, facts, { seq: 50 }), ["14:03:08 web: ready"]);
  assert.deepEqual(logged(50, facts, { at: AT + 86_400_000 }), []);
});
