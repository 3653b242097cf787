// The talk with a host's shell before there is an agent: lines with a mark one way, text and files the other, and then the
// carrier is handed over as it is.

import { type Carrier, type CarrierEnd, giveBack, type Limits, NoRouterError, owned, settlesWithin } from "../../../core/mod.ts";
import { agentSpeaks, HeardCarrier } from "../heard_carrier.ts";
import { LastLines } from "../last_lines.ts";
import { MARK, PROBE_HEAD } from "./probe.ts";

/** Why a talk ended without an agent: what this side found, or how the carrier ended. */
export class TalkEnded extends Error {
  readonly end: Partial<CarrierEnd>;

  constructor(end: Partial<CarrierEnd>) {
    super("The talk ended");
    this.end = end;
  }
}

/** Hears whether an agent that was started said anything. */
export interface FirstWords {
  /** Its preamble came. */
  heard(): void;
  /** It ended without one. */
  unheard(): void;
}

/** A talk over a carrier that was not started. */
export class Conversation {
  readonly #carrier: HeardCarrier;
  readonly #limits: Limits;
  /** Bytes that were not read yet. */
  #rest: Uint8Array = new Uint8Array();
  /** What stood before or between the marks. */
  #banner = "";
  /** Bytes of all lines so far. */
  #heard = 0;
  /** How long sending took: what is still on its way at the end of it may take as long again. */
  #sendingMs = 0;
  #over = false;
  /** More came than a shell has to say; what follows is dropped. */
  #flooded = false;
  /** When the host has to have said something, by a steady clock. */
  #deadline = 0;
  #wake = Promise.withResolvers<void>();
  #drained = Promise.withResolvers<void>();

  constructor(carrier: Carrier, limits: Limits) {
    this.#carrier = new HeardCarrier(carrier);
    this.#limits = limits;
  }

  /** Starts the carrier and says the first words. */
  start(text: string): void {
    this.#carrier.start({
      data: (chunk) => {
        if (this.#over || this.#flooded) return giveBack(chunk);
        this.#rest = Buffer.concat([this.#rest, owned(chunk)]);
        this.#flooded = this.#heard + this.#rest.length > this.#limits.bannerBytes;
        this.#wake.resolve();
        if (this.#flooded) this.#drained.resolve();
      },
      drain: () => this.#drained.resolve(),
      closed: () => {
        this.#wake.resolve();
        this.#drained.resolve();
      },
    });
    this.say(text);
  }

  /** Sends text. */
  say(text: string): void {
    this.#carrier.write([new TextEncoder().encode(text)]);
  }

  /** Sends bytes and resolves when more may follow; false when there is nobody to take them. @throws TalkEnded */
  async send(bytes: Uint8Array): Promise<boolean> {
    this.#drained = Promise.withResolvers();
    if (!this.#carrier.write([bytes]) && !this.#carrier.end) {
      const began = performance.now();
      await within(this.#drained.promise, this.#limits.helloMs);
      this.#sendingMs += performance.now() - began;
    }
    this.#check();
    return !this.#carrier.end;
  }

  /** The next marked line without its mark. @throws TalkEnded */
  async listen(): Promise<string> {
    this.#deadline = performance.now() + this.#limits.helloMs + this.#sendingMs;
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) {
        const line = new TextDecoder().decode(this.#rest.subarray(0, end));
        this.#rest = this.#rest.subarray(end + 1);
        this.#heard += end + 1;
        if (line.startsWith(MARK)) return line.slice(MARK.length).trimEnd();
        if (line.includes(PROBE_HEAD)) throw new TalkEnded({ error: echoed(line) });
        if (line.trim() !== "") this.#banner += `${line}\n`;
      } else await this.#more();
    }
  }

  /** The carrier of the agent that was started; what the host printed before goes ahead of it. */
  handOver(words: FirstWords): Carrier {
    let first: Buffer | undefined = Buffer.alloc(0);
    const heed = (chunk: Uint8Array) => {
      if (first === undefined) return;
      first = Buffer.concat([first, chunk]);
      if (!agentSpeaks(first) && first.length <= this.#limits.bannerBytes) return;
      first = undefined;
      words.heard();
    };
    const agent = this.#carrier.handOver(() => Buffer.concat([new TextEncoder().encode(this.#banner), this.#rest]));
    return {
      ...agent,
      start: (handlers) =>
        agent.start({
          drain: () => handlers.drain(),
          data: (chunk) => {
            heed(chunk);
            handlers.data(chunk);
          },
          closed: (end) => {
            if (first) words.unheard();
            handlers.closed(end);
          },
        }),
    };
  }

  /** Closes the host's input, after a silence, and waits for what it then says and how it ends. */
  async lastWords(): Promise<Partial<CarrierEnd>> {
    await this.#carrier.close();
    return this.#carrier.end ?? {};
  }

  /** Ends the carrier; what still comes is dropped. */
  close(): Promise<void> {
    this.#over = true;
    return this.#carrier.close();
  }

  /** The command line that ended, if there was one; how it ended is our own doing when we ended it. */
  ranAs(): Pick<CarrierEnd, "command"> {
    const { command } = this.#carrier.end ?? {};
    return command === undefined ? {} : { command };
  }

  /** The last of what was printed so far, for people. */
  printed(): string[] {
    const lines = new LastLines(this.#limits, () => undefined);
    lines.push(new TextEncoder().encode(this.#banner));
    lines.push(this.#rest);
    return lines.lines().filter((line) => !line.startsWith(MARK));
  }

  async #more(): Promise<void> {
    this.#check();
    if (this.#carrier.end) throw new TalkEnded(this.#carrier.end);
    this.#wake = Promise.withResolvers();
    await within(this.#wake.promise, Math.max(0, this.#deadline - performance.now()), this.#limits.helloMs);
    this.#check();
  }

  /** @throws TalkEnded when the host prints without end */
  #check(): void {
    if (!this.#flooded) return;
    const message = `Host printed more than ${this.#limits.bannerBytes} bytes where a shell was wanted`;
    throw new TalkEnded({ error: new NoRouterError("not-an-agent", message) });
  }
}

/** A program that copies its input sends the very line back; a terminal ends it in another way, or has a prompt before it. */
function echoed(line: string): NoRouterError {
  if (line.startsWith(PROBE_HEAD) && !line.endsWith("\r")) return new NoRouterError("link-echo");
  return new NoRouterError("terminal-in-path");
}

/** @throws TalkEnded with `agent-silent` when it takes longer. */
async function within(promise: Promise<void>, ms: number, said = ms): Promise<void> {
  if (await settlesWithin(promise, ms)) return;
  throw new TalkEnded({
    error: new NoRouterError("agent-silent", `Host's shell did not answer within ${said / 1000} seconds`),
  });
}
