// The gates of a router: what waits, for how long, what passes, and what each is told in the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { LIMIT_ROWS, withLimits } from "../limits.ts";
import { FROM_ACCEPTOR, type Frame, type FrameFields, type HostId, KIND, type Kind, makeFrame } from "../wire/frame.ts";
import { decodeReason, type EndReason, encodeOpen } from "../wire/payload.ts";
import { Gates } from "./gates.ts";

const LIMITS = withLimits();
const HOST = 9;
const OPEN = encodeOpen({ credit: 1000, target: { kind: "published", port: 80 } });
const NAMES = Object.fromEntries(Object.entries(KIND).map(([name, kind]) => [kind, name]));

const frame = (kind: Kind, fields: Partial<FrameFields> = {}, payload: Uint8Array = new Uint8Array(0)): Frame =>
  makeFrame({ kind, source: 1, destination: HOST, stream: 1, ...fields }, payload);
const open = (fields: Partial<FrameFields> = {}) => frame(KIND.open, fields, OPEN);
const shown = ({ kind, source, destination, stream }: Frame) => `${NAMES[kind]} ${source}>${destination} ${stream}`;

/** Gates for host 9, and what they did. */
function gates(timeoutMs = 10_000) {
  const heard = {
    ...{ entered: [] as string[], answered: [] as string[], wanted: [] as HostId[], violated: [] as HostId[] },
    ...{ reasons: [] as EndReason[], changes: 0 },
  };
  const made = new Gates(LIMITS, {
    enter: (one) => {
      heard.entered.push(shown(one));
      made.passed(one);
    },
    answer: (one) => {
      heard.answered.push(shown(one));
      heard.reasons.push(decodeReason(one.payloadBytes()));
    },
    violated: (host) => void heard.violated.push(host),
  });
  made.follow({
    wanted: (host) => void heard.wanted.push(host),
    changed: () => {
      heard.changes += 1;
    },
    late: () => ({ code: "start-timeout", message: "late" }),
  });
  made.set(HOST, timeoutMs);
  return { made, heard };
}

test("streams wait in order until the host is there, with all that came behind their opens", () => {
  const { made, heard } = gates();
  for (const one of [open(), open({ source: 2 }), frame(KIND.data, {}, new Uint8Array(5)), frame(KIND.end)])
    assert.ok(made.takes(one), shown(one));
  assert.deepEqual(heard.wanted, [HOST, HOST]);
  assert.deepEqual(heard.entered, []);
  made.open(HOST);
  assert.deepEqual(heard.entered, ["open 1>9 1", "data 1>9 1", "end 1>9 1", "open 2>9 1"]);
  assert.equal(made.takes(open({ stream: 2 })), false, "an open gate takes nothing");
  assert.equal(made.takes(open({ destination: 8 })), false, "nor does one that is not there");
});

test("what belongs to no stream that waits is dropped, a reset ends the wait, and answers pass", () => {
  const { made, heard } = gates();
  assert.ok(made.takes(frame(KIND.data, { stream: 7 }, new Uint8Array(5))));
  assert.ok(made.takes(open()));
  assert.equal(made.isQuiet(HOST), false);
  assert.ok(made.takes(frame(KIND.reset)));
  assert.ok(made.isQuiet(HOST));
  for (const kind of [KIND.ping, KIND.pong]) assert.equal(made.takes(frame(kind, { stream: 0 })), false);
  assert.equal(made.takes(frame(KIND.accept, { flags: FROM_ACCEPTOR })), false, "of a stream that the host opened");
  made.open(HOST);
  assert.deepEqual(heard.entered, []);
});

test("a stream is in use from its open to both of its ends, or a reset of either side", () => {
  const { made } = gates();
  made.open(HOST);
  const back = { source: HOST, destination: 1, flags: FROM_ACCEPTOR };
  made.passed(open());
  made.passed(frame(KIND.end));
  assert.equal(made.isQuiet(HOST), false);
  made.passed(frame(KIND.end, back));
  assert.ok(made.isQuiet(HOST));
  for (const fields of [{}, back]) {
    made.passed(open());
    made.passed(frame(KIND.reset, fields));
    assert.ok(made.isQuiet(HOST));
  }
  made.passed(open({ source: HOST, destination: 1 }));
  assert.ok(made.isQuiet(HOST), "what the host opens itself does not count");
});

test("a link that is lost resets what went through it for its openers, and what comes then waits", () => {
  const { made, heard } = gates();
  made.open(HOST);
  made.passed(open());
  made.passed(open({ source: 2, stream: 5 }));
  made.lost(HOST);
  assert.deepEqual(heard.answered, ["reset 9>1 1", "reset 9>2 5"]);
  assert.deepEqual(new Set(heard.reasons.map(({ code }) => code)), new Set(["link-lost"]));
  assert.ok(made.isQuiet(HOST));
  assert.ok(made.takes(open({ stream: 2 })));
});

test("an opener whose link ends takes its streams with it, those that wait as well", () => {
  const { made, heard } = gates();
  made.takes(open());
  made.lost(1);
  assert.ok(made.isQuiet(HOST));
  made.open(HOST);
  made.passed(open());
  made.lost(1);
  assert.ok(made.isQuiet(HOST));
  assert.deepEqual(heard.answered, []);
});

test("who has waited long enough, and who is refused, hears why", async () => {
  const { made, heard } = gates(5);
  made.takes(open());
  await waitFor(() => heard.answered.length === 1, { what: "the refusal", everyMs: 1 });
  made.takes(open({ stream: 2 }));
  made.refuse(HOST, { code: "engine-down", message: "down" });
  made.takes(open({ stream: 3 }));
  made.remove(HOST, { code: "host-left", message: "" });
  assert.deepEqual(
    heard.reasons.map(({ code }) => code),
    ["start-timeout", "engine-down", "host-left"],
  );
  assert.deepEqual(heard.answered, ["reset 9>1 1", "reset 9>1 2", "reset 9>1 3"]);
});

test("a host that others wait for waits no longer than they do, in a chain and in a circle", () => {
  const { made } = gates(1000);
  made.set(8, 50_000);
  made.takes(open());
  const bound = made.of(HOST)?.until ?? 0;
  made.takes(open({ source: HOST, destination: 8 }));
  assert.equal(made.of(8)?.until, bound);
  made.takes(open({ source: 8, destination: HOST }));
  assert.equal(made.of(HOST)?.until, bound);
  made.takes(open({ source: 3, destination: 8 }));
  assert.ok((made.of(8)?.until ?? 0) > bound + 40_000, "others have their own time");
  made.remove(8, { code: "host-left", message: "" });
  made.remove(HOST, { code: "host-left", message: "" });
});

test("a stream that is open goes on at a closed gate, whole", () => {
  const { made } = gates();
  made.open(HOST);
  made.passed(open());
  made.of(HOST)?.close();
  for (const one of [frame(KIND.data, {}, new Uint8Array(5)), frame(KIND.credit), frame(KIND.end)])
    assert.equal(made.takes(one), false, shown(one));
  assert.ok(made.takes(open({ stream: 2 })), "new ones wait");
  assert.ok(made.takes(frame(KIND.data, { stream: 2 }, new Uint8Array(5))));
  made.remove(HOST, { code: "host-left", message: "" });
});

test("of one opener no more streams are followed than any host may have", () => {
  const { made } = gates();
  made.open(HOST);
  const most = LIMIT_ROWS.streams.max;
  for (let stream = 1; stream <= most + 100; stream += 1) made.passed(open({ stream }));
  made.passed(open({ source: 2 }));
  assert.equal(made.of(HOST)?.flows, most + 1);
  made.passed(frame(KIND.reset, { stream: 1 }));
  made.passed(open({ stream: most + 200 }));
  made.passed(open({ stream: most + 201 }));
  assert.equal(made.of(HOST)?.flows, most + 1);
  made.lost(1);
  assert.equal(made.of(HOST)?.flows, 1);
  made.passed(open());
  made.lost(HOST);
  assert.equal(made.of(HOST)?.flows, 0);
});

test("an opener has no more streams wait for all hosts together than it may have", () => {
  const { made, heard } = gates();
  const hosts = Array.from({ length: 10 }, (_, at) => 100 + at);
  for (const host of hosts) made.set(host, 10_000);
  let stream = 0;
  for (const destination of hosts)
    for (let count = 0; count < LIMITS.streams / 2; count += 1) {
      stream += 1;
      made.takes(open({ destination, stream }));
    }
  const waiting = () => hosts.reduce((sum, host) => sum + (made.of(host)?.waiting ?? 0), 0);
  assert.equal(waiting(), LIMITS.streams);
  assert.deepEqual(new Set(heard.reasons.map(({ code }) => code)), new Set(["too-many-streams"]));
  for (const host of hosts.slice(0, 5)) made.open(host);
  assert.ok(made.takes(open({ destination: 109, stream: stream + 1 })));
  assert.ok((made.of(109)?.waiting ?? 0) > 0, "what goes on makes room");
  for (const host of hosts) made.leave(host);
});

test("nobody has more wait than what every opener may send, and than its share of streams", () => {
  const { made, heard } = gates();
  made.takes(open());
  made.takes(frame(KIND.data, {}, new Uint8Array(LIMITS.minWindowBytes)));
  assert.deepEqual(heard.violated, []);
  made.takes(frame(KIND.data, {}, new Uint8Array(1)));
  assert.deepEqual(heard.violated, [1]);
  for (let stream = 2; stream < 2 + LIMITS.streams; stream += 1) made.takes(open({ stream }));
  assert.ok(heard.reasons.length > 100);
  assert.deepEqual(new Set(heard.reasons.map(({ code }) => code)), new Set(["too-many-streams"]));
  const refused = heard.reasons.length;
  made.takes(open({ source: 2 }));
  assert.equal(heard.reasons.length, refused, "there is a place for others");
  made.remove(HOST, { code: "host-left", message: "" });
});
