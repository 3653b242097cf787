// Where the log of a network that runs lives: in what a plugin brings, and in memory where that cannot be had.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DEFAULT_LIMITS, memoryStore, NoRouterError, type StoreKind, type StoreRequest } from "../../core/mod.ts";
import { journalStore } from "../../plugins/journal/store.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { openJournal } from "./run_journal.ts";

/** A store of others, and what it was opened for. */
function tape(): { readonly kind: StoreKind; readonly requests: StoreRequest[] } {
  const requests: StoreRequest[] = [];
  const open = (request: StoreRequest) => {
    requests.push(request);
    return memoryStore(DEFAULT_LIMITS);
  };
  return { kind: { name: "tape", open }, requests };
}

const broken: StoreKind = {
  name: "broken",
  open: () => {
    throw new NoRouterError("file-denied", "The tape is stuck");
  },
};

test("the store of a plugin is opened for the network, where the user wants it, with the manifest's numbers", async () => {
  const { kind, requests } = tape();
  const note = () => assert.fail("nothing is said");
  assert.ok(await openJournal({ kind, journal: undefined, name: "web", note }));
  assert.ok(await openJournal({ kind, journal: "/x/y", name: "web", limits: { reels: 2 }, note }));
  assert.deepEqual(
    requests.map(({ note: _, ...request }) => request),
    [
      { network: "web", path: undefined, limits: {} },
      { network: "web", path: "/x/y", limits: { reels: 2 } },
    ],
  );
});

test("without a store, or with '--no-journal', the log is in memory", async () => {
  const note = () => assert.fail("nothing is said");
  const { kind, requests } = tape();
  assert.equal(await openJournal({ kind: undefined, journal: undefined, name: "web", note }), undefined);
  assert.equal(await openJournal({ kind, journal: false, name: "web", note }), undefined);
  assert.deepEqual(requests, []);
});

test("a store that cannot be had is done without, which is said, unless a path was asked for", async () => {
  const said: string[] = [];
  const note = (line: string) => void said.push(line);
  assert.equal(await openJournal({ kind: broken, journal: undefined, name: "web", note }), undefined);
  assert.deepEqual(said, ["No journal is kept: The tape is stuck"]);
  await assert.rejects(openJournal({ kind: broken, journal: "/x", name: "web", note }), { code: "file-denied" });
});

test("a store that never opens is done without, which is said, unless a path was asked for", async () => {
  const said: string[] = [];
  const note = (line: string) => void said.push(line);
  const kind: StoreKind = { name: "mist", open: () => new Promise(() => undefined) };
  assert.equal(await openJournal({ kind, journal: undefined, name: "web", note, openMs: 20 }), undefined);
  assert.deepEqual(said, ['No journal is kept: Store "mist" is not open after 0.02 s']);
  await assert.rejects(openJournal({ kind, journal: "/x", name: "web", note, openMs: 20 }), { code: "plugin-invalid" });
});

test("a journal with an event that cannot be folded is done without, which is said with its line, unless it was asked for", async () => {
  const dir = tempDir("run-journal");
  const path = join(dir.path, "web.jsonl");
  const event = { seq: 1, at: 1, by: "user", v: 2, type: "routes.set" };
  writeFileSync(path, `{"type":"journal","format":1,"network":"web"}\n${JSON.stringify(event)}\n`);
  const kind: StoreKind = { name: "journal", open: () => journalStore({ path, network: "web" }) };
  const said: string[] = [];
  const note = (line: string) => void said.push(line);
  assert.equal(await openJournal({ kind, journal: undefined, name: "web", note }), undefined);
  assert.match(
    said.join("\n"),
    /^No journal is kept: Journal .*web\.jsonl is damaged in line 2: Event "routes\.set" has a "routes"/,
  );
  await assert.rejects(openJournal({ kind, journal: path, name: "web", note }), { code: "journal-invalid" });
  dir.remove();
});

test("a journal that was asked for is an error where no plugin keeps one", async () => {
  const note = () => assert.fail("nothing is said");
  await assert.rejects(openJournal({ kind: undefined, journal: "/x", name: "web", note }), {
    code: "usage",
    message: "'--journal' wants a plugin that keeps a journal; the manifest leaves out 'journal'",
  });
});
