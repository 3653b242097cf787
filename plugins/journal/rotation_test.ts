// The step from one file to the next, also after a step that was killed half way.

import assert from "node:assert/strict";
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { admitted, inPhase, stamped } from "../../conformance/ledger.ts";
import { DEFAULT_LIMITS, type Fact, fold, memoryStore } from "../../core/mod.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { eventLine } from "./lines.ts";
import { readContents } from "./read.ts";
import { compacted, nextPath, previousPath, replaceJournal } from "./rotation.ts";

test("the next file takes the journal's place, the old one is kept, and nothing else is left", () => {
  const dir = tempDir("rotation");
  const path = join(dir.path, "j");
  const files = () => readdirSync(dir.path).sort();
  const texts = () => [path, previousPath(path)].map((one) => readFileSync(one, "utf8"));
  writeFileSync(path, "1");
  writeFileSync(nextPath(path), "2");
  replaceJournal(path);
  assert.deepEqual(
    [files(), texts()],
    [
      ["j", "j.1"],
      ["2", "1"],
    ],
  );

  // Killed when the old file was kept already, and the next one was not in place yet.
  rmSync(previousPath(path));
  linkSync(path, previousPath(path));
  writeFileSync(nextPath(path), "3");
  replaceJournal(path);
  assert.deepEqual(
    [files(), texts()],
    [
      ["j", "j.1"],
      ["3", "2"],
    ],
  );

  rmSync(path);
  writeFileSync(nextPath(path), "4");
  replaceJournal(path);
  assert.deepEqual(
    [files(), texts()],
    [
      ["j", "j.1"],
      ["4", "2"],
    ],
    "a journal that somebody removed",
  );
  dir.remove();
});

test("the next file has the state, whatever room events have in it, and the newest events that find room", () => {
  const events = stamped([...admitted(3), ...inPhase(1, "ready"), ...inPhase(2, "failed")]);
  const store = memoryStore(DEFAULT_LIMITS);
  store.append(events);
  for (let room = 0; room < 4000; room += 100) {
    const text = compacted("net", store, store.seq, room);
    const { events: kept, snapshot, seq, rest } = readContents("j", Buffer.from(text));
    assert.deepEqual(fold(kept, snapshot.network), fold(events));
    assert.deepEqual([seq, rest], [events.length, "nothing"]);
    const left = events.length - kept.length;
    const bytesFrom = (first: number) => events.slice(first).map(eventLine).join("").length;
    assert.ok(bytesFrom(left) <= room && (left === 0 || bytesFrom(left - 1) > room), `${kept.length} in ${room} bytes`);
  }
});

test("the next file has counted bytes that the state does not have yet, and others of class recent not", () => {
  const rows = [{ from: 1, to: 2, port: 80, bytesOut: 1, bytesIn: 2, streams: 1 }];
  const counted: Fact = { type: "traffic.counted", since: 1, rows };
  const first = stamped([...admitted(2), counted]);
  const upTo = first.length;
  const events = stamped([
    ...[...admitted(2), counted, { type: "traffic.rolled", upTo, hours: [{ at: 0, rows }] } as const],
    ...[{ type: "facts.dropped", host: 1, count: 7 } as const, counted],
  ]);
  const store = memoryStore(DEFAULT_LIMITS);
  store.append(events);
  for (const room of [100_000, 0]) {
    const { events: kept, snapshot } = readContents("j", Buffer.from(compacted("net", store, events.length, room)));
    const left = kept.filter(({ type }) => type === "traffic.counted" || type === "facts.dropped");
    assert.deepEqual(
      left.map(({ seq }) => seq),
      room > 0 ? [events.length] : [],
    );
    assert.equal(fold(kept, snapshot.network).traffic.upTo, upTo);
  }
});
