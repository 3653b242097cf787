// A process that writes a journal, as a manager does: `journal_main.ts PATH EVENTS [COMMAND]`. It admits one host more than PATH has,
// then its links come and go until that many events are there or somebody ends it. It prints what is written and what is flushed,
// and what fails; after a first failure to write it goes on if there is a shell command that helps.

import { spawnSync } from "node:child_process";
import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { admissionOf, FAILURE } from "../../conformance/ledger.ts";
import { type Command, Ledger, messageOf, type NoRouterError } from "../../core/mod.ts";
import { journalStore } from "../../plugins/journal/store.ts";

let [path = "", most = "0", help] = process.argv.slice(2);
const limits = { journalBytes: 64 * 1024, journalSyncMs: 1, durableEvents: 64 };
const say = (line: string) => process.stdout.write(`${line}\n`);
const wantedHost = (number: number) => {
  const { host: _, ...wanted } = admissionOf(number);
  return wanted;
};
const failureOf = (thrown: unknown) => `${(thrown as NoRouterError).code} ${messageOf(thrown)}`;
try {
  const store = await journalStore({ path, network: "net", limits });
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
  while (store.seq < Number(most)) {
    await execute({ type: "start-link", host });
    await execute({ type: "close-link", host, failure: FAILURE });
    say(`${store.seq} ${store.flushed}`);
    if (store.seq % 10 === 0) await turn();
  }
  await store.close();
  say(`${store.seq} ${store.flushed}`);
} catch (thrown) {
  say(failureOf(thrown));
}
