// What people see of counted bytes and of what there is, whatever its hosts are called: 80 columns, nothing that a terminal obeys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf } from "../../core/manifest/mod.ts";
import { parseInvocation } from "../args.ts";
import { bytesText } from "../ui/columns.ts";
import { allLines, type ListAnswer, linesOf, ls } from "./ls.ts";
import { traffic, trafficLines } from "./traffic.ts";

const AT = new Date(2026, 10, 29, 14, 3).getTime();
const LONG = `${"long-".repeat(12)}end`;
const EVIL = "\x1b[2J\u202eevil\n";
const SUM = { bytesOut: 1536, bytesIn: 3 * 2 ** 30, streams: 12 };
const io = { stdout: () => undefined, stderr: () => undefined };

function fits(lines: readonly string[]): readonly string[] {
  for (const line of lines) {
    assert.ok(cellsOf(line) <= 80, line);
    assert.doesNotMatch(line, /[\p{Cc}\u202e]/u);
  }
  return lines;
}

test("bytes are for people in powers of 1,024", () => {
  const texts = [0, 1023, 1024, 1536, 1024 ** 2 - 1, 1024 ** 2, 5 * 1024 ** 3, Number.MAX_SAFE_INTEGER].map(bytesText);
  assert.deepEqual(texts, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "1.0 MiB", "5.0 GiB", "8.0 PiB"]);
});

test("traffic has a line for each row and one for the sum, and says from when on it counts", () => {
  const rows = [
    { from: "local", to: "web", ...SUM, bytesIn: 0 },
    { from: null, to: null, ...SUM, streams: 1 },
  ];
  assert.deepEqual(fits(trafficLines({ by: "edge", since: AT, total: SUM, rows })), [
    "Carried since 2026-11-29 14:03:00",
    "from -> to        out       in  connections",
    "local -> web  1.5 KiB      0 B           12",
    "others        1.5 KiB  3.0 GiB            1",
    "sum           1.5 KiB  3.0 GiB           12",
  ]);
  assert.deepEqual(trafficLines({ by: "edge", since: null, total: SUM, rows: [] }), [
    "Nothing was carried since the network began",
  ]);
});

test("traffic by host and by port", () => {
  const host = { host: "web", sent: 5, received: 1024, opened: 1, served: 2 };
  const others = { ...host, host: null };
  const total = { bytesOut: 24, bytesIn: 1000, streams: 3 };
  assert.deepEqual(fits(trafficLines({ by: "host", since: null, total, rows: [host, others] })).slice(1), [
    "host       sent  received  opened  served",
    "web         5 B   1.0 KiB       1       2",
    "others      5 B   1.0 KiB       1       2",
    "sum     1.0 KiB   1.0 KiB       3       3",
  ]);
  const rows = [
    { to: "web", port: 80, routed: false, ...SUM },
    { to: "web", port: 443, routed: true, ...SUM },
    { to: "web", port: null, routed: false, ...SUM },
    { to: null, port: null, routed: false, ...SUM },
  ];
  assert.deepEqual(
    fits(trafficLines({ by: "port", since: null, total: SUM, rows }))
      .map((line) => line.slice(0, 20).trimEnd())
      .slice(2),
    ["web:80", "port 443 through web", "web, further ports", "others", "sum"],
  );
});

test("long names and those with signs that terminals obey stand in lines of their own, numbers below them", () => {
  const rows = [
    { from: LONG, to: EVIL, ...SUM },
    { from: "a", to: "b", ...SUM },
  ];
  const lines = fits(trafficLines({ by: "edge", since: null, total: SUM, rows }));
  assert.equal(lines.length, 6);
  assert.match(lines[2] ?? "", /^long-.* -> .*evil/);
  assert.match(lines[3] ?? "", /^ +1\.5 KiB/);
});

const LIST: ListAnswer = {
  hosts: [
    { name: "local", vip: "127.0.42.100", aliases: [], phase: "ready", ports: [], transport: null },
    {
      name: "web",
      vip: "127.0.42.101",
      aliases: ["www"],
      phase: "ready",
      ports: [{ listen: 80, target: "127.0.0.1:8080" }],
      transport: "docker",
    },
    {
      name: "many",
      vip: "127.0.42.102",
      aliases: [],
      phase: "failed",
      ports: [1, 2, 3].map((listen) => ({ listen, target: `127.0.0.1:1000${listen}` })),
      transport: "ssh",
    },
    { name: `${EVIL}${LONG}`, vip: "127.0.42.103", aliases: [LONG], phase: "ready", ports: [{ listen: 80 }], transport: "cmd" },
  ],
  services: [
    {
      name: "shop",
      vip: "127.0.42.104",
      ports: [80, 443],
      hosts: [
        { name: "web", phase: "ready" },
        { name: "db", phase: "failed" },
      ],
    },
  ],
  links: [
    {
      host: "web",
      transport: "docker",
      via: "docker exec web",
      agent: { version: "0.1.0", runtime: "node 24" },
      since: AT,
      bytes: 1536,
    },
    { host: LONG, transport: "cmd", via: null, agent: { version: EVIL, runtime: LONG }, since: null, bytes: 0 },
  ],
  listeners: [
    { address: "127.0.42.101:80", on: "local", leadsTo: "web:80" },
    { address: EVIL, on: LONG, leadsTo: LONG },
  ],
};

test("ls has a line for each thing, and says of each port below a host whose it is", () => {
  const [web, many] = [LIST.hosts[1], LIST.hosts[2]].flatMap((host) => (host ? [{ ...LIST, hosts: [host] }] : []));
  assert.deepEqual(linesOf(web ?? LIST, "hosts"), ["web  127.0.42.101  ready  docker  80 -> 127.0.0.1:8080, also www"]);
  assert.deepEqual(linesOf(many ?? LIST, "hosts"), [
    "many  127.0.42.102  failed  ssh",
    ...[1, 2, 3].map((port) => `  many:${port} -> 127.0.0.1:1000${port}`),
  ]);
  assert.deepEqual(linesOf(LIST, "services"), ["shop  127.0.42.104  80, 443 -> web, db (failed)"]);
  const short = { ...LIST, links: LIST.links.slice(0, 1), listeners: LIST.listeners.slice(0, 1) };
  assert.deepEqual(linesOf(short, "tunnels"), [
    "link -> web  docker  since 2026-11-29 14:03:00  1.5 KiB  norouter 0.1.0, node 24",
    "  docker exec web",
    "127.0.42.101:80  on local  -> web:80",
  ]);
});

test("ls of everything has headings, leaves out services that there are none of, and fits", () => {
  fits(allLines(LIST));
  const none: ListAnswer = { hosts: [], services: [], links: [], listeners: [] };
  assert.deepEqual(allLines(none), ["hosts", "  none", "tunnels", "  none"]);
  assert.deepEqual(linesOf(none, "services"), ["none"]);
});

test("words that are none are refused before a network is asked", async () => {
  const asked = { name: "no-such-network", json: false };
  await assert.rejects(
    async () => traffic({ ...asked, by: "ports", since: undefined }, io),
    /'by' wants 'edge', 'host', 'port', not "ports"/,
  );
  for (const since of ["1y", "12", "soon"])
    await assert.rejects(async () => traffic({ ...asked, by: undefined, since }, io), /such as 14:03, not/);
  await assert.rejects(ls({ ...asked, what: "tunnel" }, io), /not "tunnel"; did you mean "tunnels"\?/);
});

test("the command line", () => {
  assert.deepEqual(parseInvocation(["ls"]), { command: "ls", what: "", name: undefined, json: false });
  assert.deepEqual(parseInvocation(["ls", "tunnels", "--json"]), { command: "ls", what: "tunnels", name: undefined, json: true });
  assert.throws(() => parseInvocation(["ls", "hosts", "services"]), { code: "usage" });
  assert.deepEqual(parseInvocation(["traffic", "--by", "port", "--since", "1h", "--name", "n"]), {
    ...{ command: "traffic", by: "port", since: "1h", name: "n", json: false },
  });
  assert.throws(() => parseInvocation(["streams", "--by", "port"]), { code: "usage" });
});
