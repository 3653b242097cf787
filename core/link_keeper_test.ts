// Links follow the ways to their hosts, however fast those change: one command of a host at a time, and the last way wins.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, hostSpec } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { createAgent } from "./peer.ts";
import { memoryPair } from "../transports/memory/mod.ts";
import type { Carrier } from "./plugin/carrier.ts";

test(
  "a host whose way changes twice while its first command ends is started once, in the last way",
  cleanly(async (make) => {
    const ending = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const opened: string[] = [];
    const world = make({
      hosts: ["web"],
      transport: {
        open({ settings: { cmd = [] } }): Carrier {
          opened.push(cmd[1] ?? "");
          running += 1;
          most = Math.max(most, running);
          const [here, there] = memoryPair();
          createAgent({
            plugins: [],
            uplink: there,
            closed: () => undefined,
            limits: {},
            agent: { version: "test", runtime: "test", pid: 1 },
            debug: () => undefined,
          }).start();
          return {
            start: (handlers) => here.start(handlers),
            write: (parts) => here.write(parts),
            async close() {
              await here.close();
              await ending.promise;
              running -= 1;
            },
          };
        },
      },
    });
    const by = (word: string) => ({ hosts: [{ ...hostSpec("web", 0), settings: { cmd: ["go", word] } }], routes: [] });
    await world.manager.apply(by("first"));
    await world.settled();
    await world.manager.apply(by("second"));
    await world.manager.apply(by("third"));
    await new Promise((resolve) => setImmediate(resolve));
    ending.resolve();
    await waitFor(() => world.state("web").session === 2 && world.state("web").phase === "ready", { what: "web", everyMs: 1 });
    assert.deepEqual(opened, ["first", "third"]);
    assert.equal(most, 1);
    assert.ok(!world.events.some((event) => event.type === "link.closed" && event.failure.code === "internal"));
  }),
);
