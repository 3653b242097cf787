// The page of the journal has its numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tableOf } from "../../tests/support/pages.ts";
import { JOURNAL_LIMIT_ROWS, JOURNAL_LIMITS } from "./limits.ts";

const KIB = 1024;
const MIB = KIB * KIB;

function written(value: number, unit: string): string {
  if (unit !== "bytes") return value.toLocaleString("en-US");
  return value % MIB === 0 ? `${value / MIB} MiB` : `${value / KIB} KiB`;
}

test("the journal's page is its table of limits", () => {
  const wanted = Object.entries(JOURNAL_LIMIT_ROWS).map(([name, { value, unit, min, max, why }]) => [
    name,
    [written(value, unit), unit, `${written(min, unit)} to ${written(max, unit)}`, why],
  ]);
  assert.deepEqual([...tableOf("plugins/journal/README.md", "limit")], wanted);
  for (const [name, { value }] of Object.entries(JOURNAL_LIMIT_ROWS)) assert.equal(JOURNAL_LIMITS[name as "journalBytes"], value);
});
