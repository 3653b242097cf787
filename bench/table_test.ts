// Statistics, tables and verdicts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { median, medianRatio, percentile, turns } from "./stats.ts";
import { aimsTable, judge, type Series, table } from "./table.ts";

test("median and percentile", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  assert.equal(percentile(hundred, 99), 99);
  assert.equal(percentile(hundred, 100), 100);
});

test("each round begins with another peer, and every other round goes backwards", () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((round) => turns(["a", "b", "c"], round).join("")),
    ["abc", "bac", "cab", "acb"],
  );
});

test("ratios are taken round by round, so a slow round does not count", () => {
  assert.equal(medianRatio([10, 1, 10], [20, 2, 20]), 0.5);
  assert.equal(medianRatio([10, 30, 10], [20, 10, 20]), 0.5);
  assert.ok(Number.isNaN(medianRatio([], [1])));
});

const upload: Series = {
  quantity: { id: "upload1", title: "one stream, upload", unit: "MiB/s", better: "more" },
  values: new Map([
    ["direct", [2000, 2000]],
    ["ssh -L", [500, 400]],
    ["norouter", [600, 500]],
    ["absent", [Number.NaN, Number.NaN]],
  ]),
};

test("peers of another checkout give their namesakes a column", () => {
  const values = new Map([...upload.values, ["norouter before", [500, 500]]]);
  const [, head = "", ...rows] = table({ ...upload, values }).split("\n");
  assert.match(head, /\/ before$/);
  assert.match(rows.find((row) => row.startsWith("  norouter  ")) ?? "", / 1\.10$/);
  assert.match(rows.find((row) => row.startsWith("  norouter before ")) ?? "", /1\.13$/);
});

test("a table lines up and leaves out peers without a value", () => {
  assert.equal(
    table(upload),
    [
      "one stream, upload (more is better)",
      "            MiB/s   min   max  / direct  / ssh -L",
      "  direct     2000  2000  2000      1.00      4.50",
      "  ssh -L      450   400   500      0.23      1.00",
      "  norouter    550   500   600      0.28      1.23",
      "",
    ].join("\n"),
  );
});

test("aims are met, not met or not measured", () => {
  const verdicts = judge([upload]);
  const one = verdicts.find((v) => v.quantity === "upload1" && v.peer === "norouter" && v.reference === "ssh -L");
  assert.equal(one?.met, true);
  assert.equal(verdicts.filter((v) => v.met === undefined).length, verdicts.length - 1);
  const slower = { ...upload, values: new Map([...upload.values, ["norouter", [100, 100]] as const]) };
  assert.equal(judge([slower]).filter((v) => v.met === false).length, 1);
  assert.match(aimsTable(judge([slower])), /norouter to ssh -L: upload1 +at least 1 +0\.23 +NOT MET\n/);
});
