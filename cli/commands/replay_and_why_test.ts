// `replay` and `why`: what they say of a journal, in 80 columns and in JSON, and what they refuse.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { admissionOf, admitted, FAILURE, inPhase, stamped } from "../../conformance/ledger.ts";
import { cellsOf } from "../../core/manifest/mod.ts";
import { EVENT_VERSION, type Fact, fold, type NetworkEvent, snapshotFromJson } from "../../core/mod.ts";
import { eventLine, headerLine, snapshotLine } from "../../plugins/journal/lines.ts";
import { takeLock } from "../../plugins/journal/lock.ts";
import { anyCommands, eventsOf } from "../../tests/support/arbitrary_commands.ts";
import { runToEnd } from "../../tests/support/child.ts";
import { programArgv } from "../../tests/support/cli.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { writtenIo } from "../../tests/support/written_io.ts";
import { replay } from "./replay.ts";
import { why } from "./why.ts";

const dir = tempDir("journals");
after(() => dir.remove());
const path = join(dir.path, "net.jsonl");
/** Local time, as people have it. */
const at = (clock: string) => new Date(`2026-11-29T${clock}`).getTime();

/** Writes a journal whose events come a second apart, from noon on. */
function journal(facts: readonly Fact[]): NetworkEvent[] {
  const events = stamped(facts).map((event, index) => ({ ...event, at: at("12:00:00") + 1000 * index }));
  writeFileSync(path, headerLine("net") + events.map(eventLine).join(""));
  return events;
}

async function run(command: (io: ReturnType<typeof writtenIo>["io"]) => Promise<number>): Promise<string> {
  const { io, out, err } = writtenIo("");
  assert.equal(await command(io), 0);
  assert.equal(err(), "");
  return out();
}

const shown = (when?: string, json = false) => run((io) => replay({ journal: path, at: when, json }, io));
const told = (asked: string, json = false) => run((io) => why({ asked, journal: path, json }, io));
const RETRY: Fact = { type: "link.retrying", host: 2, code: "agent-failed", attempt: 1, delayMs: 400 };
const LISTENING = { frontend: "loopback", address: "127.0.42.2:8080", serves: "host2:8080" } as const;
const FACTS: Fact[] = [
  ...admitted(2),
  {
    type: "routes.set",
    routes: [
      { to: ["*.corp", "10.0.0.0/8"], notTo: ["a.corp"], via: 2 },
      { to: ["*"], notTo: [], via: undefined },
    ],
  },
  ...inPhase(1, "ready"),
  { type: "frontend.listening", host: 1, ...LISTENING },
  ...inPhase(2, "ready"),
  {
    type: "frontend.failed",
    host: 2,
    frontend: "loopback",
    address: LISTENING.address,
    code: "address-in-use",
    message: "Taken",
  },
  { type: "stream.opened", host: 1, stream: 1, to: 2, port: 8080 },
  { type: "stream.closed", host: 1, stream: 1, to: 2, bytesIn: 0, bytesOut: 0, code: "refused" },
  ...[1, 2, 3].flatMap((): Fact[] => [
    { type: "link.closed", host: 2, failure: FAILURE },
    RETRY,
    { type: "link.starting", host: 2 },
  ]),
  { type: "link.closed", host: 2, failure: FAILURE },
];

test("replay shows the network after any event, as text and as JSON", async () => {
  const events = journal(FACTS);
  for (const seq of [0, 1, 3, 9, events.length]) {
    const found = JSON.parse(await shown(`${seq}`, true)) as Record<string, unknown>;
    const wanted = fold(events.slice(0, seq));
    assert.deepEqual(snapshotFromJson({ ...found }), { v: EVENT_VERSION, seq, network: wanted });
    assert.deepEqual(
      [found.journal, found.name, found.at, found.first, found.last],
      [path, "net", events[seq - 1]?.at, 0, events.length],
    );
  }
  assert.match(
    await shown("10"),
    /^network {2}net, norouter 0\.1\.0, not stopped\nas of {4}event 10, 2026-11-29 12:00:09; the journal has 0 to/,
  );
  const text = await shown();
  assert.match(
    text,
    /\n1 {2}host1 {2}127\.0\.42\.1 {2}ready {3}session 1 {2}this machine\n2 {2}host2 {2}127\.0\.42\.2 {2}failed {2}session 1\n/,
  );
  assert.match(text, /\nhost1\n(.*\n)* {2}listens on {3}127\.0\.42\.2:8080 \(host2:8080\)\n/);
  assert.match(text, /\n {2}failed {7}secret-message \(agent-failed, exit code 1\)\n {15}> Run the command by hand/);
  assert.match(text, /\n {4}0 {2}\*\.corp, 10\.0\.0\.0\/8 but not a\.corp: via host2\n {4}1 {2}\*: refused\n$/);
});

test("a moment is an event, a time of the last day, a date or milliseconds", async () => {
  const events = journal(FACTS);
  const seqOf = async (when: string) => (JSON.parse(await shown(when, true)) as { seq: number }).seq;
  for (const [when, seq] of [
    ["12:00:04", 5],
    ["12:01", events.length],
    ["2026-11-29 12:00:04", 5],
    ["2026-11-29T12:00:04.500", 5],
    [new Date(at("12:00:04")).toISOString(), 5],
    [`${at("12:00:04") - 1}`, 4],
    ["2030-01-01", events.length],
  ] as const)
    assert.equal(await seqOf(when), seq, when);
  const refused = (when: string, message: RegExp) => assert.rejects(shown(when), { code: "usage", message });
  await refused("2026-11-28", /^The journal says nothing of 2026-11-28 00:00:00; it begins at 2026-11-29 12:00:00$/);
  await refused("11:59", /says nothing of 2026-11-29 11:59:00/);
  await refused(`${events.length + 1}`, new RegExp(`which has those from 0 to ${events.length}$`));
  for (const when of ["", "yesterday", "-1", "12:0"]) await refused(when, /is no moment|says nothing/);
});

test("what a rotation folded away cannot be shown, the rest can", async () => {
  const events = journal(FACTS);
  const begin = snapshotLine({ v: EVENT_VERSION, seq: 8, network: fold(events.slice(0, 8)) }, 8);
  writeFileSync(path, headerLine("net") + begin + events.slice(8).map(eventLine).join(""));
  await assert.rejects(shown("7"), {
    code: "usage",
    message: `Event 7 is not in the journal, which has those from 8 to ${events.length}`,
  });
  assert.match(await shown("8"), /as of {4}event 8; the journal has 8 to/);
  assert.match(await told("host1"), /\nbefore {4}it is host 1 and is ready \(session 1\)\n/);
  writeFileSync(`${path}.1`, headerLine("net") + events.slice(0, 12).map(eventLine).join(""));
  assert.match(await shown("2"), /event 2, 2026-11-29 12:00:01; the journal has 0 to/, "the file before it is read as well");
  assert.deepEqual(
    (JSON.parse(await shown(undefined, true)) as { network: unknown }).network,
    JSON.parse(await shown(`${events.length}`, true)).network,
  );
  writeFileSync(
    `${path}.1`,
    headerLine("net") +
      events
        .slice(0, 12)
        .map((event) => eventLine({ ...event, at: 5 }))
        .join(""),
  );
  await assert.rejects(shown("7"), { code: "usage" }, "a file of another log is not");
  writeFileSync(`${path}.1`, "");
});

test("why tells what led to how a host is, and what repeats once", async () => {
  journal(FACTS);
  const text = await told("HOST2");
  assert.match(
    text,
    /^host2, host 2 of net, failed at 2026-11-29 12:00:23: secret-message\n\(agent-failed, exit code 1\)\n> Run the command/,
  );
  const steps = text.split("\n").filter((line) => /^\d\d:|^ {10}[^ >|]/.test(line));
  assert.deepEqual(
    steps.map((line) => line.slice(10)),
    [
      "norouter 0.1.0 begins the network",
      "test admits host2 as host 2 with the VIP 127.0.42.2; it publishes 8080",
      "(secret-target-2:80)",
      "its command is started: secret-via 2",
      "its agent answers: norouter 0.1.0, node 24, process 7 (session 1)",
      "it is ready",
      "loopback fails: Taken (address-in-use)",
      "its link ends: secret-message (agent-failed, exit code 1)",
      "it is to be started again in 0.4 s (attempt 1)",
      "its command is started: secret-via 2",
      "the same 3 events 2 times more, the last at 2026-11-29 12:00:22",
      "its link ends: secret-message (agent-failed, exit code 1)",
    ],
  );
  assert.match(text, /\n {10}\| secret-stderr\n {10}> Run the command by hand and read what it prints\n/);
  assert.match(text, /\n {10}> Stop the program that has it/);
});

test("why of a port tells who listens there and which connections failed, on every host", async () => {
  journal(FACTS);
  for (const asked of ["host2:8080", "alias2:8080", "127.0.42.2:8080"]) {
    const text = await told(asked);
    assert.match(text, /\nPort 8080 \(secret-target-2:80\) is published as 127\.0\.42\.2:8080\n/);
    assert.match(text, /\d\d {2}on host1: loopback listens on 127\.0\.42\.2:8080 \(host2:8080\)\n/);
    assert.match(
      text,
      /a connection from host1 fails: Connection refused by the target\n {10}\(refused\)\n {10}> Check that the service/,
    );
  }
  const other = await told("host2:81");
  assert.match(other, /\nhost2 does not publish port 81; it publishes 8080 \(secret-target-2:80\)\n/);
  assert.doesNotMatch(other, /loopback|connection/);
});

test("why tells what changed, who left, and that a manager took the network up again", async () => {
  const { host: _, ...one } = admissionOf(1);
  const changed = { ...one, vip: "127.0.42.9", aliases: [], ports: [], private: { ...one.private, via: "other way" } };
  journal([
    ...FACTS,
    { type: "network.opened", network: "net", version: "0.2.0" },
    { type: "host.changed", host: 1, ...one, aliases: ["new"] },
    { type: "host.changed", host: 1, ...changed },
    { type: "host.left", host: 2 },
  ]);
  const first = await told("127.0.42.9");
  assert.match(first, /^host1, host 1 of net, has been admitted since 2026-11-29 12:00:24\n/);
  assert.match(first, /\n12:00:24 {2}norouter 0\.2\.0 takes up the network\n12:00:25 {2}test changes its aliases\n/);
  const change =
    "its VIP, its aliases, its ports, the way to it; the VIP is 127.0.42.9; it publishes no port; the way is other way";
  assert.ok(first.replace(/\n {10}/g, " ").includes(`test changes ${change}\n`), first);
  const left = await told("alias2:8080");
  assert.match(left, /^host2 was host 2 of net and is no longer there\n/);
  assert.match(left, /\n12:00:27 {2}test takes it out of the network\n$/);
  assert.equal((JSON.parse(await told("host2", true)) as { host: { phase: string } }).host.phase, "left");
});

test("a file that a front-end keeps is no address that it listens on", async () => {
  const serves = "the file with the names of all hosts";
  const listening = { type: "frontend.listening", host: 1, frontend: "etc-hosts", address: "/etc/hosts", serves } as const;
  journal([...admitted(2), ...inPhase(1, "ready"), listening]);
  const words = (text: string) => text.replace(/\s+/g, " ");
  assert.match(words(await told("host1")), /etc-hosts keeps \/etc\/hosts \(the file with the names of all hosts\)/);
  const text = words(await shown());
  assert.match(text, / keeps \/etc\/hosts \(the file with the names of all hosts\)/);
  assert.doesNotMatch(text, /listens on/);
});

test("why as JSON has every event with its sentence", async () => {
  const events = journal(FACTS);
  const found = JSON.parse(await told("host2:8080", true)) as {
    events: { event: NetworkEvent; text: string; advice?: string }[];
    host: object;
  };
  assert.deepEqual(found.host, { id: 2, name: "host2", vip: "127.0.42.2", phase: "failed", session: 1, failure: FAILURE });
  assert.equal(found.events.filter(({ event }) => event.type === "link.closed").length, 4);
  for (const { event, text } of found.events) {
    assert.deepEqual(event, JSON.parse(JSON.stringify(events[event.seq - 1])));
    assert.ok(text.length > 0);
  }
});

test("whatever a journal holds, no line is wider than 80 cells or has a control character", async () => {
  await fc.assert(
    fc.asyncProperty(anyCommands, fc.string({ unit: "grapheme", maxLength: 200 }), async (commands, noise) => {
      const { events, network } = eventsOf(commands);
      const failure = { ...FAILURE, message: noise, stderr: [noise, "\x1b[31mred"] };
      const ended = [...network.hosts.keys()].map((host): Fact => ({ type: "link.closed", host, failure }));
      const all = [...events, ...stamped(ended).map((event) => ({ ...event, seq: events.length + event.seq }))];
      writeFileSync(path, headerLine("net") + all.map(eventLine).join(""));
      const texts = [await shown()];
      for (const { name } of network.hosts.values()) texts.push(await told(name), await told(`${name}:8080`));
      for (const line of texts.join("").split("\n")) {
        assert.ok(cellsOf(line) <= 80, line);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
    { numRuns: 40 },
  );
});

test("a host that is not there, a journal that is not, and damage are said", async () => {
  journal(FACTS);
  await assert.rejects(told("nobody"), {
    code: "usage",
    message: 'Host "nobody" is not in the journal; these are: host1, host2',
  });
  for (const asked of ["host2:0", "host2:99999", "host2:x", ""]) await assert.rejects(told(asked), { code: "usage" }, asked);
  const missing = join(dir.path, "missing.jsonl");
  await assert.rejects(
    run((io) => replay({ journal: missing, at: undefined, json: false }, io)),
    {
      code: "journal-missing",
      message: `Journal ${missing} cannot be read: there is no such file`,
    },
  );
  const events = journal(FACTS);
  writeFileSync(
    path,
    `${headerLine("net") + events.slice(0, 4).map(eventLine).join("")}xx\n${events.slice(5).map(eventLine).join("")}`,
  );
  const { io, out, err } = writtenIo("");
  assert.equal(await replay({ journal: path, at: undefined, json: false }, io), 0);
  assert.match(out(), /event 4,/);
  assert.equal(err(), `Journal ${path} is damaged in line 6: It is not JSON; what comes after is not shown\n`);
});

test("why says once in a row what to do about addresses that a host cannot have", async () => {
  const failed = (port: number): Fact => {
    const address = `127.0.42.2:${port}`;
    return { type: "frontend.failed", host: 1, frontend: "loopback", address, code: "address-in-use", message: `No ${address}` };
  };
  journal([...admitted(1), ...inPhase(1, "joining"), failed(1), failed(2), { type: "host.ready", host: 1 }, failed(3)]);
  const begun = (await told("host1")).split("\n").map((line) => /^.{10}(loopback fails|> Stop|it is ready)/.exec(line)?.[1]);
  assert.deepEqual(
    begun.filter((words) => words !== undefined),
    ["loopback fails", "> Stop", "loopback fails", "it is ready", "loopback fails", "> Stop"],
  );
});

test("a journal is found by its network's name, and without a name the only one, or the only one that is written", async () => {
  const state = tempDir("state");
  const env = { XDG_STATE_HOME: state.path, XDG_RUNTIME_DIR: state.path };
  const norouter = (...words: string[]) => runToEnd([...programArgv(), ...words], { env });
  const none = await norouter("why", "host1");
  assert.equal(none.code, 66);
  assert.match(none.stderr, /There is no journal in .*\/norouter\n/);
  for (const words of [
    ["why", "host1"],
    ["replay", "one"],
  ])
    assert.equal(JSON.parse((await norouter(...words, "--json")).stdout).error.code, "journal-missing");
  const { mkdirSync } = await import("node:fs");
  mkdirSync(join(state.path, "norouter"));
  const text = headerLine("net") + stamped(FACTS).map(eventLine).join("");
  writeFileSync(join(state.path, "norouter", "one.jsonl"), text);
  const [only, named] = await Promise.all([norouter("why", "host1"), norouter("replay", "one", "--at", "3")]);
  assert.match(only.stdout, /^host1, host 1 of net, has been ready since/);
  assert.match(named.stdout, /as of {4}event 3/);
  writeFileSync(join(state.path, "norouter", "two.jsonl"), text);
  const several = await norouter("why", "host1");
  assert.deepEqual(
    [several.code, several.stderr.split("\n")[0]],
    [64, "norouter: There are several journals; name one with --journal: one, two"],
  );
  assert.equal((await norouter("why", "host1", "--journal", "two", "--json")).code, 0);
  const two = takeLock(join(state.path, "norouter", "two.jsonl"));
  assert.equal(JSON.parse((await norouter("why", "host1", "--json")).stdout).journal, join(state.path, "norouter", "two.jsonl"));
  const one = takeLock(join(state.path, "norouter", "one.jsonl"));
  assert.match((await norouter("why", "host1")).stderr, /Several networks run here; name one with --journal: one, two\n/);
  for (const lock of [one, two]) lock.release();
  state.remove();
});
