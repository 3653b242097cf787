// An agent that is killed takes down its own host's connections and nothing else, and its host comes back.
import assert from "node:assert/strict";
import process from "node:process";
import { after, describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { needs } from "../support/engines.ts";
import { agentOf, failuresIn, lazy, startLab, vip } from "../support/lab.ts";

const PORT = 7021;
const HELD = 10;
const TO_DEAD = { host: vip(2), port: PORT };

const lab = lazy(() => startLab({ names: ["one", "two", "three"], web: "none", ports: [`${PORT}:127.0.0.1:${PORT}`] }));

let killedAt = 0;

describe("an agent is killed", { skip: needs("userns") }, () => {
  after(() => lab.stop());

  test("its connections are reset on both sides, the other hosts answer throughout", { timeout: 120_000 }, async () => {
    const { probe, host, network } = await lab.get();
    for (const n of [1, 2, 3]) await probe(n).run("serveWitness", { port: PORT });
    await probe(1).run("hold", TO_DEAD, HELD);
    await probe(2).run("hold", { host: vip(3), port: PORT }, HELD);
    await probe(1).run("startAsking", [
      { host: vip(3), port: PORT },
      { host: vip(1), port: PORT },
    ]);
    await probe(3).run("startAsking", [{ host: vip(1), port: PORT }]);
    const both = [probe(1), probe(3)];
    const further = async (by: number) => {
      const targets = (await Promise.all(both.map((one) => one.run("answered")))).map((count) => count + by);
      await waitFor(
        async () => (await Promise.all(both.map((one) => one.run("answered")))).every((n, i) => n >= (targets[i] ?? 0)),
        {
          what: "more answers",
        },
      );
    };
    await further(50);
    killedAt = Date.now();
    process.kill(agentOf(network, host(2)).pid, "SIGKILL");
    const ends = await waitFor(
      async () => {
        const seen = await probe(1).run("heldEnds");
        return seen.length === HELD && seen;
      },
      { what: "the clients of the dead host to be reset" },
    );
    assert.deepEqual(new Set(ends.map(({ code }) => code)), new Set(["ECONNRESET"]));
    const resets = async () => (await probe(3).run("seenBy", PORT)).notes.filter((note) => note === "ECONNRESET").length;
    await waitFor(async () => (await resets()) === HELD, { what: "the servers of the dead host's clients to be reset" });
    console.log(`# all ${HELD} clients were reset ${Math.max(...ends.map(({ at }) => at)) - killedAt} ms after the kill`);
    await further(50);
    for (const one of both) {
      const { answered, failures } = await one.run("stopAsking");
      assert.deepEqual(failures, []);
      assert.ok(answered > 100);
    }
  });

  test("the log says which host, how, and no other", { timeout: 60_000 }, async () => {
    const { network } = await lab.get();
    const closed = await network.event("link.closed");
    const { failure } = closed as unknown as { failure: { code: string; signal?: string } };
    assert.deepEqual([closed.host, failure.code, failure.signal], [2, "link-closed", "SIGKILL"]);
    assert.equal(failuresIn(network).length, 1);
  });

  test("it comes back by itself: others reach it, and it reaches them", { timeout: 60_000 }, async () => {
    const { probe, network } = await lab.get();
    await network.event("host.ready", ({ host, at }) => host === 2 && Number(at) > killedAt);
    for (const from of [1, 3]) assert.equal(await probe(from).run("echoAllAtOnce", TO_DEAD, HELD), HELD);
    assert.equal(await probe(2).run("echoAllAtOnce", { host: vip(1), port: PORT }, HELD), HELD);
  });
});
