// The store: what a ledger gets back after a restart, who may write, how long the file gets, and whose it is.

import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, test } from "node:test";
import fc from "fast-check";
import { admissionOf, admitted, FAILURE, stamped } from "../../conformance/ledger.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Command, DURABILITY, fold, Ledger, type NetworkEvent, type PromptStore, replay } from "../../core/mod.ts";
import { anyCommands } from "../../tests/support/arbitrary_commands.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { JournalFile } from "./file.ts";
import { eventLine, headerLine } from "./lines.ts";
import { readContents } from "./read.ts";
import { type JournalOptions, journalStore } from "./store.ts";

const dirs: { remove(): void }[] = [];
const opened: PromptStore[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  for (const dir of dirs.splice(0)) dir.remove();
});

/** A path in a folder of its own. */
function newPath(name = "net.jsonl"): string {
  const dir = tempDir("journal");
  dirs.push(dir);
  return join(dir.path, name);
}

async function open(path: string, more: Partial<JournalOptions> = {}): Promise<PromptStore> {
  const store = await journalStore({ path, network: "net", ...more });
  opened.push(store);
  return store;
}

const ledgerOn = (store: PromptStore) => new Ledger({ store, clock: Date.now, publish: () => undefined });
const contentsOf = (path: string) => readContents(path, readFileSync(path));
const OPEN: Command = { type: "open-network", network: "net", version: "1" };
const EVENTS = stamped(admitted(3));
const SMALL = { journalBytes: 64 * 1024, journalSyncMs: 1 };

/** Facts of one class, numbered from `first`. */
function many(count: number, type: "link.closed" | "policy.refused", first = 1): NetworkEvent[] {
  const fact = type === "link.closed" ? { type, host: 1, failure: FAILURE } : { type, host: 1, code: FAILURE.code, message: "m" };
  return stamped(Array.from({ length: count }, () => fact)).map((event, at) => ({ ...event, seq: first + at }));
}

test("a ledger that is started again with its journal has the state, the numbers, the ids and the names", async () => {
  await fc.assert(
    fc.asyncProperty(anyCommands, fc.nat(), async (commands, cut) => {
      const path = newPath();
      const published: NetworkEvent[] = [];
      let state = replay(await open(path));
      for (const part of [commands.slice(0, cut % commands.length), commands.slice(cut % commands.length)]) {
        const store = opened.at(-1) as PromptStore;
        const ledger = new Ledger({ store, clock: () => 1, publish: (events) => void published.push(...events) });
        assert.deepEqual(ledger.network, state);
        for (const command of part) {
          try {
            await ledger.execute(command, "test");
          } catch (thrown) {
            assert.equal((thrown as { code?: string }).code, "command-refused");
          }
        }
        state = ledger.network;
        await store.close();
        assert.equal(store.flushed, store.seq);
        await open(path);
      }
      assert.deepEqual(state, fold(published));
      const again = opened.at(-1) as PromptStore;
      assert.deepEqual([...again.read(0)], JSON.parse(JSON.stringify(published)));
      assert.equal(again.seq, published.length);
      await again.close();
    }),
    { numRuns: 15 },
  );
});

test("a journal that is cut at any byte opens with what is whole of it, and goes on from there", async () => {
  const path = newPath();
  const whole = Buffer.from(headerLine("net") + EVENTS.map(eventLine).join(""));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (length) => {
      writeFileSync(path, whole.subarray(0, length));
      const lines = whole.subarray(0, length).toString().split("\n").length - 1;
      const store = await open(path);
      const kept = Math.max(0, lines - 1);
      assert.deepEqual([store.seq, replay(store)], [kept, fold(EVENTS.slice(0, kept))]);
      store.append(EVENTS.slice(kept));
      await store.close();
      assert.equal(readFileSync(path, "utf8"), whole.toString());
    }),
    { numRuns: 60 },
  );
});

test("what is appended is in the file at once, and flushed a moment later", async () => {
  const path = newPath();
  const store = await open(path, { limits: { journalSyncMs: 20 } });
  assert.deepEqual([store.seq, store.flushed], [0, 0]);
  store.append(EVENTS.slice(0, 2));
  assert.deepEqual([contentsOf(path).seq, store.seq, store.flushed], [2, 2, 0]);
  await waitFor(() => store.flushed === 2, { what: "the disk to have both" });
  store.append(EVENTS.slice(2));
  await store.close();
  assert.equal(store.flushed, EVENTS.length);
  await store.close();
  assert.throws(() => store.append(many(1, "link.closed", 5)), { code: "file-failed", message: /is closed$/ });
  assert.deepEqual(readdirSync(dirname(path)), ["net.jsonl"]);
});

test("each line is JSON: a header, then an event a line", async () => {
  const path = newPath();
  (await open(path)).append(EVENTS);
  const [header, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  assert.equal(`${header}\n`, headerLine("net"));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    JSON.parse(JSON.stringify(EVENTS)),
  );
});

test("a last line that was not written to its end costs that line alone", async () => {
  const path = newPath();
  const store = await open(path);
  store.append(EVENTS);
  await store.close();
  appendFileSync(path, eventLine(many(1, "link.closed", 5)[0] as NetworkEvent).slice(0, -9));
  const notes: string[] = [];
  const again = await open(path, { note: (line) => void notes.push(line) });
  assert.deepEqual(notes, [`journal ${path}: line 6 was not written to its end and is left out`]);
  again.append(many(1, "link.closed", 5));
  assert.deepEqual([contentsOf(path).rest, contentsOf(path).seq], ["nothing", 5]);
});

test("damage in the middle, another network's journal and other files are refused and stay as they are", async () => {
  const path = newPath();
  const lines = [headerLine("net"), ...EVENTS.map(eventLine)];
  for (const [text, message] of [
    [lines.with(2, "xyz\n").join(""), `Journal ${path} is damaged in line 3: It is not JSON; 'head -n 2' has what comes before`],
    [headerLine("other"), `Journal ${path} is of the network "other", not of "net"`],
    ["important\n", `${path} is not a journal`],
  ] as const) {
    writeFileSync(path, text);
    await assert.rejects(open(path), { code: "journal-invalid", message });
    assert.equal(readFileSync(path, "utf8"), text);
    assert.deepEqual(readdirSync(dirname(path)), ["net.jsonl"], "the lock is given back");
  }
});

test("the file stays bounded: it is rotated, recent events are left out, the one before is kept", async () => {
  const path = newPath();
  const store = await open(path, { limits: SMALL });
  store.append(EVENTS);
  let largest = 0;
  for (let round = 0; round < 40; round += 1) {
    store.append(many(40, round % 2 === 0 ? "policy.refused" : "link.closed", store.seq + 1));
    store.append(many(1, "link.closed", store.seq + 1));
    await waitFor(() => store.flushed === store.seq, { what: "the disk to have all" });
    largest = Math.max(largest, statSync(path).size, existsSync(`${path}.1`) ? statSync(`${path}.1`).size : 0);
  }
  assert.ok(largest < SMALL.journalBytes + 20_000, `${largest} bytes`);
  assert.deepEqual(readdirSync(dirname(path)).sort(), ["net.jsonl", "net.jsonl.1", "net.jsonl.lock"]);
  const { snapshot, events, seq, rest } = contentsOf(path);
  assert.ok(snapshot.seq > 0 && seq === store.seq && rest === "nothing");
  assert.deepEqual(fold(events, snapshot.network), replay(store));
  const previous = contentsOf(`${path}.1`);
  assert.ok(previous.seq > snapshot.seq && previous.seq < seq, "the two overlap");
  await store.close();
  const again = await open(path, { limits: SMALL });
  assert.deepEqual([again.seq, again.flushed], [seq, seq]);
  assert.deepEqual(replay(again), replay(store));
});

test("recent events alone do not make it grow", async () => {
  const path = newPath();
  const store = await open(path, { limits: SMALL });
  store.append(EVENTS);
  store.append(many(2000, "policy.refused", store.seq + 1));
  await waitFor(() => statSync(path).size < 5000, { what: "a rotation without them" });
  await waitFor(() => store.flushed === store.seq, { what: "the disk to have it" });
  const { events, snapshot, seq } = contentsOf(path);
  assert.deepEqual([snapshot.seq, seq], [0, 2004]);
  assert.ok(events.every(({ type }) => DURABILITY[type] === "durable"));
  store.append(many(1, "link.closed", 2005));
  assert.deepEqual([contentsOf(path).seq, contentsOf(path).rest], [2005, "nothing"]);
});

test("a state that is larger than the bound is not written anew with each event", async () => {
  const path = newPath();
  const store = await open(path, { limits: SMALL });
  const ledger = ledgerOn(store);
  await ledger.execute(OPEN, "user");
  const hosts = Array.from({ length: 250 }, (_, at) => {
    const { host: _host, ...wanted } = admissionOf(at + 1);
    return { ...wanted, vip: `127.0.43.${at}` };
  });
  await ledger.execute({ type: "apply", wanted: { plugins: [], routes: [], hosts } }, "user");
  await waitFor(() => existsSync(`${path}.1`), { what: "a rotation" });
  await waitFor(() => store.flushed === store.seq, { what: "the disk to have it" });
  const { ino, size } = statSync(path);
  assert.ok(size > SMALL.journalBytes);
  for (let round = 0; round < 20; round += 1) {
    await ledger.execute({ type: "refuse", host: 1, code: FAILURE.code, message: "m" }, "manager");
    await waitFor(() => store.flushed === store.seq, { what: "the disk to have it" });
  }
  assert.equal(statSync(path).ino, ino);
});

test("a journal that is removed or moved while it is written is made again", async () => {
  const path = newPath();
  const store = await open(path, { limits: SMALL });
  store.append(EVENTS);
  await waitFor(() => store.flushed === 4, { what: "the disk to have it" });
  renameSync(path, `${path}.moved`);
  store.append(many(1, "link.closed", 5));
  await waitFor(() => store.flushed === 5, { what: "the disk to have it" });
  assert.deepEqual(fold(contentsOf(path).events, contentsOf(path).snapshot.network), replay(store));
  rmSync(`${path}.lock`);
  store.append(many(1, "link.closed", 6));
  await waitFor(() => existsSync(`${path}.lock`) && store.flushed === 6, { what: "the lock to be there again" });
});

test("after the disk refused a new file, it is tried again after the time that the limit says", async () => {
  const path = newPath();
  const notes: string[] = [];
  const store = await open(path, { limits: { ...SMALL, journalRetryMs: 20 }, note: (line) => void notes.push(line) });
  mkdirSync(`${path}.new`);
  rmSync(path);
  store.append(EVENTS);
  await waitFor(() => notes.length >= 2, { what: "two tries", timeoutMs: 5000 });
  rmSync(`${path}.new`, { recursive: true });
  await waitFor(() => store.flushed === 4, { what: "the disk to have it", timeoutMs: 5000 });
  assert.equal(contentsOf(path).seq, 4);
});

test("after the disk failed to take something, only what is in a new file counts as flushed", async (context) => {
  const path = newPath();
  const notes: string[] = [];
  const store = await open(path, { limits: SMALL, note: (line) => void notes.push(line) });
  const { ino } = statSync(path);
  const { sync } = JournalFile.prototype;
  let calls = 0;
  context.mock.method(JournalFile.prototype, "sync", function (this: JournalFile) {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error("EIO")) : sync.call(this);
  });
  store.append(EVENTS);
  await waitFor(() => store.flushed === 4, { what: "the disk to have it" });
  assert.deepEqual(notes, ["journal: EIO"]);
  assert.notEqual(statSync(path).ino, ino);
  assert.equal(contentsOf(path).seq, 4);
});

test("with 'goesOn' a journal that was taken over costs the journal, and no event", async () => {
  const path = newPath();
  const heard: string[] = [];
  const store = await open(path, { limits: SMALL, goesOn: (line) => void heard.push(line) });
  store.append(EVENTS);
  await waitFor(() => store.flushed === 4, { what: "the disk to have it" });
  const before = readFileSync(path, "utf8");
  writeFileSync(`${path}.lock`, `journal run ${process.ppid}.1.1.1`);
  store.append(many(1, "link.closed", 5));
  await waitFor(() => heard.length > 0, { what: "it to be said" });
  store.append(many(1, "link.closed", 6));
  assert.deepEqual(heard, [`Journal ${path} was taken over by another process`]);
  assert.deepEqual([store.seq, store.flushed, [...store.read(4)].length], [6, 4, 2]);
  await store.close();
  assert.equal(readFileSync(path, "utf8"), before + eventLine(many(1, "link.closed", 5)[0] as NetworkEvent));
});

test("the same process cannot open it twice, nor by another name; closed, it is free", async () => {
  const path = newPath();
  const store = await open(path);
  symlinkSync(path, `${path}.link`);
  for (const name of [path, `${path}.link`])
    await assert.rejects(open(name), { code: "journal-in-use", message: `Journal ${path} is in use by this process` });
  await store.close();
  await open(`${path}.link`);
});

test("a lock of another namespace, such as an earlier container's, is taken over; who had it writes no more", async () => {
  const path = newPath();
  const notes: string[] = [];
  const old = await open(path, { limits: SMALL, note: (line) => void notes.push(line) });
  old.append(EVENTS);
  await waitFor(() => old.flushed === 4, { what: "the disk to have it" });
  const lock = readFileSync(`${path}.lock`, "utf8");
  const elsewhere = lock.replace(/^(.*\.)\d+(\.\d+)$/, "$17$2");
  assert.notEqual(elsewhere, lock);
  writeFileSync(`${path}.lock`, elsewhere);
  const store = await open(path);
  old.append(many(1, "link.closed", 5));
  store.append(many(1, "link.closed", 5));
  await waitFor(() => notes.length > 0, { what: "the old one to see it" });
  assert.deepEqual(notes, [`Journal ${path} was taken over by another process`]);
  assert.throws(() => old.append(many(1, "link.closed", 6)), { code: "journal-in-use" });
  await old.close();
  store.append(many(1, "link.closed", 6));
  assert.deepEqual([contentsOf(path).rest, contentsOf(path).seq], ["nothing", 6]);
});

test("the folder and the file are their user's alone, what is no file is refused", async () => {
  const path = newPath("a/b/net.jsonl");
  const umask = process.umask(0o022);
  await (await open(path)).close();
  process.umask(umask);
  for (const folder of [dirname(path), dirname(dirname(path))]) assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  chmodSync(path, 0o644);
  await (await open(path)).close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  mkdirSync(`${path}.folder`);
  await assert.rejects(open(`${path}.folder`), { code: "file-failed", message: /it is no file; use another journal, or none$/ });
});

const isRoot = process.getuid?.() === 0;

test("what belongs to another user, or lies where others write, is refused", {
  skip: isRoot ? false : "needs root",
}, async () => {
  const { chownSync } = await import("node:fs");
  const path = newPath();
  writeFileSync(path, headerLine("net"));
  chownSync(path, 12_345, 12_345);
  const theirs = /^Cannot use \/.*: \/.*net\.jsonl belongs to another user \(12345\); use another journal, or none$/;
  await assert.rejects(open(path), { code: "file-failed", message: theirs });
  rmSync(path);
  chmodSync(dirname(path), 0o777);
  await assert.rejects(open(path), { code: "file-failed", message: /every user may write to/ });
});
