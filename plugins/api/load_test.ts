// Many clients at once, slow ones and those that never read: nothing is lost, doubled or kept in memory for them.

import assert from "node:assert/strict";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import { test } from "node:test";
import { cleanly } from "../../conformance/in_process.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import type { Manager } from "../../core/manager.ts";
import { apiNetwork, socketFolder } from "../../tests/support/api_network.ts";
import { collectGarbage } from "../../tests/support/garbage.ts";
import { events } from "./client.ts";
import { serveApi } from "./server.ts";
import { followStreams } from "./streams.ts";

interface Seen {
  readonly type: string;
  readonly seq: number;
  readonly from?: number;
  readonly to?: number;
}

/** Events of about `size` bytes each, as a host could cause them. */
async function cause(manager: Manager, count: number, size: number): Promise<void> {
  const message = "x".repeat(size);
  for (let done = 0; done < count; done += 1)
    await manager.ledger.execute({ type: "refuse", host: 1, code: "denied", message }, "test");
}

async function read(path: string, until: number, signal: AbortSignal): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const event of events(path, { follow: true, signal })) {
    seen.push(event as Seen);
    if ((event as Seen).seq >= until) break;
  }
  return seen;
}

/** Every number once and in order, but for those that are said not to be kept any more. */
function assertWhole(seen: readonly Seen[], until: number): void {
  let next = 1;
  for (const { type, seq, from, to = 0 } of seen) {
    assert.equal(type === "events.skipped" ? from : seq, next);
    next = (type === "events.skipped" ? to : seq) + 1;
  }
  assert.equal(next, until + 1);
}

/** A client that asks for events and never reads. */
function asleep(path: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ path }, () => {
      socket.pause();
      socket.write("GET /v1/events?follow=true HTTP/1.1\r\nHost: x\r\n\r\n");
      resolve(socket);
    });
    socket.on("error", () => undefined);
  });
}

test(
  "fifty clients at once read every event once, while one of them never reads",
  { timeout: 60_000 },
  cleanly(async (make) => {
    const { world, control, path, ask } = await apiNetwork(make, { limits: { recentEvents: 10_000 } });
    await world.settled();
    const sleeper = await asleep(path);
    const until = control.seq + 2000;
    const { signal } = new AbortController();
    const readers = Array.from({ length: 49 }, () => read(path, until, signal));
    await cause(world.manager, 2000, 200);
    for (const seen of await Promise.all(readers)) assertWhole(seen, until);
    assert.equal((await ask("GET", "/v1/network")).status, 200);
    sleeper.destroy();
  }),
);

test(
  "for a client that never reads no more is held than its connection and one piece of the log take",
  { timeout: 60_000 },
  cleanly(async (make) => {
    const held = () => {
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const { world, path } = await apiNetwork(make, { limits: { recentEvents: 10 } });
    await world.settled();
    const sleepers = await Promise.all(Array.from({ length: 20 }, () => asleep(path)));
    await cause(world.manager, 1000, 500);
    const before = held();
    await cause(world.manager, 40_000, 500);
    const grown = held() - before;
    // Were it kept for each of them, it would be 400 MB.
    assert.ok(grown < 120 * 1024 * 1024, `${Math.round(grown / 1024 / 1024)} MiB more`);
    for (const sleeper of sleepers) sleeper.destroy();
  }),
);

test(
  "a client that reads on after a while is told which events are not kept any more, and gets all others",
  { timeout: 60_000 },
  cleanly(async (make) => {
    const { world, control, path } = await apiNetwork(make, { limits: { recentEvents: 100 } });
    await world.settled();
    const until = control.seq + 5000;
    const answer = await new Promise<IncomingMessage>((resolve) => {
      httpRequest({ socketPath: path, path: "/v1/events?follow=true" }, resolve).end();
    });
    answer.pause();
    await cause(world.manager, 5000, 500);
    const seen: Seen[] = [];
    let rest = "";
    answer.setEncoding("utf8");
    answer.on("data", (piece: string) => {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      seen.push(...lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Seen));
    });
    answer.resume();
    await waitFor(() => (seen.at(-1)?.seq ?? 0) >= until, { what: "the last event", timeoutMs: 20_000 });
    answer.destroy();
    assert.ok(seen.some(({ type }) => type === "events.skipped"));
    assertWhole(seen, until);
  }),
);

test(
  "server-sent events have numbers that a client goes on from, and come live",
  { timeout: 60_000 },
  cleanly(async (make) => {
    const { world, control, path } = await apiNetwork(make);
    await world.settled();
    const since = control.seq;
    await cause(world.manager, 2, 10);
    const headers = { accept: "text/event-stream", "last-event-id": `${since + 1}` };
    const answer = await new Promise<IncomingMessage>((resolve) => {
      httpRequest({ socketPath: path, path: "/v1/events", headers }, resolve).end();
    });
    assert.equal(answer.headers["content-type"], "text/event-stream");
    let text = "";
    answer.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    await waitFor(() => text.includes(`id: ${since + 2}\n`), { what: "the kept event" });
    await cause(world.manager, 1, 10);
    await waitFor(() => text.includes(`id: ${since + 3}\n`), { what: "the live event" });
    assert.deepEqual(
      [...text.matchAll(/^id: (\d+)\ndata: (.*)\n$/gm)].map(([, id, data = ""]) => [Number(id), (JSON.parse(data) as Seen).seq]),
      [2, 3].map((more) => [since + more, since + more]),
    );
    answer.destroy();
  }),
);

test(
  "many requests one after the other and at once are all answered",
  { timeout: 60_000 },
  cleanly(async (make) => {
    const { world, ask } = await apiNetwork(make);
    await world.settled();
    for (let round = 0; round < 6; round += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask("GET", "/v1/network")));
      assert.ok(answers.every(({ status }) => status === 200));
    }
  }),
);

test(
  "connections that ask nothing, or never to the end, are cut; an event stream is not",
  { timeout: 60_000 },
  cleanly(async (make) => {
    const { world, control } = await apiNetwork(make);
    await world.settled();
    const path = `${dirname(socketFolder())}/own.sock`;
    const streams = followStreams(control);
    const server = await serveApi({ path, called: "own", control, streams, debug: () => undefined, requestMs: 100 });
    const client = (text: string) => {
      const socket = connect({ path });
      const got = { text: "", closed: false, socket };
      socket
        .on("error", () => undefined)
        .on("data", (piece) => {
          got.text += String(piece);
        });
      socket.on("close", () => {
        got.closed = true;
      });
      socket.write(text);
      return got;
    };
    const following = client("GET /v1/events?follow=true HTTP/1.1\r\nHost: x\r\n\r\n");
    const cut = ["", "GET /v1/netw", "GET /v1/routes HTTP/1.1\r\nHost: x\r\n\r\n"].map(client);
    const slow = client("POST /v1/apply HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhost");
    await waitFor(() => [...cut, slow].every(({ closed }) => closed), { what: "the ends", timeoutMs: 20_000 });
    assert.match(cut[2]?.text ?? "", /^HTTP\/1\.1 200 /);
    assert.match(slow.text, /^HTTP\/1\.1 408 [\s\S]*"slow-client"/);
    await cause(world.manager, 1, 10);
    await waitFor(() => following.text.includes(`"seq":${control.seq},`), { what: "the live event" });
    assert.ok(!following.closed);
    streams.stop();
    await server.stop();
    await waitFor(() => following.closed, { what: "the end of the stream" });
  }),
);

test(
  "who does not take an answer is cut, and keeps nobody out",
  { timeout: 30_000 },
  cleanly(async (make) => {
    const { world, control } = await apiNetwork(make);
    await world.settled();
    const path = `${dirname(socketFolder())}/unread.sock`;
    const streams = followStreams(control);
    const explain = async () => ({ ok: true, large: "x".repeat(8_000_000) });
    const large = Object.assign(Object.create(control), { explain });
    const options = { path, called: "own", control: large, streams, debug: () => undefined, requestMs: 200 };
    const server = await serveApi(options);
    const socket = connect({ path });
    const text = "GET /v1/explain?destination=x HTTP/1.1\r\nHost: x\r\n\r\n";
    await new Promise<void>((resolve) => socket.write(text, () => resolve()));
    // Who does not read hears of it when it writes.
    let isCut = false;
    socket.pause().on("error", () => {
      isCut = true;
    });
    const isCutByNow = () => {
      if (!isCut) socket.write("\r\n");
      return isCut;
    };
    await waitFor(isCutByNow, { what: "the cut", timeoutMs: 10_000 });
    await server.stop();
    streams.stop();
  }),
);
