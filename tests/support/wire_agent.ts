// An agent that speaks the wire by itself (core/wire/SPEC.md), for hosts that do what no honest agent does.
import { once } from "node:events";
import process from "node:process";
import { encodeControl } from "../../core/wire/control.ts";
import { FROM_ACCEPTOR, type Frame, KIND, type Kind, MANAGER, makeFrame, UNASSIGNED } from "../../core/wire/frame.ts";
import { decodeManagerMessage } from "../../core/wire/manager_message.ts";
import { PreambleScanner, preambleOf } from "../../core/wire/preamble.ts";
import { FrameReader } from "../../core/wire/reader.ts";

/** Where a frame goes. */
export interface FrameTo {
  readonly kind: Kind;
  readonly to: number;
  readonly stream?: number;
  readonly payload?: Uint8Array;
  /** As the end that accepted the stream. */
  readonly accepting?: boolean;
  /** In another host's name; default the own. */
  readonly from?: number;
}

/** What it may do once it is welcome. */
export interface WireAgent {
  /** The bytes of a frame of this host. */
  bytesOf(frame: FrameTo): Uint8Array;
  /** Writes a frame; nothing bounds what waits. */
  send(frame: FrameTo): void;
  /** Writes bytes that were made before, and resolves when the output takes more. */
  write(bytes: Uint8Array): Promise<void>;
  /** From now on takes no more than this many bytes a second of what the manager sends. */
  readSlowly(bytesPerSecond: number): void;
}

/** What it does. */
export interface WireAgentHandlers {
  /** Once the hosts of these ids are ready. */
  readonly after: readonly number[];
  begin(agent: WireAgent): void | Promise<void>;
  /** Any frame of another host. */
  receive?(frame: Frame, agent: WireAgent): void;
  /** Says goodbye or another word of the link's own. */
  told?(frame: Frame): void;
  /** Sent first; default that of an agent. */
  readonly preamble?: Uint8Array;
  /** Sent next, in place of an honest hello. */
  greet?(agent: WireAgent): void;
}

const SLOW_TICK_MS = 50;

/** Starts it on the standard streams of this process, which ends with them. */
export function startWireAgent(handlers: WireAgentHandlers): void {
  const { after, begin, receive, told } = handlers;
  const { stdin, stdout } = process;
  const waitingFor = new Set(after);
  const scanner = new PreambleScanner("manager", 64 * 1024);
  const reader = new FrameReader({ data: 32 * 1024, control: 64 * 1024 * 1024 }, take);
  let self = UNASSIGNED;
  let heard = false;
  let begun = false;

  const bytesOf = ({ kind, to, stream = 0, payload, accepting = false, from = self }: FrameTo) => {
    const fields = { kind, source: from, destination: to, flags: accepting ? FROM_ACCEPTOR : 0, stream };
    return Buffer.concat(makeFrame(fields, ...(payload ? [payload] : [])).raw);
  };
  const write = async (bytes: Uint8Array) => {
    if (!stdout.write(bytes)) await once(stdout, "drain");
  };
  const send = (frame: FrameTo) => void stdout.write(bytesOf(frame));
  const tell = (message: Parameters<typeof encodeControl>[0]) =>
    send({ kind: KIND.control, to: MANAGER, payload: encodeControl(message) });
  const agent: WireAgent = { bytesOf, send, write, readSlowly };

  function take(frame: Frame): void {
    if (frame.source !== MANAGER) receive?.(frame, agent);
    else if (frame.kind === KIND.ping) send({ kind: KIND.pong, to: MANAGER, payload: frame.payloadBytes() });
    else if (frame.kind === KIND.control) hear(decodeManagerMessage(frame.payloadBytes()));
    else told?.(frame);
  }

  function hear(message: ReturnType<typeof decodeManagerMessage>): void {
    if (message.type === "welcome") {
      self = message.host;
      tell({ type: "report", facts: [{ type: "host.ready" }] });
    } else {
      for (const host of readyIn(message)) waitingFor.delete(host);
    }
    if (begun || self === UNASSIGNED || waitingFor.size > 0) return;
    begun = true;
    void begin(agent);
  }

  function readSlowly(bytesPerSecond: number): void {
    const tick = (bytesPerSecond * SLOW_TICK_MS) / 1000;
    stdin.removeAllListeners("data").pause();
    setInterval(() => {
      const chunk: unknown = stdin.read(Math.min(tick, stdin.readableLength)) ?? stdin.read(0);
      if (chunk instanceof Uint8Array) reader.push(chunk);
    }, SLOW_TICK_MS);
  }

  stdout.on("error", () => process.exit());
  stdin.on("error", () => process.exit()).on("end", () => process.exit());
  stdin.on("data", (chunk: Uint8Array) => {
    if (heard) {
      reader.push(chunk);
      return;
    }
    const found = scanner.push(chunk);
    if (!found) return;
    heard = true;
    if (handlers.greet) handlers.greet(agent);
    else tell({ type: "hello", agent: { version: "x", runtime: "x", pid: process.pid } });
    reader.push(found.rest);
  });
  stdout.write(handlers.preamble ?? preambleOf("agent"));
}

/** The hosts that a snapshot or a batch of events says to be ready. */
function readyIn(message: Exclude<ReturnType<typeof decodeManagerMessage>, { type: "welcome" }>): number[] {
  if (message.type === "events")
    return message.events.flatMap((e) => (e.type === "host.ready" && e.host !== undefined ? [e.host] : []));
  if (message.type === "code") return [];
  const { network } = message.snapshot as unknown as { network: { hosts: { id: number; phase: string }[] } };
  return network.hosts.filter(({ phase }) => phase === "ready").map(({ id }) => id);
}
