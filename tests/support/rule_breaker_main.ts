// An agent that breaks one rule of core/wire/SPEC.md, or all of those about streams, and notes the answers line by line.
// Arguments: what it does (a key of WAYS), the file for its notes.
import { appendFileSync } from "node:fs";
import process from "node:process";
import { encodeControl } from "../../core/wire/control.ts";
import { FIRST_OPTIONAL_KIND, KIND, type Kind, MANAGER } from "../../core/wire/frame.ts";
import { decodeOpen, decodeReason, encodeCredit, encodeOpen } from "../../core/wire/payload.ts";
import { preambleOf } from "../../core/wire/preamble.ts";
import { type FrameTo, startWireAgent, type WireAgent, type WireAgentHandlers } from "./wire_agent.ts";

/** An honest agent's id, and the port of an echo there that ends nothing by itself. */
const HONEST = 2;
const ECHO = 8080;
const NEIGHBOUR = 1;

const [way = "", notes = ""] = process.argv.slice(2);
const note = (line: string) => appendFileSync(notes, `${line}\n`);

const PING = new Uint8Array(8);
const BYTE = Uint8Array.of(7);
const CREDIT = encodeCredit(1000);
const open = encodeOpen({ credit: 65_536, target: { kind: "published", port: ECHO } });
/** An open for a port with a kind of target, a protocol and what is behind them. */
const openFor = (port: number, kind: number, protocol: number, ...rest: number[]) =>
  Uint8Array.of(0, 1, 0, 0, port >> 8, port & 0xff, kind, protocol, ...rest);
const openOf = (kind: number, ...rest: number[]) => openFor(80, kind, 6, ...rest);

const hello = (version = "x"): FrameTo => ({
  kind: KIND.control,
  to: MANAGER,
  payload: encodeControl({ type: "hello", agent: { version, runtime: version, pid: 1 } }),
});
const report = (from?: number): FrameTo => ({
  kind: KIND.control,
  to: MANAGER,
  payload: encodeControl({ type: "report", facts: [{ type: "frontend.closed", frontend: "forged", address: "forged" }] }),
  ...(from === undefined ? {} : { from }),
});

/** A frame of a kind that nobody knows. */
const unknown = (kind: number): FrameTo => ({ kind: kind as Kind, to: HONEST, stream: NEIGHBOUR, payload: BYTE });

type Part = Pick<FrameTo, "kind" | "payload">;

/** What it does as an opener, by the number of the stream. */
const OPENER: Readonly<Record<number, readonly Part[]>> = {
  10: [{ kind: KIND.open, payload: open }, { kind: KIND.end }, { kind: KIND.end }],
  11: [{ kind: KIND.open, payload: open }, { kind: KIND.end }, { kind: KIND.data, payload: BYTE }],
  12: [
    { kind: KIND.open, payload: open },
    { kind: KIND.open, payload: open },
  ],
  13: [{ kind: KIND.open, payload: openOf(77) }],
  14: [{ kind: KIND.open, payload: openOf(0, 0x61) }],
  15: [{ kind: KIND.open, payload: openOf(1, 0xff) }],
  16: [{ kind: KIND.open, payload: openFor(ECHO, 0, 17) }],
  17: [{ kind: KIND.open, payload: openFor(ECHO, 0, 77) }],
};

/** What it does as an acceptor, by the port that is asked for. */
const ACCEPTOR: Readonly<Record<number, readonly Part[]>> = {
  8081: [{ kind: KIND.data, payload: BYTE }],
  8082: [{ kind: KIND.end }],
  8083: [
    { kind: KIND.accept, payload: CREDIT },
    { kind: KIND.accept, payload: CREDIT },
  ],
  8084: [{ kind: KIND.accept, payload: CREDIT }, { kind: KIND.end }, { kind: KIND.end }],
  8085: [{ kind: KIND.accept, payload: CREDIT }, { kind: KIND.end }, { kind: KIND.data, payload: BYTE }],
  8086: [{ kind: KIND.accept, payload: CREDIT }],
};
const ports = new Map<number, number>();

function openWrongly(agent: WireAgent): void {
  agent.send(unknown(FIRST_OPTIONAL_KIND));
  agent.send({ kind: KIND.open, to: HONEST, stream: NEIGHBOUR, payload: open });
  agent.send({ kind: KIND.data, to: MANAGER, stream: NEIGHBOUR, payload: BYTE });
  agent.send({ kind: KIND.open, to: MANAGER, stream: NEIGHBOUR, payload: open });
  agent.send({ kind: KIND.pong, to: HONEST, payload: PING });
  for (const [stream, frames] of Object.entries(OPENER))
    void agent.write(Buffer.concat(frames.map((frame) => agent.bytesOf({ ...frame, to: HONEST, stream: Number(stream) }))));
}

const left = new Set(Object.keys(OPENER).map(Number));

const WAYS: Readonly<Record<string, Partial<WireAgentHandlers>>> = {
  "another version": { preamble: preambleOf("agent").with(11, 2) },
  "a report before the hello": { greet: ({ send }) => send(report()) },
  "a frame for another before the hello": { greet: ({ send }) => send({ kind: KIND.ping, to: HONEST, payload: PING }) },
  "two hellos": { greet: ({ send }) => [hello(), hello()].forEach(send) },
  "a byte order mark": {
    greet: ({ send }) => {
      const { payload = BYTE, ...frame } = hello();
      send({ ...frame, payload: Uint8Array.of(0xef, 0xbb, 0xbf, ...payload) });
    },
  },
  "65 characters": { greet: ({ send }) => send(hello("😀".repeat(65))) },
  "64 characters": { greet: ({ send }) => send(hello("😀".repeat(64))) },
  "a header of another version": {
    begin: ({ bytesOf, write }) => write(bytesOf({ kind: KIND.ping, to: MANAGER, payload: PING }).with(0, 2)),
  },
  "a ping with a flag": { begin: ({ send }) => send({ kind: KIND.ping, to: MANAGER, payload: PING, accepting: true }) },
  "an open from an acceptor": {
    begin: ({ send }) => send({ kind: KIND.open, to: HONEST, stream: 1, payload: open, accepting: true }),
  },
  "a kind that must be known": { begin: ({ send }) => send(unknown(FIRST_OPTIONAL_KIND - 1)) },
  "credit for stream 0": { begin: ({ send }) => send({ kind: KIND.credit, to: HONEST, payload: CREDIT }) },
  "another host's name": { begin: ({ send }) => [report(1), report(1), report(0)].forEach(send) },
  "no name any more": { begin: ({ send }) => send(report(0xffff)) },
  "streams as an opener": {
    after: [HONEST],
    begin: openWrongly,
    receive: (frame, agent) => {
      const { kind, stream } = frame;
      if (kind === KIND.data && stream === NEIGHBOUR) note("neighbour lives");
      if (kind !== KIND.reset) return;
      note(`${stream} ${decodeReason(frame.payloadBytes()).code}`);
      left.delete(stream);
      if (left.size === 0) agent.send({ kind: KIND.data, to: HONEST, stream: NEIGHBOUR, payload: BYTE });
    },
  },
  "streams as an acceptor": {
    receive: (frame, agent) => {
      const { kind, source: to, stream } = frame;
      const answer = (frames: readonly Part[]) =>
        void agent.write(Buffer.concat(frames.map((one) => agent.bytesOf({ ...one, to, stream, accepting: true }))));
      if (kind === KIND.open) {
        const { port } = decodeOpen(frame.payloadBytes()).target;
        ports.set(stream, port);
        answer(ACCEPTOR[port] ?? []);
      } else if (kind === KIND.data) answer([{ kind: KIND.data, payload: frame.payloadBytes() }]);
      else if (kind === KIND.reset) note(`${ports.get(stream)} ${decodeReason(frame.payloadBytes()).code}`);
    },
  },
};

const broken = WAYS[way];
if (!broken) throw new Error(`There is no way "${way}"`);

startWireAgent({
  after: [],
  begin: () => undefined,
  told: (frame) => {
    if (frame.kind === KIND.bye) note(`bye ${decodeReason(frame.payloadBytes()).code}`);
  },
  ...broken,
});
