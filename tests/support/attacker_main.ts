// A hostile agent: attacks a host in one way while a file is there, also after it was thrown out and came back, and is quiet else.
// Arguments: the way (a key of ATTACKS), the id of the host, the file.
import { existsSync } from "node:fs";
import process from "node:process";
import { type Frame, joined, KIND } from "../../core/wire/frame.ts";
import { decodeCredit, encodeCredit, encodeOpen, encodeReason } from "../../core/wire/payload.ts";
import { type FrameTo, startWireAgent, type WireAgent } from "./wire_agent.ts";

const MIB = 1024 * 1024;
const MOST_CREDIT = 2 ** 32 - 1;
/** Slow enough that all that is sent waits somewhere, fast enough that the manager's pings are answered. */
const SLOW = 256 * 1024;
/** Frames, or pairs of frames, of one write. */
const BATCH = 1000;
/** What a byte of data in a frame of its own costs, and the credit of each stream before a word was said. */
const COST = 256;
const FIRST_CREDIT = 16 * 1024;
const LOOK_MS = 50;
const ENDLESS = 8080;
const SINK = 8081;

const [way = "", host = "", flag = ""] = process.argv.slice(2);
const to = Number(host);
const open = (credit: number, port = ENDLESS) => encodeOpen({ credit, target: { kind: "published", port } });
const byte = (stream: number): FrameTo => ({ kind: KIND.data, to, stream, payload: Uint8Array.of(1) });

function together(parts: readonly Uint8Array[]): Uint8Array {
  return joined(
    parts,
    parts.reduce((sum, { length }) => sum + length, 0),
  );
}

/** Sends frames over and over, the nth made by `make`. */
async function flood({ bytesOf, write }: WireAgent, make: (n: number) => FrameTo[]): Promise<void> {
  for (let n = 1; existsSync(flag); n += BATCH)
    await write(together(Array.from({ length: BATCH }, (_, at) => make(n + at).map(bytesOf)).flat()));
}

function openAndReadSlowly(agent: WireAgent, streams: number, credit: number): void {
  agent.readSlowly(SLOW);
  for (let stream = 1; stream <= streams; stream += 1) agent.send({ kind: KIND.open, to, stream, payload: open(credit) });
}

/** Sends single bytes for so much credit. */
function spend({ bytesOf, write }: WireAgent, credit: number): void {
  void write(together(Array.from({ length: Math.floor(credit / COST) }, () => bytesOf(byte(1)))));
}

/** What a way does at its begin, and with what it then gets. */
interface Attack {
  begin(agent: WireAgent): void | Promise<void>;
  receive?(frame: Frame, agent: WireAgent): void;
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  "open with endless credit": { begin: (agent) => openAndReadSlowly(agent, 1, MOST_CREDIT) },
  "open 200 streams of 16 MiB": { begin: (agent) => openAndReadSlowly(agent, 200, 16 * MIB) },
  "accept with endless credit": {
    begin: (agent) => agent.readSlowly(SLOW),
    receive: ({ kind, source, stream }, agent) => {
      if (kind !== KIND.open) return;
      agent.send({ kind: KIND.accept, to: source, stream, accepting: true, payload: encodeCredit(MOST_CREDIT) });
    },
  },
  "bytes one by one": {
    begin: (agent) => {
      agent.send({ kind: KIND.open, to, stream: 1, payload: open(0, SINK) });
      spend(agent, FIRST_CREDIT);
    },
    receive: (frame, agent) => {
      if (frame.kind === KIND.accept || frame.kind === KIND.credit) spend(agent, decodeCredit(frame.payloadBytes()));
    },
  },
  "data for no stream": { begin: (agent) => flood(agent, (stream) => [byte(stream)]) },
  "credit for no stream": {
    begin: (agent) => flood(agent, (stream) => [{ kind: KIND.credit, to, stream, payload: encodeCredit(1) }]),
  },
  "ends for no stream": { begin: (agent) => flood(agent, (stream) => [{ kind: KIND.end, to, stream }]) },
  pings: { begin: (agent) => flood(agent, () => [{ kind: KIND.ping, to, payload: new Uint8Array(8) }]) },
  "open and reset": {
    begin: (agent) =>
      flood(agent, (stream) => [
        { kind: KIND.open, to, stream, payload: open(MIB) },
        { kind: KIND.reset, to, stream, payload: encodeReason({ code: "reset", message: "" }) },
      ]),
  },
};

const attack = ATTACKS[way];
if (!attack) throw new Error(`There is no attack "${way}"`);

/** Begins when the file is there, and ends this process when it is gone. */
function watch(agent: WireAgent): void {
  let begun = false;
  setInterval(() => {
    const wanted = existsSync(flag);
    if (begun && !wanted) process.exit();
    if (!begun && wanted) void attack?.begin(agent);
    begun ||= wanted;
  }, LOOK_MS);
}

startWireAgent({ after: [to], begin: watch, ...(attack.receive ? { receive: attack.receive } : {}) });
