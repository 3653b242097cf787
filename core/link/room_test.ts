// What a host may add to its own link while that does not drain.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { NoRouterError } from "../errors.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { Carrier, CarrierHandlers } from "../plugin/carrier.ts";
import { KIND, MANAGER, makeFrame } from "../wire/frame.ts";
import { preambleOf } from "../wire/preamble.ts";
import { Link } from "./link.ts";

const HOST = 5;
const LINK_BYTES = 64 * 1024;

/** A link of host 5 whose carrier is full after the preamble and again after each write; and how often it had room again. */
function narrow() {
  let carried: CarrierHandlers | undefined;
  let writes = 0;
  let drained = 0;
  const carrier: Carrier = {
    start: (handlers) => {
      carried = handlers;
    },
    write: () => {
      writes += 1;
      return writes === 1;
    },
    close: async () => carried?.closed({ stderr: [] }),
  };
  const link = new Link(
    carrier,
    "agent",
    MANAGER,
    { ...DEFAULT_LIMITS, linkBytes: LINK_BYTES },
    {
      opened: () => undefined,
      frame: () => undefined,
      drained: () => {
        drained += 1;
      },
      closed: () => undefined,
    },
  );
  link.assign(HOST);
  link.start();
  carried?.data(preambleOf("manager"));
  return { link, drain: () => carried?.drain(), writes: () => writes, drained: () => drained };
}

test("a busy stream adds no more than the bound, a quiet one still a frame, and room is told of", async () => {
  const { link, drain, writes, drained } = narrow();
  const flow = (stream: number) => ({ source: HOST, destination: 7, flags: 0, stream });
  const add = (stream: number) => link.send(makeFrame({ ...flow(stream), kind: KIND.data }, new Uint8Array(30_000)));
  add(1);
  await waitFor(() => writes() > 1, { what: "the carrier to be full", everyMs: 1 });
  let added = 0;
  for (; link.room(flow(1)) && added < 100; added += 1) add(1);
  assert.equal(added, 3, "until 64 KiB wait");
  assert.ok(link.room(flow(2)));
  for (let stream = 2; stream < 100 && link.room(flow(stream)); stream += 1) add(stream);
  assert.ok(link.waiting.queued < 9 * LINK_BYTES, `${link.waiting.queued} bytes wait`);
  const before = drained();
  for (let drains = 0; drained() === before && drains < 20; drains += 1) drain();
  assert.ok(drained() > before && link.room(flow(1)));
  await link.close(new NoRouterError("link-closed"));
});
