// Open streams as their events tell them, without an end to what is remembered.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Control, NetworkEvent } from "../../core/mod.ts";
import { API_BOUNDS } from "./bounds.ts";
import { followStreams } from "./streams.ts";

function followed() {
  let listen: Parameters<Control["subscribe"]>[0] | undefined;
  const list = followStreams({
    subscribe: (listener) => {
      listen = listener;
      return () => {
        listen = undefined;
      };
    },
  });
  const say = (...events: object[]) =>
    listen?.(
      events.map((event) => ({ at: 7, ...event }) as NetworkEvent),
      {} as never,
    );
  const opened = (host: number, to: number, stream: number, more = {}) =>
    say({ type: "stream.opened", host, to, stream, port: 80, ...more });
  return { list, say, opened };
}

test("a stream is there from its opening to its end, or to the end of its opener's link", () => {
  const { list, say, opened } = followed();
  opened(1, 2, 1);
  opened(1, 3, 1, { routed: true });
  opened(2, 3, 1);
  assert.deepEqual(list.list(1)[0], { from: 1, to: 2, stream: 1, port: 80, since: 7, kind: "published" });
  assert.equal(list.list(1)[1]?.kind, "routed");
  assert.deepEqual(
    [1, 2, 3].map((host) => list.list(host).length),
    [2, 2, 2],
  );
  assert.deepEqual(
    [...list.counts()],
    [
      [1, { opened: 2, serves: 0 }],
      [2, { opened: 1, serves: 1 }],
      [3, { opened: 0, serves: 2 }],
    ],
  );
  say({ type: "stream.closed", host: 1, to: 2, stream: 1 });
  assert.equal(list.list().length, 2);
  say({ type: "link.closed", host: 2 });
  assert.deepEqual(
    list.list().map(({ from }) => from),
    [1],
  );
  list.stop();
  opened(1, 2, 5);
  assert.equal(list.list().length, 1);
});

test("what is remembered of a host is bounded, and what may be wrong is said until its next session", () => {
  const { list, say, opened } = followed();
  for (let stream = 0; stream <= API_BOUNDS.streamsOfHost + 5; stream += 1) opened(1, 2, stream);
  assert.equal(list.list().length, API_BOUNDS.streamsOfHost);
  assert.equal(list.list()[0]?.stream, 6);
  say({ type: "facts.dropped", host: 2, count: 1 });
  assert.deepEqual([...list.uncertain], [1, 2]);
  say({ type: "link.opened", host: 1 }, { type: "host.left", host: 2 });
  assert.deepEqual([list.list().length, list.uncertain.size], [0, 0]);
});
