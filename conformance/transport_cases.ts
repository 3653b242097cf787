// What any carrier has to do, as plain data: no test runner, so that others can run it on theirs.

import assert from "node:assert/strict";
import type { Carrier, CarrierEnd } from "../core/plugin/carrier.ts";
import { pseudoRandomBytes } from "./support/pseudo_random.ts";
import { waitFor } from "./support/wait.ts";

/**
 * What the far end does: sends back what it gets; reads nothing; or, at the first byte, writes `bye`, says
 * `last words` on standard error and leaves with exit code 7.
 */
export type FarEnd = "echo" | "deaf" | "leave";

/** What the cases run on. */
export interface TransportSubject {
  /** A carrier that was not started, with such a far end. */
  open(far: FarEnd): Carrier | Promise<Carrier>;
  /** Whether there is a process behind the carrier, whose exit code and standard error are told. */
  readonly hasProcess: boolean;
  /** Whether the carrier says when it is full. */
  readonly hasPressure: boolean;
  /** Processes that are left of it. */
  leftOver(): number;
  /** Milliseconds in which `close` has to end a far end that does nothing. */
  readonly closeMs: number;
}

/** One case. */
export interface TransportCase {
  readonly name: string;
  run(subject: TransportSubject): Promise<void>;
}

interface Near {
  readonly carrier: Carrier;
  readonly chunks: Uint8Array[];
  readonly ends: CarrierEnd[];
  drains: number;
  length(): number;
}

async function started(subject: TransportSubject, far: FarEnd): Promise<Near> {
  const carrier = await subject.open(far);
  const near: Near = {
    carrier,
    chunks: [],
    ends: [],
    drains: 0,
    length: () => near.chunks.reduce((sum, { length }) => sum + length, 0),
  };
  carrier.start({
    data: (chunk) => void near.chunks.push(chunk),
    drain: () => {
      near.drains += 1;
    },
    closed: (end) => void near.ends.push(end),
  });
  return near;
}

/** Writes parts one after the other, waiting for a drain when the carrier is full. */
async function writeAll(near: Near, parts: readonly (readonly Uint8Array[])[]): Promise<void> {
  for (const part of parts) {
    const { drains } = near;
    if (!near.carrier.write(part)) await waitFor(() => near.drains > drains, { what: "a drain", timeoutMs: 30_000, everyMs: 1 });
  }
}

const arrives = (near: Near, length: number) =>
  waitFor(() => near.length() >= length, { what: `${length} bytes to come back`, timeoutMs: 60_000, everyMs: 2 });

async function closes(subject: TransportSubject, near: Near): Promise<void> {
  await near.carrier.close();
  assert.equal(near.ends.length, 1, "closed was not called exactly once");
  assert.equal(subject.leftOver(), 0, "a process is left over");
}

/** Cuts bytes into writes of one to three parts, of sizes from one byte to 96 KiB. */
function writesOf(bytes: Uint8Array): Uint8Array[][] {
  const sizes = [1, 7, 100, 4096, 16, 65_536, 32_784, 1500, 98_304, 512];
  const writes: Uint8Array[][] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const parts: Uint8Array[] = [];
    for (let part = 0; part <= turn % 3 && at < bytes.length; part += 1) {
      const size = sizes[(turn + part * 3) % sizes.length] as number;
      parts.push(bytes.subarray(at, at + size));
      at += size;
    }
    writes.push(parts);
  }
  return writes;
}

/** Closes whatever a case started, also when it fails. */
function closing(
  body: (subject: TransportSubject, start: (far: FarEnd) => Promise<Near>) => Promise<void>,
): TransportCase["run"] {
  return async (subject) => {
    const open: Near[] = [];
    try {
      await body(subject, async (far) => {
        const near = await started(subject, far);
        open.push(near);
        return near;
      });
    } finally {
      await Promise.all(open.map(({ carrier }) => carrier.close()));
    }
  };
}

/** The cases. */
export const transportCases: readonly TransportCase[] = [
  {
    name: "bytes of every value pass both ways unchanged",
    run: closing(async (subject, start) => {
      const near = await start("echo");
      const every = Uint8Array.from({ length: 256 }, (_, value) => value);
      const tricky = new TextEncoder().encode("\r\n\n\r\0\u001b[31m\u0003\u0004\u001a~.\r~?");
      const sent = Buffer.concat([every, tricky, every.toReversed(), Uint8Array.of(0xff, 0xff, 0x0d, 0x0a, 0)]);
      near.carrier.write([sent]);
      await arrives(near, sent.length);
      assert.deepEqual(Buffer.concat(near.chunks), sent);
      await closes(subject, near);
    }),
  },
  {
    name: "8 MiB of random bytes pass both ways at once, in writes of many sizes",
    run: closing(async (subject, start) => {
      const near = await start("echo");
      const sent = pseudoRandomBytes(7, 8 * 1024 * 1024);
      await writeAll(near, writesOf(sent));
      await arrives(near, sent.length);
      assert.ok(Buffer.concat(near.chunks).equals(sent), "the bytes differ");
      await closes(subject, near);
    }),
  },
  {
    name: "a full carrier says so, and drains when there is room",
    run: closing(async (subject, start) => {
      if (!subject.hasPressure) return;
      const near = await start("echo");
      let sent = 0;
      const piece = new Uint8Array(64 * 1024);
      for (let full = false; !full; sent += piece.length) {
        assert.ok(sent < 256 * 1024 * 1024, "the carrier is never full");
        full = !near.carrier.write([piece]);
      }
      await waitFor(() => near.drains > 0, { what: "a drain", timeoutMs: 30_000, everyMs: 1 });
      await arrives(near, sent);
      await closes(subject, near);
    }),
  },
  {
    name: "a far end that never reads does not block this process, and is ended by close",
    run: closing(async (subject, start) => {
      const near = await start("deaf");
      const began = performance.now();
      for (let at = 0; at < 64; at += 1) near.carrier.write([new Uint8Array(256 * 1024)]);
      await new Promise((resolve) => setTimeout(resolve, 1));
      assert.ok(performance.now() - began < 5000, "writes blocked");
      const closing = performance.now();
      await closes(subject, near);
      assert.ok(performance.now() - closing < subject.closeMs, `close took ${performance.now() - closing} ms`);
    }),
  },
  {
    name: "a far end that leaves: all it wrote arrives first, then closed once, with what is known of its end",
    run: closing(async (subject, start) => {
      const near = await start("leave");
      near.carrier.write([Uint8Array.of(1)]);
      await waitFor(() => near.ends.length > 0, { what: "the end", timeoutMs: 30_000 });
      assert.equal(Buffer.concat(near.chunks).toString(), "bye");
      const [end] = near.ends as [CarrierEnd];
      assert.equal(end.error, undefined);
      assert.deepEqual([end.exitCode, end.signal], [subject.hasProcess ? 7 : undefined, undefined]);
      // A tool may say something of its own after that.
      assert.ok(!subject.hasProcess || end.stderr.includes("last words"), `standard error is ${JSON.stringify(end.stderr)}`);
      await closes(subject, near);
    }),
  },
  {
    name: "writes after the end are dropped without a throw",
    run: closing(async (subject, start) => {
      const near = await start("leave");
      near.carrier.write([Uint8Array.of(1)]);
      for (let at = 0; at < 50; at += 1) near.carrier.write([new Uint8Array(65_536)]);
      await waitFor(() => near.ends.length > 0, { what: "the end", timeoutMs: 30_000 });
      for (let at = 0; at < 10; at += 1) near.carrier.write([Uint8Array.of(2), Uint8Array.of(3)]);
      await closes(subject, near);
      near.carrier.write([Uint8Array.of(4)]);
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(near.ends.length, 1);
    }),
  },
  {
    name: "close right after start, twice and at once, resolves and leaves nothing",
    run: closing(async (subject, start) => {
      const near = await start("echo");
      near.carrier.write([Uint8Array.of(1)]);
      await Promise.all([near.carrier.close(), near.carrier.close()]);
      await closes(subject, near);
    }),
  },
];
