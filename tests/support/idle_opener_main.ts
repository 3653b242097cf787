// A hostile agent of a few lines: opens idle streams to port 8080 of a host (its id is the first argument, their number the second)
// once that host is ready, and stays.

import process from "node:process";
import { decodeManagerMessage, encodeControl } from "../../core/wire/control.ts";
import { type Frame, KIND, MANAGER, makeFrame, UNASSIGNED } from "../../core/wire/frame.ts";
import { encodeOpen } from "../../core/wire/payload.ts";
import { PreambleScanner, preambleOf } from "../../core/wire/preamble.ts";
import { FrameReader } from "../../core/wire/reader.ts";

const [target, streams] = process.argv.slice(2, 4).map(Number) as [number, number];
const OPEN = encodeOpen({ credit: 16 * 1024, target: { kind: "published", port: 8080 } });
const scanner = new PreambleScanner("manager", 64 * 1024);
const reader = new FrameReader({ data: 32 * 1024, control: 64 * 1024 * 1024 }, receive);
let self = UNASSIGNED;
let heard = false;
let flooding = false;

function send(frame: Frame): void {
  process.stdout.write(Buffer.concat(frame.raw));
}

function tell(message: Parameters<typeof encodeControl>[0]): void {
  send(makeFrame({ kind: KIND.control, source: self, destination: MANAGER }, encodeControl(message)));
}

function receive(frame: Frame): void {
  if (frame.source !== MANAGER) return;
  if (frame.kind === KIND.ping) send(makeFrame({ kind: KIND.pong, source: self, destination: MANAGER }, frame.payloadBytes()));
  if (frame.kind !== KIND.control) return;
  const message = decodeManagerMessage(frame.payloadBytes());
  if (message.type === "welcome") {
    self = message.host;
    tell({ type: "report", facts: [{ type: "host.ready" }] });
  } else if (!flooding && isReady(message)) {
    flooding = true;
    for (let stream = 1; stream <= streams; stream += 1)
      send(makeFrame({ kind: KIND.open, source: self, destination: target, stream }, OPEN));
  }
}

/** Whether a snapshot or a batch of events says that the target is ready. */
function isReady(message: ReturnType<typeof decodeManagerMessage>): boolean {
  if (message.type === "events") return message.events.some((event) => event.type === "host.ready" && event.host === target);
  const { snapshot } = message as { snapshot: { network: { hosts: { id: number; phase: string }[] } } };
  return snapshot.network.hosts.some(({ id, phase }) => id === target && phase === "ready");
}

process.stdin.on("data", (chunk: Uint8Array) => {
  if (heard) return reader.push(chunk);
  const found = scanner.push(chunk);
  if (!found) return;
  heard = true;
  tell({ type: "hello", agent: { version: "x", runtime: "x", pid: process.pid }, network: "", seq: 0 });
  reader.push(found.rest);
});
process.stdin.on("end", () => process.exit());
process.stdout.write(preambleOf("agent"));
