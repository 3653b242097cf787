// A manager that speaks the wire by itself (core/wire/SPEC.md), for the real agent, which it starts as a child.

import { waitFor } from "../../conformance/support/wait.ts";
import { type Frame, KIND, type Kind, MANAGER, makeFrame } from "../../core/wire/frame.ts";
import { decodeReason, type EndReason } from "../../core/wire/payload.ts";
import { PreambleScanner, preambleOf } from "../../core/wire/preamble.ts";
import { FrameReader } from "../../core/wire/reader.ts";
import { type Exit, startChild } from "./child.ts";

/** The id that it gives its agent unless it lies. */
export const AGENT = 2;

/** A manager with one agent. */
export interface WireManager {
  /** All that the agent said so far. */
  readonly frames: readonly Frame[];
  /** The agent's process. */
  readonly exited: Promise<Exit>;
  stderr(): string;
  /** Writes a frame; by default from the manager to the agent. */
  send(kind: Kind, payload: Uint8Array, to?: number, from?: number): void;
  /** Writes a control message, or bytes in its place. */
  tell(message: object | Uint8Array, to?: number): void;
  /** What the agent says when it leaves. */
  bye(): Promise<EndReason>;
  stop(): Promise<void>;
}

/** Starts an agent and, once its hello is there, resolves. */
export async function startWireManager(argv: readonly string[], preamble = preambleOf("manager")): Promise<WireManager> {
  const child = await startChild(argv);
  const frames: Frame[] = [];
  const scanner = new PreambleScanner("agent", 64 * 1024);
  const reader = new FrameReader({ data: 32 * 1024, control: 1024 * 1024 }, (frame) => void frames.push(frame));
  let heard = false;
  child.process.stdout?.on("data", (chunk: Uint8Array) => {
    const rest = heard ? chunk : scanner.push(chunk)?.rest;
    heard ||= rest !== undefined;
    if (rest) reader.push(rest);
  });
  const send: WireManager["send"] = (kind, payload, to = AGENT, from = MANAGER) =>
    void child.process.stdin?.write(Buffer.concat(makeFrame({ kind, source: from, destination: to }, payload).raw));
  const tell: WireManager["tell"] = (message, to) =>
    send(KIND.control, message instanceof Uint8Array ? message : new TextEncoder().encode(JSON.stringify(message)), to);
  const bye = async () => {
    const frame = await waitFor(() => frames.find(({ kind }) => kind === KIND.bye), { what: "the agent's bye", everyMs: 2 });
    return decodeReason(frame.payloadBytes());
  };
  child.process.stdin?.write(preamble);
  await waitFor(() => heard, { what: "the agent's preamble", timeoutMs: 20_000, everyMs: 2 });
  return { frames, exited: child.exited, stderr: child.stderr, send, tell, bye, stop: () => child.stop() };
}
