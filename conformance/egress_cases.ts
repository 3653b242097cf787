// What any egress has to do, as plain data: no test runner, so that others can run it on theirs.

import assert from "node:assert/strict";
import type { HostPart } from "../core/plugin/plugin.ts";
import type { Target } from "../core/wire/payload.ts";
import type { Case } from "./case.ts";
import { type EgressStream, type LoneEgress, loneEgress } from "./lone_egress.ts";
import type { ShownHost } from "./lone_host.ts";
import { pseudoRandomBytes } from "./support/pseudo_random.ts";

/** What the cases run on. */
export interface EgressSubject {
  /** What runs on hosts; its first egress is tried. */
  readonly part: HostPart;
  /** The hosts of its network, the first of which is its own, with the settings of its keys; default: one host. */
  readonly hosts?: readonly ShownHost[];
  /** A target that it claims, behind which every byte comes back, and the end after them. Absent: there is none. */
  readonly echo?: Target;
  /** A target that it claims and that cannot be reached. */
  readonly refused?: Target;
  /** It claims whatever it is asked: nothing that is unknown to it is passed on. */
  readonly claimsAll?: boolean;
  /** How long each thing may take, in milliseconds; default: that of every wait, ten seconds. */
  readonly patienceMs?: number;
}

/** One case. */
export type EgressCase = Case<EgressSubject>;

/** Targets that no egress can know. */
const UNKNOWN: readonly Target[] = [
  { kind: "service", name: "no-such-service-anywhere", port: 1 },
  { kind: "published", port: 80, protocol: "udp" },
  { kind: "address", host: "192.0.2.1", port: 80, protocol: "udp" },
];
const MEBIBYTE = 1024 * 1024;
/** What may be on its way, in the egress and in the system's buffers, while nobody reads. */
const MOST_HELD = 64 * MEBIBYTE;
/** A sender that could not write at so many looks, a millisecond apart, is stopped. */
const LOOKS = 50;

/** Why a case that needs `echo` is left out without it. */
export const WITHOUT_ECHO = "no target is known that sends every byte back";

const needsEcho = ({ echo }: EgressSubject) => (echo === undefined ? WITHOUT_ECHO : undefined);

/** The body of a case; the egress is stopped at its end, however it ends. */
function cleanly(body: (lone: LoneEgress, echo: Target, subject: EgressSubject) => Promise<void>): EgressCase["run"] {
  return async (subject) => {
    const { part, hosts = [{}], echo = { kind: "published", port: 1 }, patienceMs } = subject;
    const lone = loneEgress(part, hosts, patienceMs);
    try {
      await body(lone, echo, subject);
    } finally {
      lone.lose();
      await lone.egress.stop();
    }
  };
}

const answers = ({ got }: EgressStream) => got.calls.filter((call) => call === "accepted" || call.startsWith("reset ")).length;

/** Every byte and the end come back, and nothing is left of the stream. */
async function echoes(lone: LoneEgress, one: EgressStream, bytes: Uint8Array): Promise<void> {
  const { stream, got } = one;
  let at = 0;
  const piece = 64 * 1024;
  await lone.until(() => {
    while (at < bytes.length && !stream.closed) {
      const more = stream.write(bytes.subarray(at, at + piece));
      at += piece;
      if (!more) break;
    }
    return at >= bytes.length || got.error;
  }, "all bytes to be taken");
  stream.end();
  await lone.until(() => got.ended || got.error, "the end to come back");
  assert.equal(got.error, undefined);
  assert.ok(got.bytes.equals(bytes), "what came back is not what was sent");
  assert.equal(answers(one), 1, `the stream was answered as follows: ${got.calls.join(", ")}`);
}

/** The cases. */
export const egressCases: readonly EgressCase[] = [
  {
    name: "it says at once of every target whether it is its own, and does nothing",
    run: cleanly(async ({ egress }, _, { echo, refused, claimsAll }) => {
      for (const target of [echo, refused]) if (target) assert.equal(egress.claims(target), true, JSON.stringify(target));
      for (const target of UNKNOWN) {
        const said: unknown = egress.claims(target);
        assert.equal(typeof said, "boolean", `${JSON.stringify(target)} is answered with ${String(said)}`);
        if (!claimsAll) assert.equal(said, false, `${JSON.stringify(target)} is claimed`);
      }
    }),
  },
  {
    name: "what it claims and does not know is reset with a code and a sentence",
    run: cleanly(async (lone) => {
      for (const target of UNKNOWN.filter((one) => lone.egress.claims(one))) {
        const one = lone.open(target);
        await lone.until(() => one.got.error, `the answer to ${JSON.stringify(target)}`);
        assert.equal(answers(one), 1);
      }
    }),
  },
  {
    name: "a stream is accepted once, every byte and the end come back, and nothing is left of it",
    leftOut: needsEcho,
    run: cleanly(async (lone, echo) => {
      await echoes(lone, lone.open(echo), pseudoRandomBytes(3, MEBIBYTE));
      await lone.until(() => lone.streams() === 0, "the stream to be over at both ends");
    }),
  },
  {
    name: "what is sent before it has answered, the end too, comes back",
    leftOut: needsEcho,
    run: cleanly(async (lone, echo) => {
      const bytes = pseudoRandomBytes(4, 1000);
      const one = lone.open(echo, (stream) => {
        stream.write(bytes);
        stream.end();
      });
      await lone.until(() => one.got.ended || one.got.error, "the end to come back");
      assert.equal(one.got.error, undefined);
      assert.ok(one.got.bytes.equals(bytes), "what came back is not what was sent");
    }),
  },
  {
    name: "a reader that takes nothing stops its sender, not its neighbour, and gets all once it reads",
    leftOut: needsEcho,
    run: cleanly(async (lone, echo) => {
      const { stream, got } = lone.open(echo);
      got.taking = false;
      let [sent, drains, looks] = [0, -1, 0];
      const piece = pseudoRandomBytes(5, 64 * 1024);
      const isStopped = () => {
        const now = got.calls.filter((call) => call === "drain").length;
        looks = now === drains ? looks + 1 : 0;
        for (let more = now !== drains; more; sent += piece.length) more = stream.write(piece);
        drains = now;
        assert.ok(sent < MOST_HELD, `${sent} bytes were taken for a reader that takes none`);
        return looks >= LOOKS;
      };
      await lone.until(isStopped, "the sender to be stopped");
      await echoes(lone, lone.open(echo), pseudoRandomBytes(6, 1000));
      got.taking = true;
      stream.end();
      await lone.until(() => {
        stream.resume();
        return got.ended || got.error;
      }, "the rest");
      assert.equal(got.error, undefined);
      assert.deepEqual(got.length, sent);
    }),
  },
  {
    name: "fifty streams at once are each answered once",
    leftOut: needsEcho,
    run: cleanly(async (lone, echo) => {
      const all = Array.from({ length: 50 }, () => lone.open(echo));
      await Promise.all(all.map((one, at) => echoes(lone, one, pseudoRandomBytes(at + 10, 5000))));
      await lone.until(() => lone.streams() === 0, "the streams to be over");
    }),
  },
  {
    name: "a stream that its opener resets, before or after the answer, is let go, and the next one is served",
    leftOut: needsEcho,
    run: cleanly(async (lone, echo) => {
      lone.open(echo).stream.reset("reset");
      const { stream, got } = lone.open(echo);
      stream.write(Uint8Array.of(1, 2, 3));
      await lone.until(() => got.length === 3 || got.error, "the echo");
      stream.reset("reset");
      await lone.until(() => lone.streams() === 0, "the streams to be over");
      await echoes(lone, lone.open(echo), Uint8Array.of(1));
    }),
  },
  {
    name: "a target that cannot be reached is one reset, with a code and a sentence",
    leftOut: ({ refused }) => (refused === undefined ? "no target is known that cannot be reached" : undefined),
    run: cleanly(async (lone, _, { refused }) => {
      const one = lone.open(refused ?? assert.fail("the case was not left out"));
      await lone.until(() => one.got.error ?? one.got.ended, "the answer");
      assert.ok(one.got.error, "the stream was not reset");
      assert.ok(one.got.error.message.trim().length > 0);
      assert.equal(answers(one), 1, `the stream was answered as follows: ${one.got.calls.join(", ")}`);
      await lone.until(() => lone.streams() === 0, "the stream to be over");
    }),
  },
  {
    name: "it stops twice, with streams that are open and that wait for an answer; nothing is left once the link is gone",
    run: cleanly(async (lone, _, { echo, refused }) => {
      const targets = [echo, refused].filter((target) => target !== undefined);
      const all = targets.map((target) => lone.open(target));
      await Promise.all([lone.egress.stop(), lone.egress.stop()]);
      await lone.until(() => all.every((one) => answers(one) === 1), "every stream to be answered");
      lone.lose();
      await lone.until(() => lone.streams() === 0, "the streams to be over");
      await lone.egress.stop();
    }),
  },
];
