// The agent's own carrier, in a child process as it is used, and over streams that break.

import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { conformTransport } from "../../conformance/transport.ts";
import { type CarrierEnd, withLimits } from "../../core/mod.ts";
import { farProcess } from "../../tests/support/far_process.ts";
import { processCarrier } from "../support/process_carrier.ts";
import { stdioCarrier } from "./mod.ts";

const limits = withLimits({ stopMs: 300 });

conformTransport("stdio", () => {
  const { argv, leftOver } = farProcess("stdio");
  const open = (far: Parameters<typeof argv>[0]) => processCarrier({ argv: argv(far), limits, debug: () => undefined });
  return { open, hasProcess: true, hasPressure: true, leftOver, closeMs: 10_000 };
});

/** A carrier over streams of this process. */
function overStreams(output: Writable = new PassThrough(), stopMs = 50) {
  const input = new PassThrough();
  const ends: CarrierEnd[] = [];
  const chunks: Uint8Array[] = [];
  const carrier = stdioCarrier({ stopMs }, { input, output });
  carrier.start({ data: (chunk) => void chunks.push(chunk), drain: () => undefined, closed: (end) => void ends.push(end) });
  const ended = () => waitFor(() => ends.length > 0, { what: "the end", everyMs: 1 });
  return { carrier, input, output, ends, chunks, ended };
}

test("the end of input is the end of the carrier, in order", async () => {
  const { input, ends, chunks, ended, carrier } = overStreams();
  input.end(Uint8Array.of(1, 2));
  await ended();
  assert.deepEqual([Buffer.concat(chunks), ends], [Buffer.of(1, 2), [{ stderr: [] }]]);
  await carrier.close();
  assert.equal(ends.length, 1);
});

test("a broken half is a manager that is gone", async () => {
  for (const half of ["input", "output"] as const) {
    const made = overStreams();
    made[half].destroy(new Error("EPIPE"));
    await made.ended();
    assert.equal(made.ends[0]?.error?.code, "manager-gone", half);
    await made.carrier.close();
    assert.equal(made.ends.length, 1);
  }
});

test("close writes out what waits", async () => {
  const written: Buffer[] = [];
  const slow = new Writable({
    write(chunk: Buffer, _, done) {
      written.push(chunk);
      setImmediate(done);
    },
  });
  const { carrier, ends } = overStreams(slow, 5000);
  carrier.write([Uint8Array.of(1), Uint8Array.of(2)]);
  carrier.write([Uint8Array.of(3)]);
  await carrier.close();
  assert.deepEqual(Buffer.concat(written), Buffer.of(1, 2, 3));
  assert.equal(ends.length, 1);
});

test("close does not wait for a manager that reads nothing", async () => {
  const stuck = new Writable({ write: () => undefined });
  const { carrier, ends } = overStreams(stuck);
  carrier.write([new Uint8Array(1_000_000)]);
  await carrier.close();
  assert.equal(ends.length, 1);
  assert.equal(stuck.destroyed, true);
});
