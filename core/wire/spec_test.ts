// What SPEC.md says in tables is what the code does: kinds, error numbers, and how events fold.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { stamped } from "../../conformance/ledger.ts";
import { ERRORS, type ErrorRow } from "../errors.ts";
import type { Fact } from "../ledger/events.ts";
import { EMPTY_NETWORK, evolve, fold, type Network } from "../ledger/network.ts";
import { decodeAgentMessage } from "./control.ts";
import { KIND, type Kind, makeFrame, put32 } from "./frame.ts";
import { decodeManagerMessage, FOLDED } from "./manager_message.ts";
import { decodeOpen } from "./payload.ts";
import { FrameReader, isUnknown } from "./reader.ts";

const SPEC = readFileSync(new URL("SPEC.md", import.meta.url), "utf8");

/** Rows of the table below a header that begins with `first`, as cells. */
function table(first: string): string[][] {
  const lines = SPEC.split("\n");
  const from = lines.findIndex((line) => line.replace(/ +/g, " ").startsWith(`| ${first} |`));
  const rows = lines.slice(from + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith("|")),
    )
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The list of events as rows: the type, its fields, what changes of the network and of the host. */
function eventRows(): string[][] {
  const [list = ""] = /^- `network\.opened`:[\s\S]*?(?=\n\n)/m.exec(SPEC) ?? [];
  return list.split(/^(?=- )/m).map((entry) => {
    const [first = "", ...changes] = entry.split(/^ {2}- /m).map((text) => text.replace(/\s+/g, " ").trim());
    const [, type = "", fields = ""] = /^- (`[\w.]+`): (.*)$/.exec(first) ?? [];
    const changed = (what: string) => changes.find((text) => text.startsWith(`${what}: `))?.slice(what.length + 2) ?? "";
    assert.ok(
      changes.every((text) => /^(network|host): /.test(text)),
      entry,
    );
    return [type, fields, changed("network"), changed("host")];
  });
}

/** What stands in backticks, a `?` behind it included. */
const named = (cell: string) => [...cell.matchAll(/`([\w.]+)`(\??)/g)].map(([, name, mark]) => `${name}${mark}`);

const host = 2;
const PORT = { listen: 1, protocol: "tcp" } as const;
const SPECIMENS: readonly Fact[] = [
  { type: "network.opened", network: "n", version: "2" },
  { type: "host.admitted", host, name: "b", vip: "127.0.42.2", aliases: [], ports: [], local: false, settings: {} },
  {
    ...{ type: "host.changed", host, name: "c", vip: "127.0.42.3", aliases: ["d"], ports: [PORT], local: true },
    settings: { door: { all: 1 } },
  },
  { type: "host.left", host },
  { type: "plugin.loaded", plugin: { name: "p", order: 1, hostKeys: [] } },
  { type: "plugin.left", plugin: "q" },
  { type: "routes.set", routes: [{ to: ["*"], notTo: [], via: host }] },
  { type: "link.starting", host },
  { type: "link.opened", host, session: 9 },
  { type: "host.ready", host },
  { type: "host.wanted", host, kept: true },
  { type: "host.started", host, ms: 5 },
  { type: "host.released", host, reason: "idle" },
  { type: "host.rested", host },
  { type: "link.closed", host, failure: { code: "link-silent", message: "", stderr: [] } },
  { type: "link.retrying", host, code: "link-silent", attempt: 1, delayMs: 5 },
];

/** A state in which each specimen changes all that it can: every field of the host holds something else. */
const FULL: Network = (() => {
  const [, admitted] = SPECIMENS as [Fact, Fact & { type: "host.admitted" }];
  const network = fold(stamped([{ ...admitted, name: "old" }]));
  const state = network.hosts.get(host) ?? assert.fail("the host was not admitted");
  const failure = { code: "refused", message: "", stderr: [] } as const;
  const agent = { version: "1", runtime: "node", pid: 1 };
  return {
    ...network,
    plugins: [{ name: "q", order: 0, hostKeys: [] }],
    hosts: new Map([[host, { ...state, phase: "admitted", agent, failure, retry: { attempt: 7, at: 7 } }]]),
  };
})();

/** The same of a host that starts on demand. */
const ON_DEMAND: Network = (() => {
  const state = FULL.hosts.get(host) ?? assert.fail("the host is not there");
  const demand = { wanted: true, kept: false, runs: "theirs" } as const;
  return { ...FULL, hosts: new Map([[host, { ...state, lazy: { timeoutMs: 5 }, demand }]]) };
})();

const OF_DEMAND: ReadonlySet<string> = new Set(["host.wanted", "host.started", "host.released", "host.rested"]);

function changed(before: object, after: object): string[] {
  const [old, now] = [before, after] as Record<string, unknown>[];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => JSON.stringify(old?.[key]) !== JSON.stringify(now?.[key])).sort();
}

test("the list of events names the fields that are checked and what they change", () => {
  const rows = eventRows();
  assert.deepEqual(rows.map(([event]) => named(event ?? "")[0]).sort(), Object.keys(FOLDED).sort());
  for (const [event = "", fields = "", ofNetwork = "", ofHost = ""] of rows) {
    const specimen = SPECIMENS.find(({ type }) => event === `\`${type}\``) ?? assert.fail(event);
    assert.deepEqual(named(fields), Object.keys(FOLDED[specimen.type] ?? {}), event);
    const [stamp] = stamped([specimen]);
    const from = OF_DEMAND.has(specimen.type) ? ON_DEMAND : FULL;
    const after = evolve(from, stamp as Parameters<typeof evolve>[1]);
    const says = (cell: string, what: object) =>
      named(cell)
        .filter((name) => Object.hasOwn(what, name))
        .sort();
    const hosts = (network: Network) => ({ ...network, hosts: [...network.hosts.keys()] });
    if (specimen.type === "host.left") {
      assert.deepEqual(after, { ...FULL, hosts: new Map() });
      continue;
    }
    const [before, now] = [from.hosts.get(host) ?? {}, after.hosts.get(host) ?? {}];
    if (specimen.type === "host.admitted") {
      assert.deepEqual(evolve(EMPTY_NETWORK, stamp as Parameters<typeof evolve>[1]), {
        ...EMPTY_NETWORK,
        hosts: after.hosts,
        lastHost: host,
      });
      continue;
    }
    assert.deepEqual(changed(hosts(FULL), hosts(after)), says(ofNetwork, FULL), event);
    assert.deepEqual([...new Set(changed(before, now))], says(ofHost.replace(/phase` is `\w+`/, "phase`"), before), event);
    const phase = /`phase` is `(\w+)`/.exec(ofHost)?.[1] ?? "admitted";
    assert.equal((now as { phase?: string }).phase, phase, event);
  }
});

test("an event about a host that is not in the state changes nothing", () => {
  const known = new Set(["network.opened", "plugin.loaded", "routes.set", "host.admitted"]);
  for (const event of stamped(SPECIMENS.filter(({ type }) => !known.has(type))))
    assert.deepEqual(evolve(EMPTY_NETWORK, event), EMPTY_NETWORK, event.type);
});

test("every message that is shown is one that its receiver takes", () => {
  const shown = [...SHOWN.values()];
  assert.deepEqual(
    shown.map(({ type }) => type),
    ["hello", "welcome", "snapshot", "events", "report", "traffic", "publish", "want-code", "code"],
  );
  for (const message of shown) {
    const fromAgent = ["hello", "report", "traffic", "publish", "want-code"].includes(message.type);
    const decode = fromAgent ? decodeAgentMessage : decodeManagerMessage;
    assert.deepEqual(decode(new TextEncoder().encode(JSON.stringify(message))), message);
  }
});

/** The smallest and the largest number that a cell names: "7 to 262", "4", "1 to 32768 (`frameBytes`)", "0 or 1", "1 or more". */
function range(cell: string): [number, number] {
  const [least = 0, most = least] = [...cell.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  return [least, cell.includes("or more") ? 0xffff_ffff : most];
}

test("the table of kinds is what is taken of headers: bytes, streams and flags, and nothing beyond", () => {
  const rows = table("kind");
  assert.deepEqual(
    rows.map(([number, name]) => [name, Number(number)]),
    Object.entries(KIND),
  );
  for (const [number, name = "", bytes = "", streams = "", flags = ""] of rows) {
    const [kind, [shortest, longest]] = [Number(number) as Kind, name === "control" ? [2, 1_000_000] : range(bytes)];
    const takes = (length: number, stream: number, flag: number) => {
      const header = makeFrame({ kind, source: 1, destination: 2, flags: flag, stream }).header().slice();
      put32(header, 12, length);
      try {
        new FrameReader({ data: 32_768, control: 1_000_000 }, () => undefined).push(header);
        return true;
      } catch {
        return false;
      }
    };
    const [first, last] = range(streams);
    const [low, high] = range(flags);
    const allowed = (value: number, [least, most]: readonly [number, number]) => value >= least && value <= most;
    for (const length of [shortest - 1, shortest, longest, longest + 1].filter((some) => some >= 0))
      assert.equal(takes(length, first, low), allowed(length, [shortest, longest]), `${name} of ${length} bytes`);
    for (const stream of [0, 1, 0xffff_ffff])
      assert.equal(takes(shortest, stream, low), allowed(stream, [first, last]), `${name} of stream ${stream}`);
    for (const flag of [0, 1, 2, 0x8000])
      assert.equal(takes(shortest, first, flag), allowed(flag, [low, high]), `${name} with flags ${flag}`);
  }
});

test("kinds that are not in the table close the link or are ignored, as it says", () => {
  const says = table("kinds").map(([kinds = "", does = ""]) => [...range(kinds), does] as const);
  assert.deepEqual([says[0]?.[0], says.at(-1)?.[1]], [0, 255]);
  for (const [first, last, does] of says) {
    for (let kind = first; kind <= last; kind += 1) {
      if (Object.values(KIND).includes(kind as Kind)) continue;
      const read = () => {
        const frame = makeFrame({ kind: kind as Kind, source: 0xffff, destination: 0xffff, flags: 0xffff, stream: 7 });
        new FrameReader({ data: 32_768, control: 1_000_000 }, (given) => assert.ok(isUnknown(given))).push(frame.header());
      };
      if (does.startsWith("ignores")) read();
      else assert.throws(read, { code: "malformed-frame" }, `kind ${kind}`);
    }
  }
});

/** Messages as they are shown in section 6, by type. */
const SHOWN = new Map(
  [...SPEC.matchAll(/```json\n(.*?)```/gs)].map(([, json = ""]) => {
    const message = JSON.parse(json) as { type: string };
    return [message.type, message];
  }),
);

test("the bytes of the conversation are frames that their receiver takes, and its messages are those of section 6", () => {
  const [, conversation = ""] = /whole conversation\n.*?```\n(.*?)```/s.exec(SPEC) ?? [];
  const left = ["hello", "welcome", "snapshot", "report", "events"].map((type) => SHOWN.get(type));
  let kinds = "";
  for (const text of conversation.split(/^(?=[AM]>[AM] )/m)) {
    const [, name] = /^\S+ (\w+)/.exec(text) ?? [];
    if (name === "preamble") continue;
    const hex = text.split("\n").flatMap((line) => / {3,}((?:[0-9a-f]{2} ?)+)(?: {3}|$)/.exec(line)?.[1] ?? []);
    const bytes = Uint8Array.from(hex.join(" ").trim().split(/ +/), (byte) => Number.parseInt(byte, 16));
    const message = name === "control" ? left.shift() : undefined;
    const whole = message ? new TextEncoder().encode(JSON.stringify(message)) : bytes.subarray(16);
    const reader = new FrameReader({ data: 32_768, control: 1_000_000 }, (frame) => {
      kinds += `${Object.keys(KIND)[frame.kind - 1]} `;
      if (frame.kind === KIND.open) assert.equal(decodeOpen(frame.payloadBytes()).target.port, 80);
    });
    reader.push(bytes.subarray(0, 16));
    reader.push(whole);
    assert.ok(reader.idle, text);
    assert.deepEqual(bytes.subarray(16), whole.subarray(0, bytes.length - 16), text);
    assert.ok(kinds.endsWith(`${name} `), `${name}: ${kinds}`);
  }
  assert.deepEqual(left, []);
  assert.match(kinds, /^(control ){5}ping open pong ping pong data accept end data end bye $/);
});

test("the table of error numbers is that of the code", () => {
  const wanted = (Object.entries(ERRORS) as [string, ErrorRow][])
    .flatMap(([code, { wire, meaning }]) => (wire === undefined ? [] : [[`${wire}`, `\`${code}\``, meaning]]))
    .sort(([a], [b]) => Number(a) - Number(b));
  assert.deepEqual(table("number"), wanted);
});
