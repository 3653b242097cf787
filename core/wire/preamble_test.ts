// The preamble is found behind any banner, however it is split, and what stands there instead gets its name.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chunkSizes, cut } from "../../tests/support/arbitrary_frames.ts";
import type { ErrorCode } from "../errors.ts";
import { PREAMBLE_BYTES, PROTOCOL_VERSION, type PreambleFound, PreambleScanner, preambleOf, type Role } from "./preamble.ts";

const BANNER_BYTES = 64 * 1024;
const text = (value: string) => new TextEncoder().encode(value);

/** What a scanner finds in chunks; the rest includes the chunks after the find. */
function scan(chunks: readonly Uint8Array[], expected: Role = "agent"): PreambleFound | undefined {
  const scanner = new PreambleScanner(expected, BANNER_BYTES);
  for (const [at, chunk] of chunks.entries()) {
    const found = scanner.push(chunk);
    if (found) return { banner: found.banner, rest: Buffer.concat([found.rest, ...chunks.slice(at + 1)]) };
  }
  return undefined;
}

function refused(bytes: Uint8Array, code: ErrorCode, sizes: readonly number[] = [bytes.length]): void {
  assert.throws(() => scan(cut(bytes, sizes)), { name: "NoRouterError", code });
}

test("a banner before, frames behind and any split change nothing", () => {
  const bytes = fc.uint8Array({ maxLength: 400, size: "max" });
  const role = fc.constantFrom<Role>("manager", "agent");
  // 0x8a begins the magic; a banner with the letters alone is a case of its own below.
  const banner = bytes.map((noise) => noise.map((byte) => (byte === 0x4e ? 0x8a : byte)));
  fc.assert(
    fc.property(banner, bytes, chunkSizes, role, (before, after, sizes, from) => {
      const found = scan(cut(Buffer.concat([before, preambleOf(from), after]), sizes), from);
      assert.deepEqual(found && [...found.banner], [...before]);
      assert.deepEqual(found && [...found.rest], [...after]);
    }),
    { numRuns: 300 },
  );
});

test("a preamble that is cut short is not found yet and not refused", () => {
  const whole = preambleOf("agent");
  assert.equal(whole.length, PREAMBLE_BYTES);
  for (let length = 0; length < whole.length; length += 1) {
    const scanner = new PreambleScanner("agent", BANNER_BYTES);
    assert.equal(scanner.push(whole.subarray(0, length)), undefined);
    assert.deepEqual([...scanner.seen], [...whole.subarray(0, length)]);
    assert.equal(scanner.push(whole.subarray(length))?.rest.length, 0);
  }
});

test("our own bytes sent back are an echo", () => {
  for (const sizes of [[1], [99]]) refused(preambleOf("manager"), "link-echo", sizes);
});

test("another protocol version is a mismatch that names both", () => {
  const bytes = preambleOf("agent");
  bytes[PREAMBLE_BYTES - 2] = 9;
  assert.throws(() => scan([bytes]), { code: "protocol-mismatch", message: new RegExp(`9.*${PROTOCOL_VERSION}`) });
});

test("line ends that a terminal changed are a terminal in the path, also behind a banner that holds the letters", () => {
  const replaced = (from: string, to: string) =>
    Uint8Array.from(Buffer.from(Buffer.from(preambleOf("agent")).toString("latin1").replaceAll(from, to), "latin1"));
  const mangled = { onlcr: replaced("\n", "\r\n"), icrnl: replaced("\r", "\n") };
  for (const bytes of Object.values(mangled)) {
    for (const sizes of [[1], [5], [99]]) {
      refused(bytes, "terminal-in-path", sizes);
      refused(Buffer.concat([text("Welcome to NORTHWIND\r\n"), bytes]), "terminal-in-path", sizes);
    }
  }
});

test("a banner that holds the letters is skipped", () => {
  for (const line of ["NORTHWIND Traders\r\n", "this is NORT\n", "this is NORT\r\nand more text"]) {
    assert.equal(new TextDecoder().decode(scan([text(line), preambleOf("agent")])?.banner), line);
  }
});

test("64 KiB of banner are skipped; one byte more is not an agent, whatever the split", () => {
  const banner = (length: number) => new Uint8Array(length).fill(0x78);
  for (const sizes of [[1024], [BANNER_BYTES], [200_000]]) {
    const longest = Buffer.concat([banner(BANNER_BYTES), preambleOf("agent")]);
    assert.equal(scan(cut(longest, sizes))?.banner.length, BANNER_BYTES, `in chunks of ${sizes}`);
    refused(Buffer.concat([banner(BANNER_BYTES + 1), preambleOf("agent")]), "not-an-agent", sizes);
    refused(banner(BANNER_BYTES + PREAMBLE_BYTES + 1), "not-an-agent", sizes);
  }
});

test("another program's output is never taken for a preamble", () => {
  const lines = ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.9\r\n", "bash: norouter: command not found\n"];
  for (const line of lines) {
    assert.equal(scan([text(line)]), undefined);
    refused(text(line.repeat(5000)), "not-an-agent", [4096]);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000, size: "max" }), chunkSizes, (noise, sizes) => {
      assert.equal(scan(cut(noise, sizes)), undefined);
    }),
  );
});
