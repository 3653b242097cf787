// Hosts come back by themselves: when they are started again, what others see meanwhile, and what stop ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cleanly, type InProcess, type InProcessOptions, type inProcess } from "../conformance/in_process.ts";
import { Recorder } from "../conformance/mux_pair.ts";
import { waitFor } from "../conformance/support/wait.ts";
import { memoryPair } from "../transports/memory/mod.ts";
import { type ErrorCode, NoRouterError } from "./errors.ts";
import type { NetworkEvent } from "./ledger/events.ts";
import { fold, type HostState } from "./ledger/network.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { TransportRequest } from "./plugin/transport.ts";

type Make = typeof inProcess;
const QUICK = { retryMs: 4, retryCapMs: 16, retryStuckMs: 40, retryStuckCapMs: 50, retryLeastMs: 1 } as const;
const LONGEST = () => 1;

/** A network of "local" and "web". */
async function started(make: Make, options: Partial<InProcessOptions> = {}): Promise<InProcess> {
  const world = make({ hosts: ["local", "web"], random: LONGEST, limits: QUICK, ...options });
  await world.start();
  await waitFor(() => world.state("local").phase === "ready", { what: "the local host", everyMs: 1 });
  return world;
}

function dial(world: InProcess, word = "hello"): Recorder {
  const stream = world.host("local").context.dial(world.state("web"), { kind: "published", port: 80 });
  const got = new Recorder();
  stream.attach(got);
  stream.write(new TextEncoder().encode(word));
  stream.end();
  return got;
}

const over = (got: Recorder) => waitFor(() => got.ended || got.error, { what: "the stream to end", everyMs: 1 });
const ofType = <T extends NetworkEvent["type"]>({ events }: InProcess, type: T) =>
  events.filter((event): event is NetworkEvent & { type: T } => event.type === type);
const inSession = (world: InProcess, session: number) =>
  waitFor(() => world.state("web").session === session && world.state("web").phase === "ready", {
    what: `session ${session}`,
    everyMs: 1,
  });

test(
  "which agent a transport chose, and why, is in the log, of the start that chose it alone",
  cleanly(async (make) => {
    const reasons: (string | undefined)[] = [`engine: no\n${"runtime ".repeat(100)}`, undefined];
    let end: () => void = () => undefined;
    const open = ({ serveHere, chosen }: Pick<TransportRequest, "serveHere" | "chosen">): Carrier => {
      const why = reasons.shift();
      if (why !== undefined) chosen(why);
      const [here, there] = memoryPair();
      serveHere(there);
      end = () => void there.close();
      return here;
    };
    const world = await started(make, { transport: { open } });
    await inSession(world, 1);
    end();
    await inSession(world, 2);
    const [first, second] = ofType(world, "link.opened")
      .filter(({ host }) => host === 2)
      .map(({ agent }) => agent?.chosen);
    assert.match(first ?? "", /^engine: no\ufffdruntime /);
    assert.equal(first?.length, 512);
    assert.equal(second, undefined);
  }),
);

/** A network whose second host, served here, fails to start so often; `end` ends its link. */
async function withFailing(make: Make, times: number, code: ErrorCode, options: Partial<InProcessOptions> = {}) {
  const control: { failures: number; end: () => void } = { failures: times, end: () => undefined };
  const told: (ErrorCode | undefined)[] = [];
  const open = ({ serveHere, failed }: { serveHere(carrier: Carrier): void; failed?: ErrorCode }): Carrier => {
    told.push(failed);
    if (control.failures-- > 0) throw new NoRouterError(code);
    const [here, there] = memoryPair();
    serveHere(there);
    control.end = () => void there.close();
    return here;
  };
  return Object.assign(await started(make, { transport: { open }, ...options }), { control, told });
}

test(
  "a host that fails is started again and again, each time later, and the log says when and why",
  cleanly(async (make) => {
    const world = await withFailing(make, 4, "agent-failed");
    await inSession(world, 1);
    assert.deepEqual(
      ofType(world, "link.retrying").map(({ host, attempt, delayMs, code, by }) => [host, attempt, delayMs, code, by]),
      [4, 8, 16, 16].map((delayMs, at) => [2, at + 1, delayMs, "agent-failed", "manager"]),
    );
    const types = world.events.filter((event) => "host" in event && event.host === 2).map(({ type }) => type);
    const round = ["link.starting", "link.closed", "link.retrying"];
    const joins = ["link.starting", "link.opened", "frontend.listening", "host.ready"];
    assert.deepEqual(types, ["host.admitted", ...round, ...round, ...round, ...round, ...joins]);
    assert.equal(world.state("web").retry, undefined);
    assert.deepEqual(world.told, [undefined, ...Array(4).fill("agent-failed")], "what the transport knows of the last try");
    assert.deepEqual(fold(world.events), world.manager.network, "the log is the whole truth");
  }),
);

test(
  "what does not mend by itself waits longer",
  cleanly(async (make) => {
    const world = await withFailing(make, 2, "agent-not-found");
    await inSession(world, 1);
    assert.deepEqual(
      ofType(world, "link.retrying").map(({ delayMs }) => delayMs),
      [40, 50],
    );
  }),
);

test(
  "a large agent that was sent in vain twice is sent again as seldom as what does not mend, until one is heard",
  cleanly(async (make) => {
    let end = (): void => undefined;
    const [script, engine, program] = [230_000, 500_000, 9_000_000];
    const sizes = [script, script, program, engine, program, script, engine, program];
    const open = ({ serveHere, progress }: Pick<TransportRequest, "serveHere" | "progress">): Carrier => {
      const size = sizes.shift();
      progress({ what: "sending agent", done: 0, total: size ?? 1 });
      if (size !== undefined && sizes.length !== 1) throw new NoRouterError("agent-failed");
      const [here, there] = memoryPair();
      serveHere(there);
      end = () => void there.close();
      return here;
    };
    const limits = { ...QUICK, retryMs: 1, retryCapMs: 1 };
    const world = await started(make, { transport: { open }, limits });
    await inSession(world, 1);
    end();
    await inSession(world, 2);
    const delays = ofType(world, "link.retrying").map(({ delayMs }) => delayMs);
    assert.deepEqual(delays, [1, 1, 1, 50, 50, 1, 1, 1]);
  }),
);

test(
  "a host that asks for a password is not tried again",
  cleanly(async (make) => {
    const world = await withFailing(make, 1, "password-wanted");
    await waitFor(() => world.state("web").phase === "failed", { what: "the failure", everyMs: 1 });
    assert.deepEqual([ofType(world, "link.retrying"), world.told], [[], [undefined]]);
  }),
);

test(
  "a link that was up for long enough begins the count anew, a shorter one does not",
  cleanly(async (make) => {
    for (const [stableMs, wanted] of [
      [0, [1, 1, 1]],
      [3_600_000, [1, 2, 3]],
    ] as const) {
      const world = await started(make, { limits: { ...QUICK, stableMs } });
      for (let session = 1; session <= 3; session += 1) {
        await inSession(world, session);
        await world.agents.get("web")?.stop();
      }
      await inSession(world, 4);
      assert.deepEqual(
        ofType(world, "link.retrying").map(({ attempt }) => attempt),
        wanted,
      );
    }
  }),
);

test(
  "streams end with the session on both sides; new ones go to the next, under numbers of its own",
  cleanly(async (make) => {
    const served: Recorder[] = [];
    const serve: InProcessOptions["serve"] = (stream, { self }) => {
      const got = new Recorder();
      served.push(got);
      stream.attach(got);
      stream.accept();
      stream.write(new TextEncoder().encode(self().name));
    };
    const world = await started(make, { serve });
    await inSession(world, 1);
    const [out, back] = [dial(world), new Recorder()];
    const { context } = world.host("web");
    context.dial(world.state("local"), { kind: "published", port: 80 }).attach(back);
    await waitFor(() => out.length > 0 && back.length > 0, { what: "both streams", everyMs: 1 });
    await world.agents.get("web")?.stop();
    for (const got of [out, back, ...served]) {
      await waitFor(() => got.error, { what: "the reset", everyMs: 1 });
      assert.equal(got.error?.code, "link-lost");
    }
    await inSession(world, 2);
    const next = dial(world);
    await waitFor(() => next.length > 0, { what: "an answer in the new session", everyMs: 1 });
    const stream = world.host("web").context.dial(world.state("local"), { kind: "published", port: 80 });
    assert.ok(stream.identity.id > 2 ** 22, "a number of the first session is used again");
  }),
);

test(
  "a connection to a host that is starting, or will be back, waits for it and is served whole",
  cleanly(async (make) => {
    const world = await withFailing(make, 3, "agent-failed");
    const first = dial(world, "first start");
    await inSession(world, 1);
    await over(first);
    assert.deepEqual([first.bytes.toString(), first.ended], ["first start", true]);
  }),
);

test(
  "connections that are made over and over while a host goes and comes are served or lost with the link, and none hangs",
  cleanly(async (make) => {
    const world = await started(make, { limits: { ...QUICK, stableMs: 0 } });
    for (let session = 1; session <= 5; session += 1) {
      await inSession(world, session);
      const web = () => world.host("local").context.network().hosts.get(2) as HostState;
      await waitFor(() => web().phase === "ready" && web().session === session, { what: "the news", everyMs: 1 });
      const before = Array.from({ length: 5 }, () => dial(world));
      const left = world.agents.get("web")?.stop();
      // A host may be back before anybody looks.
      const isOver = ({ phase, session: latest }: HostState) => phase !== "ready" || latest > session;
      await waitFor(() => isOver(web()), { what: "the end", everyMs: 1 });
      const after = Array.from({ length: 5 }, () => dial(world, `to session ${session + 1}`));
      await left;
      for (const got of [...before, ...after]) await over(got);
      assert.ok(before.every(({ error }) => error === undefined || error.code === "link-lost"));
      assert.deepEqual(
        after.map(({ bytes, error }) => [bytes.toString(), error]),
        after.map(() => [`to session ${session + 1}`, undefined]),
      );
    }
  }),
);

test(
  "a host served in the manager's process comes back, too, once it has left",
  cleanly(async (make) => {
    let release: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => {
      release = resolve;
    });
    const world = await withFailing(make, 0, "internal", { stopping: () => stopped });
    await inSession(world, 1);
    const first = world.host("web");
    world.control.end();
    await waitFor(() => ofType(world, "link.starting").length === 3, { what: "the next start", everyMs: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(world.host("web"), first, "it is back before it has left");
    release();
    await waitFor(() => world.host("web") !== first, { what: "the host to be back", everyMs: 1 });
    assert.equal(first.stopped, true, "two of them at once");
    await inSession(world, 2);
    await over(dial(world));
  }),
);

/** A carrier that stands still when it is told so, and takes its time to end. */
function slowCarrier(inner: Carrier) {
  const control = { frozen: false, ended: false, end: () => undefined as unknown };
  const over = new Promise<void>((resolve) => {
    control.end = resolve;
  });
  const carrier: Carrier = {
    start: (handlers) => inner.start({ ...handlers, data: (chunk) => control.frozen || handlers.data(chunk) }),
    write: (parts) => inner.write(parts),
    async close() {
      await over;
      control.ended = true;
      await inner.close();
    },
  };
  return { carrier, control };
}

test(
  "a link that is silent is over at once for everybody, but its host starts again, and stop ends, only when it is gone",
  cleanly(async (make) => {
    const made: ReturnType<typeof slowCarrier>[] = [];
    let together = false;
    const open = ({ serveHere }: { serveHere(carrier: Carrier): void }) => {
      together ||= made.some(({ control }) => !control.ended);
      const [here, there] = memoryPair();
      serveHere(there);
      made.push(slowCarrier(here));
      return made.at(-1)?.carrier as Carrier;
    };
    const world = await started(make, { transport: { open }, limits: { ...QUICK, heartbeatMs: 50, heartbeatMisses: 2 } });
    await inSession(world, 1);
    const lost = dial(world);
    const [first] = made as [ReturnType<typeof slowCarrier>];
    first.control.frozen = true;
    assert.equal((await world.event("link.closed")).failure.code, "link-silent");
    await over(lost);
    assert.deepEqual([lost.error?.code, first.control.ended], ["link-lost", false]);
    const waits = dial(world);
    const due = world.state("web").retry?.at ?? 0;
    await waitFor(() => Date.now() > due + QUICK.retryCapMs, { what: "the next start to be due", everyMs: 1 });
    first.control.end();
    await inSession(world, 2);
    await over(waits);
    assert.deepEqual([waits.bytes.toString(), together], ["hello", false]);
    const last = made.at(-1) as ReturnType<typeof slowCarrier>;
    let stopped = false;
    const stopping = world.manager.stop("test").then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stopped, false);
    last.control.end();
    await stopping;
    assert.equal(last.control.ended, true);
  }),
);

test(
  "stop ends the wait for the next start: nothing happens any more",
  cleanly(async (make) => {
    const world = await withFailing(make, 1000, "agent-failed", { limits: { ...QUICK, retryMs: 60_000, retryCapMs: 60_000 } });
    await world.event("link.retrying");
    const began = performance.now();
    await world.manager.stop("test");
    assert.ok(performance.now() - began < 1000, "stop waited");
    assert.equal(world.events.at(-1)?.type, "network.stopped");
    assert.equal(ofType(world, "link.starting").length, 2);
  }),
);

test(
  "stop gives up what is being opened, and no failure during it leads to another start",
  cleanly(async (make) => {
    const aborted: boolean[] = [];
    const open = ({ signal }: { signal: AbortSignal }) =>
      new Promise<Carrier>((_, reject) =>
        signal.addEventListener("abort", () => {
          aborted.push(signal.aborted);
          reject(new NoRouterError("link-closed", "Given up"));
        }),
      );
    const world = await started(make, { transport: { open } });
    await world.manager.stop("test");
    assert.deepEqual(aborted, [true]);
    assert.deepEqual(ofType(world, "link.retrying"), []);
    assert.equal(ofType(world, "link.closed").length, 2);
  }),
);

test("over random lives: every host is back, every stream has ended one way, and the log folds to the state", async () => {
  const step = fc.oneof(fc.constant("dial" as const), fc.constant("end" as const), fc.constant("break" as const));
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (steps, chance) =>
        cleanly(async (make) => {
          const world = await withFailing(make, 0, "agent-failed", { random: () => chance });
          const all: Recorder[] = [];
          for (const what of steps) {
            if (what === "dial") all.push(dial(world));
            else if (what === "end") world.control.end();
            else world.control.failures = 2;
            await new Promise((resolve) => setImmediate(resolve));
          }
          for (const got of all) {
            await over(got);
            assert.ok(
              got.error === undefined ? got.bytes.toString() === "hello" : got.error.code === "link-lost",
              got.error?.code,
            );
          }
          await waitFor(() => world.state("web").phase === "ready", { what: "the host to be back", everyMs: 1 });
          assert.deepEqual(fold(world.events), world.manager.network);
          const known = () => world.host("local").context.network().hosts.get(2);
          await waitFor(() => known()?.phase === "ready", { what: "the neighbour to know", everyMs: 1 });
          assert.deepEqual([known()?.session, known()?.retry], [world.state("web").session, undefined]);
        })(),
    ),
    { numRuns: 30 },
  );
});
