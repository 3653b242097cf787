// A carrier that ends with what its agent serves, where the kernel does not see to that: it looks now and then whether that runs.

import { type Carrier, type CarrierHandlers, NoRouterError } from "../../core/mod.ts";

/** How to look. */
export interface Watch {
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Whether it runs; a look that fails tells nothing. The signal is aborted when nobody wants to know any more. */
  runs(signal: AbortSignal): Promise<boolean>;
}

/** The carrier, which is closed once a look finds that what it leads to has ended. */
export function watchedCarrier(carrier: Carrier, watch: Watch): Carrier {
  return new WatchedCarrier(carrier, watch);
}

class WatchedCarrier implements Carrier {
  readonly #carrier: Carrier;
  readonly #watch: Watch;
  readonly #over = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #look: Promise<void> = Promise.resolve();
  #hasEnded = false;

  constructor(carrier: Carrier, watch: Watch) {
    this.#carrier = carrier;
    this.#watch = watch;
  }

  get cheapWrites(): boolean {
    return this.#carrier.cheapWrites ?? false;
  }

  start(handlers: CarrierHandlers): void {
    this.#carrier.start({
      data: (chunk) => handlers.data(chunk),
      drain: () => handlers.drain(),
      closed: (end) => {
        this.#stop();
        const error = this.#hasEnded ? new NoRouterError("container-stopped", "Container has ended") : end.error;
        handlers.closed(error ? { ...end, error } : end);
      },
    });
    this.#later();
  }

  pause(): void {
    this.#carrier.pause?.();
  }

  resume(): void {
    this.#carrier.resume?.();
  }

  write(parts: readonly Uint8Array[]): boolean {
    return this.#carrier.write(parts);
  }

  async close(): Promise<void> {
    this.#stop();
    await Promise.all([this.#carrier.close(), this.#look]);
  }

  #later(): void {
    if (this.#over.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#look = this.#looked();
    }, this.#watch.everyMs);
  }

  async #looked(): Promise<void> {
    const { signal } = this.#over;
    const runs = await this.#watch.runs(signal).catch(() => true);
    if (signal.aborted) return;
    if (runs) return this.#later();
    this.#hasEnded = true;
    await this.#carrier.close();
  }

  #stop(): void {
    this.#over.abort();
    clearTimeout(this.#timer);
  }
}
