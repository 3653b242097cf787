// A carrier that is listened to before its owner has it: what came meanwhile goes ahead.

import { type Carrier, type CarrierEnd, type CarrierHandlers, preambleOf } from "../../core/mod.ts";

/** What an agent says first; what comes before it, such as a warning of its runtime, is no more than a banner. */
const PREAMBLE = Buffer.from(preambleOf("agent"));

/** Whether an agent has spoken in what came. */
export function agentSpeaks(came: Buffer): boolean {
  return came.includes(PREAMBLE);
}

/** Owns a carrier that was not started, until it is handed over. */
export class HeardCarrier {
  readonly #carrier: Carrier;
  #handlers: CarrierHandlers | undefined;
  #end: CarrierEnd | undefined;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  /** How it ended, if it has. */
  get end(): CarrierEnd | undefined {
    return this.#end;
  }

  /** Starts it. */
  start(listener: CarrierHandlers): void {
    this.#handlers = listener;
    this.#carrier.start({
      data: (chunk) => this.#handlers?.data(chunk),
      drain: () => this.#handlers?.drain(),
      closed: (end) => {
        this.#end = end;
        this.#handlers?.closed(end);
      },
    });
  }

  write(parts: readonly Uint8Array[]): boolean {
    return this.#carrier.write(parts);
  }

  close(): Promise<void> {
    return this.#carrier.close();
  }

  /** The carrier for its owner, not started as far as that can tell; `came` is asked for what goes ahead when it is. */
  handOver(came: () => Uint8Array): Carrier {
    const carrier = this.#carrier;
    const { cheapWrites } = carrier;
    return {
      ...(cheapWrites === undefined ? {} : { cheapWrites }),
      start: (handlers) => {
        this.#handlers = handlers;
        const ahead = came();
        if (ahead.length > 0) handlers.data(ahead);
        if (this.#end) handlers.closed(this.#end);
      },
      pause: () => carrier.pause?.(),
      resume: () => carrier.resume?.(),
      write: (parts) => carrier.write(parts),
      close: () => carrier.close(),
    };
  }
}
