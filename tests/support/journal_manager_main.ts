// A manager with a journal: `journal_manager_main.ts MANIFEST JOURNAL`. It prints the numbers of the last event and of the last one that is
// flushed, and `ready` with the ids of all hosts once every host is.

import { readFile } from "node:fs/promises";
import process from "node:process";
import { loadManifest } from "../../cli/load/io.ts";
import { ownInfo } from "../../cli/process/runtime.ts";
import { createManager } from "../../core/mod.ts";
import { journalStore } from "../../plugins/journal/store.ts";

const [file = "", path = ""] = process.argv.slice(2);
const { manifest, plugins, diagnostics } = await loadManifest(file, { readInput: (name) => readFile(name) });
if (!manifest) throw new Error(JSON.stringify(diagnostics));
const store = await journalStore({ path, network: "net", limits: { journalSyncMs: 20 }, note: console.error });
const say = (line: string) => process.stdout.write(`${line}\n`);
const manager = createManager({ plugins, agent: ownInfo(), store });
let isReady = false;
manager.subscribe((_, { hosts }) => {
  const all = [...hosts.values()];
  if (!isReady && all.length > 0 && all.every(({ phase }) => phase === "ready")) {
    isReady = true;
    say(`ready ${all.map(({ id, name, session }) => `${id}:${name}:${session}`).join(" ")}`);
  }
  say(`${store.seq} ${store.flushed}`);
});
process.once("SIGTERM", () => void manager.stop("SIGTERM").then(() => process.exit(0)));
await manager.apply(manifest);
