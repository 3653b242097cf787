// The carrier in memory: the cases of all carriers, and what is special about it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { conformTransport } from "../../conformance/transport.ts";
import type { FarEnd } from "../../conformance/transport_cases.ts";
import type { Carrier, HostSettings, Transport } from "../../core/mod.ts";
import { registerPlugins } from "../../core/mod.ts";
import { memoryPair, memoryTransport } from "./mod.ts";

function serve(carrier: Carrier, far: FarEnd): void {
  if (far === "deaf") return;
  const data = (chunk: Uint8Array) => {
    carrier.write([far === "echo" ? chunk : new TextEncoder().encode("bye")]);
    if (far === "leave") void carrier.close();
  };
  carrier.start({ data, drain: () => undefined, closed: () => undefined });
}

conformTransport("memory", () => ({
  open(far) {
    const [near, there] = memoryPair();
    serve(there, far);
    return near;
  },
  hasProcess: false,
  hasPressure: false,
  leftOver: () => 0,
  closeMs: 1000,
}));

test("nothing arrives while its writer is still running, and what came before the start waits", async () => {
  const [left, right] = memoryPair();
  const got: number[] = [];
  left.write([Uint8Array.of(1)]);
  right.start({ data: (chunk) => void got.push(...chunk), drain: () => undefined, closed: () => undefined });
  left.write([Uint8Array.of(2), Uint8Array.of(3)]);
  assert.deepEqual(got, []);
  await waitFor(() => got.length === 3, { what: "the bytes", everyMs: 1 });
  assert.deepEqual(got, [1, 2, 3]);
});

test("both ends close, after what was written before; an end that was closed before its start says so then", async () => {
  const [left, right] = memoryPair();
  const calls: string[] = [];
  left.write([Uint8Array.of(1)]);
  await left.close();
  for (const [name, carrier] of [
    ["left", left],
    ["right", right],
  ] as const) {
    carrier.start({
      data: () => void calls.push(`${name} data`),
      drain: () => undefined,
      closed: () => void calls.push(`${name} closed`),
    });
  }
  await waitFor(() => calls.length === 3, { what: "both ends", everyMs: 1 });
  assert.deepEqual(calls, ["left closed", "right data", "right closed"]);
});

test("the transport claims hosts without a command and serves them in this process", async () => {
  const [transport] = registerPlugins([memoryTransport]).transports as [Transport];
  const claims = (settings: HostSettings) => transport.claims(settings);
  assert.deepEqual([claims({}), claims({ cmd: ["x"] })], [true, false]);
  assert.equal(transport.describe({}), "this process");
});
