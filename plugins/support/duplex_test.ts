// Streams as Duplex: bytes, half-close, resets and back-pressure, over two joined muxes.

import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { joinMuxes } from "../../conformance/mux_pair.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { NoRouterError, type Stream } from "../../core/mod.ts";
import { duplexOf } from "./duplex.ts";

/** A stream with a Duplex at each end, and what keeps frames moving. */
function joined() {
  const pair = joinMuxes();
  const near = pair.left.mux.open(2, { kind: "published", port: 80 });
  pair.settle();
  const far = pair.right.arrived.pop() ?? assert.fail("no stream arrived");
  const until = <T>(condition: () => T, what: string) =>
    waitFor(
      () => {
        pair.settle();
        return condition();
      },
      { what, everyMs: 1 },
    );
  return { near: duplexOf(near), far, pair, until };
}

function heard(duplex: Duplex): { text: string; ended: boolean; error: unknown } {
  const state = { text: "", ended: false, error: undefined as unknown };
  duplex.on("data", (chunk: Uint8Array) => {
    state.text += Buffer.from(chunk).toString();
  });
  duplex.on("end", () => {
    state.ended = true;
  });
  duplex.on("error", (error) => {
    state.error = error;
  });
  return state;
}

const accepted = (far: Stream) => {
  far.accept();
  return duplexOf(far);
};

test("bytes pass both ways, and each side ends by itself", async () => {
  const { near, far, until } = joined();
  let connected = false;
  near.on("connect", () => {
    connected = true;
  });
  const here = heard(near);
  near.end("question");
  const other = accepted(far);
  const there = heard(other);
  await until(() => there.ended, "the far side's end");
  assert.deepEqual([connected, there.text, here.ended], [true, "question", false]);
  other.end("answer");
  await until(() => here.ended, "the near side's end");
  assert.equal(here.text, "answer");
});

test("a refusal destroys it with the code and the sentence", async () => {
  const { near, far, until } = joined();
  const here = heard(near);
  far.reset("refused", "Target 127.0.0.1:80 refused the connection");
  await until(() => here.error, "the error");
  assert.ok(here.error instanceof NoRouterError);
  assert.deepEqual([here.error.code, here.error.message], ["refused", "Target 127.0.0.1:80 refused the connection"]);
});

test("destroying it resets the stream", async () => {
  const { near, far, pair, until } = joined();
  const other = heard(accepted(far));
  near.destroy();
  await until(() => other.error, "the reset");
  assert.equal(pair.left.mux.size, 0);
  await until(() => pair.right.mux.size === 0, "the far side to forget");
});

test("a reader that does not read stops the writer within the window", async () => {
  const { near, far, pair, until } = joined();
  const other = accepted(far);
  pair.settle();
  let taken = 0;
  const piece = new Uint8Array(64 * 1024);
  await until(() => {
    if (near.writableNeedDrain) return true;
    near.write(piece);
    taken += piece.length;
    return taken > 64 * 1024 * 1024;
  }, "the writer to stop");
  assert.ok(taken < 16 * 1024 * 1024, `${taken} bytes were taken`);
  let got = 0;
  other.on("data", (chunk: Uint8Array) => {
    got += chunk.length;
  });
  near.end();
  await until(() => got === taken, "every byte");
});
