// A manager that is started again with its journal, after an end in order and after a kill.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cleanly, type InProcess } from "../../conformance/in_process.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { readContents } from "./read.ts";
import { journalStore } from "./store.ts";

const idsOf = ({ manager }: InProcess) => [...manager.network.hosts.values()].map(({ id, name, phase }) => [id, name, phase]);

test(
  "ids and names are taken up, hosts that left give theirs to nobody, and the network is ready again",
  cleanly(async (make) => {
    const dir = tempDir("restart");
    const [path, killed] = [join(dir.path, "net.jsonl"), join(dir.path, "killed.jsonl")];
    const first = make({ hosts: ["local", "a", "b"], store: await journalStore({ path, network: "net" }) });
    await first.start();
    await first.settled();
    const { id } = first.manager.network;
    // What a process that was killed now would have left.
    copyFileSync(path, killed);
    await first.manager.stop("SIGTERM");

    for (const [left, session] of [
      [path, 2],
      [killed, 2],
    ] as const) {
      const again = make({ hosts: ["local", "b", "c"], store: await journalStore({ path: left, network: "net" }) });
      await again.start();
      await again.settled();
      assert.deepEqual(idsOf(again), [
        [1, "local", "ready"],
        [3, "b", "ready"],
        [4, "c", "ready"],
      ]);
      assert.deepEqual([again.manager.network.id, again.state("b").session, again.state("c").session], [id, session, 1]);
      await again.manager.stop("SIGTERM");
      const third = make({ hosts: ["local", "a", "b", "c"], store: await journalStore({ path: left, network: "net" }) });
      await third.start();
      await third.settled();
      assert.deepEqual(
        idsOf(third).map(([host, name]) => `${host} ${name}`),
        ["1 local", "3 b", "4 c", "5 a"],
      );
      await third.manager.stop("SIGTERM");
      const { events, rest } = readContents(left, readFileSync(left));
      assert.equal(rest, "nothing");
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_, at) => at + 1),
      );
    }
    dir.remove();
  }),
);
