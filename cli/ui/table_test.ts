// The table on terminals of any size, with text of others in it: every line in its place, and every host on the screen.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import type { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Fact, fold, type Network, type NetworkEvent } from "../../core/mod.ts";
import { alignedTo, cut, plain } from "./columns.ts";
import { linesView } from "./lines.ts";
import { tableLines, tableView } from "./table.ts";

/** Text, and how many cells it takes once it is plain. */
const TEXTS: readonly (readonly [text: string, cells: number])[] = [
  ["web", 3],
  ["日本語", 6],
  ["한국어", 6],
  ["\u1112\u1161\u11ab", 2],
  ["ﾊﾝｶｸ", 4],
  ["ｗｉｄｅ", 8],
  ["e\u0301te\u0301", 3],
  [`z${"\u0336".repeat(50)}`, 1],
  ["🚀", 2],
  ["👨\u200d👩\u200d👧", 6],
  ["👍🏽", 2],
  ["❤\ufe0f", 1],
  ["1\ufe0f\u20e3", 1],
  ["🇩🇪", 2],
  ["\u202eabc\u2066", 3],
  ["a\u00adb\u200bc", 3],
  ["\ud83d", 1],
];

test("text of others takes the cells that a terminal draws, and no more marks than a letter has", () => {
  for (const [text, cells] of TEXTS) {
    const [row] = [alignedTo([["x".repeat(20), ""]])([plain(text), "|"])];
    assert.equal(row, `${plain(text)}${" ".repeat(20 - cells)}  |`, JSON.stringify(text));
    assert.ok(plain(text).length <= 20);
  }
});

test("a line is cut by cells, and never in the middle of a sign", () => {
  assert.equal(cut("日本語", 6), "日本語");
  assert.equal(cut("日本語", 5), "日本…");
  assert.equal(cut("日本語", 4), "日…");
  assert.equal(cut("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  assert.equal(cut("🚀🚀", 3), "🚀…");
  assert.equal(cut("\x1b[31m日本語\x1b[39m", 4), "\x1b[31m日…\x1b[39m");
  assert.equal(cut("abc", 3), "abc");
});

/** Hosts of which every second has failed with a long text. */
function networkOf(hosts: number, words: readonly string[]): { network: Network; events: readonly NetworkEvent[] } {
  const facts: Fact[] = [{ type: "network.opened", network: "n", version: "1" }];
  for (let host = 1; host <= hosts; host++) {
    const private_ = { transport: "cmd", via: `ssh 日本${host}\u001b[2J🚀`, way: 1 };
    const ports = [80, 81, 82].map((listen) => ({ listen, protocol: "tcp" as const, target: { host: "a", port: 1 } }));
    const common = {
      aliases: [],
      local: false,
      settings: { loopback: { own: {} } },
      ports,
      vip: `127.0.42.${host}`,
      private: private_,
    };
    facts.push({ type: "host.admitted", host, name: `host${host}`, ...common });
    facts.push({ type: "link.starting", host });
    const failure = { code: "agent-failed", message: "It ended", exitCode: 3, stderr: words } as const;
    if (host % 2 === 1) facts.push({ type: "link.closed", host, failure });
  }
  const events = facts.map((fact, index): NetworkEvent => ({ ...fact, seq: index + 1, at: 0, by: "manager", v: 1 }));
  return { network: fold(events), events };
}

test("a host with much to say leaves every other host on the screen", () => {
  const words = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  for (const hosts of [2, 5, 9]) {
    for (const rows of [24, 40]) {
      const lines = tableLines(networkOf(hosts, words).network, {}, rows).map((line) => stripVTControlCharacters(line));
      assert.ok(lines.length < rows, `${lines.length} lines`);
      for (let host = 1; host <= hosts; host++)
        assert.ok(
          lines.some((line) => line.startsWith(`host${host} `)),
          lines.join("\n"),
        );
      assert.equal(lines.filter((line) => line.includes("It ended")).length, Math.ceil(hosts / 2), lines.join("\n"));
      assert.match(lines.join("\n"), /\.\.\. \d+ more lines about it|line 19/);
      assert.match(lines.at(-1) ?? "", /Ctrl-C stops$/);
    }
  }
  assert.ok(
    !tableLines(networkOf(2, words).network).some((line) => line.includes("more lines")),
    "all of it where there is room",
  );
});

test("every column begins in the same cell, and nothing of a command is obeyed", () => {
  const lines = tableLines(networkOf(3, []).network).map((line) => stripVTControlCharacters(line));
  const by = lines[0]?.indexOf("BY") ?? 0;
  for (const line of lines.filter((one) => /^host\d/.test(one))) assert.match(line.slice(by), /^ssh 日本\d\ufffd\[2J🚀$/);
});

/** A terminal that only takes what is written. */
function fakeTerminal(columns: number, rows: number) {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const out = Object.assign(new EventEmitter(), { columns, rows, write });
  return { out, stream: out as unknown as WriteStream, written };
}

test("after a resize as many rows are taken off the screen as the lines take there now", async () => {
  const { out, stream, written } = fakeTerminal(80, 40);
  const { network, events } = networkOf(2, ["x".repeat(70)]);
  const view = tableView(stream, out.write, []);
  view.show(events, network);
  await waitFor(() => written.length > 0, { what: "a drawing" });
  const lines = stripVTControlCharacters(written.at(-1) ?? "")
    .trimEnd()
    .split("\n");
  out.columns = 30;
  out.emit("resize");
  const cells = (line: string) => [...line].reduce((sum, sign) => sum + (/[日本🚀]/u.test(sign) ? 2 : 1), 0);
  const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(cells(line) / 30)), 0);
  assert.ok(rows > lines.length);
  assert.ok(written.at(-1)?.startsWith(`\x1b[${rows}A\r\x1b[J`), JSON.stringify(written.at(-1)?.slice(0, 20)));
  view.close(network);
  assert.match(written.at(-1) ?? "", /x{70}/, "the whole text is told at the end");
});

test("while hosts leave, the last line says that the network stops", async () => {
  const { out, stream, written } = fakeTerminal(80, 40);
  const { network, events } = networkOf(2, ["short"]);
  const view = tableView(stream, out.write, ["a tip"]);
  const last = () =>
    stripVTControlCharacters(written.at(-1) ?? "")
      .trim()
      .split("\n")
      .at(-1);
  view.show(events, network);
  await waitFor(() => written.length > 0, { what: "a drawing" });
  view.stopping();
  await waitFor(() => last() === "Stopping ...", { what: "the last line" });
  const left = fold([{ type: "host.left", host: 1, seq: 1000, at: 0, by: "manager", v: 1 }], network);
  view.note("a note");
  view.show([], left);
  assert.equal(last(), "Stopping ...");
  view.close(left);
  assert.equal(last(), "Network is stopped");
});

test("where nobody serves the addresses on this machine, table and lines say so, and why", () => {
  const host = {
    host: 1,
    name: "here",
    aliases: [],
    vip: "127.0.42.1",
    private: { transport: "own", via: "this machine", way: 1 },
  };
  const ports = [{ listen: 80, protocol: "tcp" as const, target: { host: "a", port: 1 } }];
  const loopback = { loopback: { own: {} } };
  const http = { http: { own: { listen: "127.0.0.1:18080", outside: "direct" } } };
  const none = "No host of the manifest is this machine: the addresses answer on the hosts alone";
  const off = "Loopback is off for here: nothing leads to the addresses from here";
  const proxied = "Loopback is off for here: only its proxies lead to the addresses from here";
  for (const [own, said] of [
    [{ local: true, settings: loopback, ports }, undefined],
    [{ local: false, settings: loopback, ports: [] }, undefined],
    [{ local: false, settings: loopback, ports }, none],
    [{ local: true, settings: {}, ports }, off],
    [{ local: true, settings: http, ports }, proxied],
    [{ local: true, settings: { loopback: {} }, ports }, undefined],
    [{ local: true, settings: { http: {} }, ports }, proxied],
    [{ local: true, settings: { http: {}, sockets: {} }, ports }, proxied.replace("proxies", "proxies and sockets")],
  ] as const) {
    const facts: Fact[] = [
      { type: "network.opened", network: "n", version: "1" },
      { type: "host.admitted", ...host, ...own },
      { type: "host.ready", host: 1 },
    ];
    const events = facts.map((fact, index): NetworkEvent => ({ ...fact, seq: index + 1, at: 0, by: "manager", v: 1 }));
    const lines: string[] = [];
    linesView({ stdout: (text) => void lines.push(text), stderr: () => undefined }, []).show(events, fold(events));
    for (const shown of [lines.join(""), tableLines(fold(events)).join("\n")]) {
      assert.match(shown, /1 of 1 hosts/);
      assert.equal(/(No host of|Loopback is off).*/.exec(shown)?.[0], said, shown);
    }
  }
});
