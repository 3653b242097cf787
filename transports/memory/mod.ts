// Reaches the manager's own host without a process: both ends of the link live here, on the same path as every
// other link. Also the quickest carrier for tests.

import { type Carrier, type CarrierHandlers, PLUGIN_API, type Plugin } from "../../core/mod.ts";

/** Claims hosts without `cmd`. */
export const memoryTransport: Plugin = {
  name: "memory",
  api: PLUGIN_API,
  setup(context) {
    context.transport({
      name: "memory",
      claims: (settings) => Object.keys(settings).length === 0,
      describe: () => "this process",
      open: ({ serveHere }) => {
        const [here, there] = memoryPair();
        serveHere(there);
        return here;
      },
    });
  },
};

/** Two carriers; what one writes the other gets, in order and never while the writer is still running. */
export function memoryPair(): [Carrier, Carrier] {
  const left = new End();
  const right = new End();
  left.peer = right;
  right.peer = left;
  return [left, right];
}

class End implements Carrier {
  readonly cheapWrites = true;
  peer: End | undefined;
  #handlers: CarrierHandlers | undefined;
  #waiting: Uint8Array[] = [];
  #delivering = false;
  #closed = false;

  start(handlers: CarrierHandlers): void {
    this.#handlers = handlers;
    if (this.#closed) this.#endSoon();
    else this.#deliverSoon();
  }

  write(parts: readonly Uint8Array[]): boolean {
    this.peer?.take(parts);
    return true;
  }

  async close(): Promise<void> {
    this.finish();
    this.peer?.finish();
  }

  take(parts: readonly Uint8Array[]): void {
    if (this.#closed) return;
    for (const part of parts) this.#waiting.push(part);
    this.#deliverSoon();
  }

  /** Hands over what was written before, then ends; an end that was not started yet ends when it is. */
  finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endSoon();
  }

  #endSoon(): void {
    if (!this.#handlers) return;
    queueMicrotask(() => {
      this.#deliver();
      this.#handlers?.closed({ stderr: [] });
    });
  }

  #deliverSoon(): void {
    if (this.#delivering || !this.#handlers || this.#waiting.length === 0) return;
    this.#delivering = true;
    queueMicrotask(() => {
      this.#delivering = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const parts = this.#waiting;
    this.#waiting = [];
    for (const part of parts) this.#handlers?.data(part);
  }
}
