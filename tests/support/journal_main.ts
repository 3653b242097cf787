// A process that writes a journal, as a manager does: takes a `WriterPlay` as JSON. It admits one host more than the journal has, then
// that host's links come and go. It prints what is written and what is flushed after each, and what fails.

import { spawnSync } from "node:child_process";
import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { admissionOf, FAILURE } from "../../conformance/ledger.ts";
import { type Command, Ledger, messageOf, type NoRouterError } from "../../core/mod.ts";
import { journalStore } from "../../plugins/journal/store.ts";

/** What the process does. */
export interface WriterPlay {
  readonly path: string;
  /** It writes until the journal has so many events. */
  readonly most: number;
  /** Then it stays as it is until somebody ends it, and does not close the journal. */
  readonly stay?: boolean;
  /** A shell command that helps when an event cannot be written; it is tried once. */
  readonly help?: string;
  /** Events that cannot be written are kept in memory; 100 events later it helps. */
  readonly goesOn?: boolean;
}

const play = JSON.parse(process.argv[2] ?? "{}") as WriterPlay;
const limits = { journalBytes: 64 * 1024, journalSyncMs: 1, durableEvents: 64 };
const say = (line: string) => process.stdout.write(`${line}\n`);
const wantedHost = (number: number) => {
  const { host: _, ...wanted } = admissionOf(number);
  return wanted;
};
const failureOf = (thrown: unknown) => `${(thrown as NoRouterError).code} ${messageOf(thrown)}`;
let help = play.help;
try {
  let behindAt = Number.POSITIVE_INFINITY;
  const goesOn = (line: string) => {
    behindAt = store.seq;
    say(line);
  };
  const options = { path: play.path, network: "net", limits, note: console.error };
  const store = await journalStore({ ...options, ...(play.goesOn ? { goesOn } : {}) });
  say("open");
  const ledger = new Ledger({ store, clock: Date.now, publish: () => undefined });
  const execute = async (command: Command): Promise<void> => {
    try {
      await ledger.execute(command, "test");
    } catch (thrown) {
      if (help === undefined) throw thrown;
      say(failureOf(thrown));
      spawnSync("sh", ["-c", help]);
      help = undefined;
      await execute(command);
    }
  };
  await execute({ type: "open-network", network: "net", version: "1" });
  const host = ledger.network.lastHost + 1;
  const hosts = Array.from({ length: host }, (_, at) => wantedHost(at + 1));
  await execute({ type: "apply", wanted: { plugins: [], routes: [], hosts } });
  while (store.seq < play.most) {
    await execute({ type: "start-link", host });
    await execute({ type: "close-link", host, failure: FAILURE });
    say(`${store.seq} ${store.flushed}`);
    if (store.seq % 10 < 2) await turn();
    if (help !== undefined && store.seq > behindAt + 100) {
      spawnSync("sh", ["-c", help]);
      help = undefined;
    }
  }
  if (play.stay) setInterval(() => undefined, 1_000_000);
  else {
    await store.close();
    say(`${store.seq} ${store.flushed}`);
  }
} catch (thrown) {
  say(failureOf(thrown));
}
