// A session finds the preamble however it is cut, and hands on everything else as it comes.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Carrier, CarrierHandlers } from "../plugin/carrier.ts";
import { preambleOf } from "../wire/preamble.ts";
import { Session } from "./session.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** A manager's session over a carrier of the test's own, and all that it was told. */
function started(heard: (chunk: Uint8Array) => void = () => undefined) {
  const calls: string[] = [];
  const written: Uint8Array[] = [];
  let carried: CarrierHandlers | undefined;
  const carrier: Carrier = {
    start: (handlers) => {
      carried = handlers;
    },
    write: (parts) => {
      written.push(...parts);
      return false;
    },
    close: async () => Promise.reject(new Error("cannot")),
  };
  const session = new Session(carrier, "manager", 1024, {
    opened: () => void calls.push("opened"),
    data: (chunk) => {
      calls.push(`data ${new TextDecoder().decode(chunk)}`);
      heard(chunk);
    },
    failed: (thrown) => void calls.push(`failed ${(thrown as Error).message}`),
    drain: () => void calls.push("drain"),
    closed: () => void calls.push("closed"),
  });
  session.start();
  return { session, calls, written, carrier: carried ?? assert.fail("the carrier was not started") };
}

test("its own preamble goes first; what follows the other's is handed on, and so are drain and end", () => {
  const { session, calls, written, carrier } = started();
  assert.deepEqual(written, [preambleOf("manager")]);
  const preamble = preambleOf("agent");
  for (const chunk of [text("Welcome\r\n"), preamble.subarray(0, 5)]) carrier.data(chunk);
  assert.equal(session.opened, false);
  assert.match(session.banner, /^Welcome/);
  carrier.data(Uint8Array.of(...preamble.subarray(5), ...text("a")));
  carrier.data(text("b"));
  assert.equal(session.banner, "Welcome\r\n");
  assert.equal(session.write([text("c")]), false, "what the carrier says");
  carrier.drain();
  carrier.closed({ stderr: [] });
  assert.deepEqual(calls, ["opened", "data a", "data b", "drain", "closed"]);
});

test("what is no preamble fails, and so does what a handler throws; a carrier that cannot be closed is given up", async () => {
  const wrong = started();
  wrong.carrier.data(preambleOf("manager"));
  assert.match(wrong.calls.join(), /^failed /);
  const { session, calls, carrier } = started(() => {
    throw new Error("bug");
  });
  carrier.data(preambleOf("agent"));
  assert.deepEqual(calls, ["opened", "data ", "failed bug"]);
  await session.close();
});
