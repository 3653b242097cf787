// Links follow the ways to their hosts, however fast those change: one command of a host at a time, and the last way wins.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanly, hostSpec } from "../conformance/in_process.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { memoryPair } from "../transports/memory/mod.ts";
import { createAgent } from "./peer.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { TransportRequest } from "./plugin/transport.ts";

/** A transport whose commands end when they may; `most` ran at once. */
function slowEnds() {
  const ending = Promise.withResolvers<void>();
  const slow = { opened: [] as string[], running: 0, most: 0, end: ending.resolve };
  const open = ({ settings: { cmd = [] } }: TransportRequest): Carrier => {
    slow.opened.push(cmd[1] ?? "");
    slow.running += 1;
    slow.most = Math.max(slow.most, slow.running);
    const [here, uplink] = memoryPair();
    const agent = { version: "test", runtime: "test", pid: 1 };
    createAgent({ plugins: [], uplink, closed: () => undefined, limits: {}, agent, debug: () => undefined }).start();
    return {
      start: (handlers) => here.start(handlers),
      write: (parts) => here.write(parts),
      async close() {
        await here.close();
        await ending.promise;
        slow.running -= 1;
      },
    };
  };
  return { slow, transport: { open } };
}

const by = (word: string) => ({ hosts: [{ ...hostSpec("web", 1), settings: { cmd: ["go", word] } }], routes: [] });
const turn = () => new Promise((resolve) => setImmediate(resolve));

test(
  "a host whose way changes twice while its first command ends is started once, in the last way",
  cleanly(async (make) => {
    const { slow, transport } = slowEnds();
    const { manager, state, settled, events } = make({ hosts: [], transport });
    await manager.apply(by("first"));
    await settled();
    await manager.apply(by("second"));
    await manager.apply(by("third"));
    await turn();
    slow.end();
    await waitFor(() => state("web").session === 2 && state("web").phase === "ready", { what: "web", everyMs: 1 });
    assert.deepEqual([slow.opened, slow.most], [["first", "third"], 1]);
    assert.ok(!events.some((event) => event.type === "link.closed" && event.failure.code === "internal"));
  }),
);

test(
  "a host that leaves and comes back is started when its command from before has ended",
  cleanly(async (make) => {
    const { slow, transport } = slowEnds();
    const { manager, state, settled } = make({ hosts: [], transport });
    await manager.apply(by("first"));
    await settled();
    await manager.apply({ hosts: [hostSpec("local", 0)], routes: [] });
    await manager.apply(by("second"));
    await turn();
    assert.deepEqual(slow.opened, ["first"]);
    slow.end();
    await waitFor(() => state("web").id === 3 && state("web").phase === "ready", { what: "web", everyMs: 1 });
    assert.deepEqual([slow.opened, slow.most], [["first", "second"], 1]);
  }),
);

test(
  "a transport that does not give up opening is not waited for, and its late carrier changes nothing",
  cleanly(async (make) => {
    const { slow, transport } = slowEnds();
    const late = Promise.withResolvers<void>();
    const open = async (request: TransportRequest) => {
      if (request.settings.cmd?.[1] === "first") await late.promise;
      return transport.open(request);
    };
    const { manager, state, events } = make({ hosts: [], transport: { open }, limits: { stopMs: 50 } });
    await manager.apply(by("first"));
    await manager.apply(by("second"));
    await waitFor(() => state("web").phase === "ready", { what: "web", everyMs: 1 });
    slow.end();
    late.resolve();
    await waitFor(() => slow.opened.length === 2 && slow.running === 1, { what: "the end of the late carrier", everyMs: 1 });
    await turn();
    assert.equal(state("web").phase, "ready");
    const types = events.flatMap((event) =>
      event.type.startsWith("link.") && "host" in event && event.host === state("web").id ? [event.type] : [],
    );
    assert.deepEqual(types, ["link.starting", "link.closed", "link.starting", "link.opened"]);
  }),
);
