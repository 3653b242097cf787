// Counted bytes by pair of hosts, host and port, and what is taken for a time; over a real network what streams counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { cleanly } from "../../conformance/in_process.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { EMPTY_NETWORK, NoRouterError, type TrafficRow } from "../../core/mod.ts";
import { apiNetwork } from "../../tests/support/api_network.ts";
import { documentOf } from "./openapi.ts";
import { ROUTES } from "./routes.ts";
import { shownTraffic, type TrafficBy, timeSince, trafficBy } from "./traffic.ts";

const NOW = Date.UTC(2026, 10, 30, 12);
const ROWS: readonly TrafficRow[] = [
  { from: 1, to: 2, port: 80, bytesOut: 1, bytesIn: 10, streams: 1 },
  { from: 1, to: 2, port: 443, routed: true, bytesOut: 2, bytesIn: 20, streams: 1 },
  { from: 3, to: 2, port: 80, bytesOut: 100, bytesIn: 1000, streams: 5 },
  { from: 1, to: 1, port: 80, bytesOut: 7, bytesIn: 8, streams: 1 },
  { from: 1, to: 2, bytesOut: 3, bytesIn: 30, streams: 1 },
  { bytesOut: 1, bytesIn: 1, streams: 1 },
];
const hosts = new Map([
  [1, { name: "local" }],
  [2, { name: "web" }],
]);
const shown = (by: TrafficBy) =>
  shownTraffic(
    { network: { ...EMPTY_NETWORK, hosts: hosts as never }, traffic: (since) => ({ since, rows: ROWS }) },
    { by, since: undefined },
  );

test("rows are added up by pair of hosts, host or port, the largest first; who has left is its number", () => {
  const total = { bytesOut: 114, bytesIn: 1069, streams: 10 };
  assert.deepEqual(shown("edge"), {
    ...{ by: "edge", since: null, total },
    rows: [
      { from: "3", to: "web", bytesOut: 100, bytesIn: 1000, streams: 5 },
      { from: "local", to: "web", bytesOut: 6, bytesIn: 60, streams: 3 },
      { from: "local", to: "local", bytesOut: 7, bytesIn: 8, streams: 1 },
      { from: null, to: null, bytesOut: 1, bytesIn: 1, streams: 1 },
    ],
  });
  assert.deepEqual(shown("port"), {
    ...{ by: "port", since: null, total },
    rows: [
      { to: "web", port: 80, routed: false, bytesOut: 101, bytesIn: 1010, streams: 6 },
      { to: "web", port: null, routed: false, bytesOut: 3, bytesIn: 30, streams: 1 },
      { to: "web", port: 443, routed: true, bytesOut: 2, bytesIn: 20, streams: 1 },
      { to: "local", port: 80, routed: false, bytesOut: 7, bytesIn: 8, streams: 1 },
      { to: null, port: null, routed: false, bytesOut: 1, bytesIn: 1, streams: 1 },
    ],
  });
  assert.deepEqual(shown("host"), {
    ...{ by: "host", since: null, total },
    rows: [
      { host: "web", sent: 1060, received: 106, opened: 0, served: 8 },
      { host: "3", sent: 100, received: 1000, opened: 5, served: 0 },
      { host: "local", sent: 21, received: 75, opened: 4, served: 1 },
      { host: null, sent: 2, received: 2, opened: 1, served: 1 },
    ],
  });
});

test("every byte was sent by one host and received by one", () => {
  const rows = shown("host").rows as { sent: number; received: number }[];
  const all = 114 + 1069;
  assert.deepEqual(
    [rows.reduce((sum, { sent }) => sum + sent, 0), rows.reduce((sum, { received }) => sum + received, 0)],
    [all, all],
  );
});

test("a time is so long ago, in ISO 8601, or milliseconds; none is in the future, and all else is refused", () => {
  const times: readonly [string, number][] = [
    ["90s", NOW - 90_000],
    ["30m", NOW - 1_800_000],
    ["1h", NOW - 3_600_000],
    ["2d", NOW - 172_800_000],
    ["999999999d", 0],
    ["2026-11-30T11:00:00Z", NOW - 3_600_000],
    ["2026-11-30 12:00:00+01:00", NOW - 3_600_000],
    [String(NOW - 5), NOW - 5],
    ["2100-01-01T00:00:00Z", NOW],
  ];
  for (const [text, at] of times) assert.equal(timeSince(text, NOW), at, text);
  for (const text of [
    "",
    "h",
    "1y",
    "-1h",
    "1.5h",
    "1h ",
    "yesterday",
    "2026-99-99",
    "1969-01-01T00:00:00Z",
    "NaN",
    "1e3",
    "9".repeat(400),
  ]) {
    assert.throws(
      () => timeSince(text, NOW),
      (thrown) => thrown instanceof NoRouterError && thrown.code === "usage",
      text,
    );
  }
});

test("what there is a row for is one of three words", () => {
  assert.equal(trafficBy("port"), "port");
  for (const word of ["", "ports", "__proto__"]) assert.throws(() => trafficBy(word), { code: "usage" });
});

test(
  "over the API the counters are those of the streams, and fit the document by every kind of row",
  cleanly(async (make) => {
    const network = await apiNetwork(make, { limits: { reportMs: 1 } });
    const { world } = network;
    await world.settled();
    for (const [from, to] of [
      ["local", "web"],
      ["local", "local"],
    ] as const) {
      const stream = world.host(from).context.dial(world.state(to), { kind: "published", port: 80 });
      stream.attach({ data: () => true, end: () => undefined, reset: () => undefined, drain: () => undefined });
      stream.write(new Uint8Array(1234));
    }
    type Answer = { readonly body: { readonly total: { readonly bytesIn: number }; readonly rows: readonly object[] } };
    const ask = async (by: string) => (await network.ask("GET", `/v1/traffic?by=${by}`)) as unknown as Answer;
    await waitFor(async () => (await ask("edge")).body.total.bytesIn === 2468, { what: "all bytes" });
    const document = documentOf(ROUTES);
    assert.ok((await new Validator().validate(structuredClone(document) as Record<string, unknown>)).valid);
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, "api");
    const fits = ajv.compile({ $ref: "api#/components/schemas/Traffic" });
    for (const by of ["edge", "host", "port"]) {
      const { body } = await ask(by);
      assert.ok(fits(body), ajv.errorsText(fits.errors));
      assert.equal(body.rows.length, 2);
    }
    const list = (await network.ask("GET", "/v1/list")).body as { links: { host: string; bytes: number; since: number }[] };
    const [link] = list.links;
    assert.deepEqual([link?.host, link?.bytes], ["web", 2468], "what a host sends to itself does not pass its link");
    assert.equal(link?.since, (await world.event("link.opened", ({ host }) => host === world.state("web").id)).at);
  }),
);
