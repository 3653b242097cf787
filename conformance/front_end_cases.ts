// What any front-end has to do, as plain data: no test runner, so that others can run it on theirs.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import type { ListenerFact } from "../core/ledger/events.ts";
import type { Stream } from "../core/mux/stream.ts";
import type { HostPart } from "../core/plugin/plugin.ts";
import type { Case } from "./case.ts";
import { frontEndOf, type LoneFrontEnd, loneFrontEnd } from "./lone_front_end.ts";
import type { ShownHost } from "./lone_host.ts";
import { echoStream, overfullDial, refusedStream, type WatchedStream, watched } from "./lone_streams.ts";
import { waitFor } from "./support/wait.ts";

/** What the cases run on. Networks are lists of hosts, the first of which is the front-end's own, with the settings of its keys. */
export interface FrontEndSubject {
  /** What runs on hosts; its first front-end is tried. */
  readonly part: HostPart;
  /** A network in which it holds something, at addresses that are free. */
  readonly wanted: readonly ShownHost[];
  /** The same at other addresses. Absent: it never moves. */
  readonly moved?: readonly ShownHost[];
  /** A network in which it holds nothing. Absent: there is none. */
  readonly idle?: readonly ShownHost[];
  /** What it holds is no address that programs connect to, such as a file: whether it is there. */
  isThere?(address: string): Promise<boolean>;
  /** Connects to an address and says what a program says to be led to a host. Absent: it dials nothing, or nobody says how. */
  enter?(address: string): Promise<Socket>;
  /** Bytes that it answers on its own before those of the stream; default 0. */
  readonly replyBytes?: number;
  /** How long each thing may take, in milliseconds; default: that of every wait, ten seconds. */
  readonly patienceMs?: number;
}

/** One case. */
export type FrontEndCase = Case<FrontEndSubject>;

const RETRIES = { retryMs: 5, retryCapMs: 20, retryLeastMs: 1 } as const;
const WORDS = new TextEncoder().encode("what a program says");

/** The address that a program connects to; undefined for what is none. */
function addressOf(text: string): { readonly host: string; readonly port: number } | { readonly path: string } | undefined {
  // `@` is how people write the NUL with which the name of an abstract socket begins (unix(7)).
  if (text.startsWith("unix:")) return { path: text.slice("unix:".length).replace(/^@/, "\0") };
  const [, v6, v4, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = v6 ?? v4;
  return host === undefined ? undefined : { host, port: Number(port) };
}

/** Connects as a program does. @throws what the system says, or a sentence for what is no address */
export function connectAt(address: string): Promise<Socket> {
  const place = addressOf(address) ?? assert.fail(`"${address}" is no address to connect to`);
  return new Promise((resolve, reject) => {
    const socket = connect({ ...place, allowHalfOpen: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket.on("error", () => undefined));
    });
  });
}

async function isServed(subject: FrontEndSubject, address: string): Promise<boolean> {
  if (subject.isThere) return subject.isThere(address);
  if (!addressOf(address)) return existsSync(address);
  return connectAt(address).then(
    (socket) => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}

/** Addresses that the facts so far leave served, in order; fails where a fact does not follow from those before it. */
function servedBy(facts: readonly ListenerFact[]): string[] {
  const served = new Set<string>();
  const failed = new Set<string>();
  for (const { type, address } of facts) {
    if (type === "frontend.listening") {
      assert.ok(!served.has(address), `${address} is reported as served twice`);
      served.add(address);
      failed.delete(address);
    } else if (type === "frontend.failed") {
      failed.add(address);
      served.delete(address);
    } else assert.ok(served.delete(address) || failed.delete(address), `${address} is reported as left, and was never held`);
  }
  return [...served];
}

/** The body of a case; whatever it makes is stopped at its end, however it ends. */
function cleanly(
  body: (
    subject: FrontEndSubject,
    make: (dial?: () => Stream) => LoneFrontEnd,
    held: (socket: Socket) => Socket,
  ) => Promise<void>,
): FrontEndCase["run"] {
  return async (subject) => {
    const made: LoneFrontEnd[] = [];
    const sockets: Socket[] = [];
    const make = (dial: () => Stream = echoStream) => {
      const lone = loneFrontEnd(frontEndOf(subject.part), {}, { dial, limits: RETRIES });
      made.push(lone);
      return lone;
    };
    const held = (socket: Socket) => {
      sockets.push(socket.on("error", () => undefined));
      return socket;
    };
    try {
      await body(subject, make, held);
    } finally {
      for (const socket of sockets) socket.destroy();
      await Promise.all(made.map(({ frontEnd }) => frontEnd.stop()));
    }
  };
}

/** Lets it serve, and says where. */
async function serving({ facts, show }: LoneFrontEnd, wanted: readonly ShownHost[]): Promise<string[]> {
  await show(...wanted);
  const served = servedBy(facts);
  assert.ok(served.length > 0, `nothing is reported as served: ${JSON.stringify(facts)}`);
  return served;
}

async function leaves(subject: FrontEndSubject, addresses: readonly string[]): Promise<void> {
  for (const address of addresses)
    await waitFor(async () => !(await isServed(subject, address)), {
      ...patience(subject),
      what: `${address} to be free`,
      everyMs: 2,
    });
}

const isOpen = async (subject: FrontEndSubject, address: string) =>
  assert.ok(await isServed(subject, address), `${address} is reported as served, and is not`);

/** Bytes that a client gets, until there are so many or it is over. */
function bytesOf(subject: FrontEndSubject, socket: Socket, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  let came = Buffer.alloc(0);
  let over = false;
  socket.on("data", (chunk: Buffer) => {
    came = Buffer.concat([came, chunk]);
  });
  for (const end of ["end", "close"] as const)
    socket.on(end, () => {
      over = true;
    });
  const what = Number.isFinite(most) ? `${most} bytes for a client` : "the end of a client";
  return waitFor(() => (over || came.length >= most) && { came }, { ...patience(subject), what, everyMs: 1 }).then(
    (done) => done.came,
  );
}

const patience = ({ patienceMs: timeoutMs }: FrontEndSubject) => (timeoutMs === undefined ? {} : { timeoutMs });

const needsEnter = ({ enter }: FrontEndSubject) =>
  enter === undefined ? "nobody says how a program is led to a host by it" : undefined;

/** Lets a program in. */
async function enters(subject: FrontEndSubject, address: string): Promise<Socket> {
  return subject.enter?.(address) ?? assert.fail("the case was not left out");
}

/** A program that was let in gets back what it says. */
async function echoes(subject: FrontEndSubject, socket: Socket): Promise<void> {
  const { replyBytes = 0 } = subject;
  const came = bytesOf(subject, socket, replyBytes + WORDS.length);
  socket.write(WORDS);
  assert.deepEqual((await came).subarray(replyBytes), Buffer.from(WORDS), "what came back is not what was said");
}

/** The cases. */
export const frontEndCases: readonly FrontEndCase[] = [
  {
    name: "it holds what is wanted, says so once, and does nothing when nothing has changed",
    run: cleanly(async (subject, make) => {
      const lone = make();
      const served = await serving(lone, subject.wanted);
      for (const address of served) await isOpen(subject, address);
      const told = lone.facts.length;
      await lone.show(...subject.wanted);
      assert.equal(lone.facts.length, told, "a second look at the same network is told as a change");
    }),
  },
  {
    name: "it gives back what is not wanted any more, and takes it again",
    leftOut: ({ idle }) => (idle === undefined ? "there is no network in which it holds nothing" : undefined),
    run: cleanly(async (subject, make) => {
      const { idle = [], wanted } = subject;
      const lone = make();
      await lone.show(...idle);
      assert.deepEqual(servedBy(lone.facts), [], "something is served that nobody wants");
      const served = await serving(lone, wanted);
      await lone.show(...idle);
      assert.deepEqual(servedBy(lone.facts), [], "what was left is not told");
      await leaves(subject, served);
      assert.deepEqual(await serving(lone, wanted), served);
      for (const address of served) await isOpen(subject, address);
    }),
  },
  {
    name: "it moves: the new address is served, the old one is free",
    leftOut: ({ moved }) => (moved === undefined ? "there is no second network to move to" : undefined),
    run: cleanly(async (subject, make) => {
      const { moved = [], wanted } = subject;
      const lone = make();
      const before = await serving(lone, wanted);
      const now = await serving(lone, moved);
      assert.notDeepEqual(now, before, "it did not move");
      for (const address of now) await isOpen(subject, address);
      await leaves(
        subject,
        before.filter((address) => !now.includes(address)),
      );
    }),
  },
  {
    name: "what it cannot have is told with a code and a sentence, and tried again until it can",
    leftOut: ({ isThere }) => (isThere ? "what it holds is no address" : undefined),
    run: cleanly(async (subject, make) => {
      const first = make();
      const [address = ""] = await serving(first, subject.wanted);
      await first.frontEnd.stop();
      const place = addressOf(address);
      if (!place) return; // a file
      const taken = createServer();
      const takes = () =>
        new Promise<boolean>((resolve) => {
          taken.removeAllListeners();
          taken.once("error", () => resolve(false));
          taken.listen(place, () => resolve(true));
        });
      await waitFor(takes, { ...patience(subject), what: `${address} to be free` });
      const lone = make();
      try {
        await lone.show(...subject.wanted);
        const failed = lone.facts.find(({ type }) => type === "frontend.failed");
        assert.ok(failed?.type === "frontend.failed", `that ${address} is taken is not told`);
        assert.ok(failed.message.trim().length > 0, "the failure has no sentence");
      } finally {
        await new Promise((resolve) => taken.close(resolve));
      }
      await waitFor(() => servedBy(lone.facts).includes(address), { ...patience(subject), what: `${address} to be tried again` });
      await isOpen(subject, address);
    }),
  },
  {
    name: "it stops before it began, while it begins, and twice; nothing is left, and nothing is told any more",
    run: cleanly(async (subject, make) => {
      const never = make();
      await never.frontEnd.stop();
      await never.frontEnd.stop();
      const early = make();
      const begun = early.show(...subject.wanted);
      await Promise.all([early.frontEnd.stop(), begun]);
      await early.frontEnd.stop();
      const lone = make();
      const served = await serving(lone, subject.wanted);
      const told = lone.facts.length;
      await Promise.all([lone.frontEnd.stop(), lone.frontEnd.stop()]);
      await leaves(subject, served);
      assert.deepEqual(await serving(make(), subject.wanted), served, "another one does not get what it has left");
      assert.equal(lone.facts.length, told, "a front-end that has stopped tells of something");
    }),
  },
  {
    name: "bytes and the end pass both ways",
    leftOut: needsEnter,
    run: cleanly(async (subject, make, held) => {
      const [address = ""] = await serving(make(), subject.wanted);
      const socket = held(await enters(subject, address));
      await echoes(subject, socket);
      const rest = bytesOf(subject, socket);
      socket.end(WORDS);
      assert.deepEqual(await rest, Buffer.from(WORDS), "what was said last did not come back");
    }),
  },
  {
    name: "a client whose dial fails or whose stream is refused is told so or ended; the next one is served",
    leftOut: needsEnter,
    run: cleanly(async (subject, make, held) => {
      const turns = [overfullDial, refusedStream];
      const [address = ""] = await serving(
        make(() => (turns.shift() ?? echoStream)()),
        subject.wanted,
      );
      // A client may be reset before it knows that it was connected.
      const told = (socket: Socket) => bytesOf(subject, held(socket), 1);
      for (let failed = turns.length; failed > 0; failed -= 1) await enters(subject, address).then(told, () => undefined);
      await echoes(subject, held(await enters(subject, address)));
    }),
  },
  {
    name: "a client that goes, and a stream that is reset within a connection, end the other side",
    leftOut: needsEnter,
    run: cleanly(async (subject, make, held) => {
      const streams: WatchedStream[] = [];
      const dial = () => {
        const stream = watched(echoStream());
        streams.push(stream);
        return stream.stream;
      };
      const [address = ""] = await serving(make(dial), subject.wanted);
      const gone = held(await enters(subject, address));
      await echoes(subject, gone);
      // Node refuses to reset what is no TCP connection; only such a connection has a remote address.
      if (gone.remoteAddress === undefined) gone.destroy();
      else gone.resetAndDestroy();
      await waitFor(() => streams[0]?.isOver(), { ...patience(subject), what: "the end of the stream of a client that went" });
      const broken = held(await enters(subject, address));
      await echoes(subject, broken);
      const over = bytesOf(subject, broken);
      streams[1]?.breakOff();
      await over;
    }),
  },
];
