// The agent's way to its manager: the standard input and output of this very process. Nothing else may write to
// standard output.

import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import {
  type Carrier,
  type CarrierHandlers,
  DEFAULT_LIMITS,
  type Limits,
  NoRouterError,
  settlesWithin,
  withLentReads,
} from "../../core/mod.ts";
import { type StreamPair, startReading, writeParts } from "../support/stream_carrier.ts";

/** A carrier over file descriptors 0 and 1. Its end is the end of input: whoever started this process is gone. */
export function stdioCarrier({ stopMs }: Pick<Limits, "stopMs"> = DEFAULT_LIMITS, pair: StreamPair = standardStreams()): Carrier {
  const { input, output } = pair;
  let finish: (error?: Error) => void = () => undefined;

  function start(handlers: CarrierHandlers): void {
    let over = false;
    finish = (error) => {
      if (over) return;
      over = true;
      input.destroy();
      const cause = error ? { error: new NoRouterError("manager-gone", undefined, { cause: error }) } : {};
      handlers.closed({ stderr: [], ...cause });
    };
    startReading(pair, handlers, (error) => finish(error));
  }

  /** Writes out what waits; a manager that does not read is not waited for. */
  async function close(): Promise<void> {
    const written = new Promise<void>((resolve) => {
      for (const event of ["finish", "close", "error"]) output.on(event, () => resolve());
      if (output.destroyed) resolve();
    });
    output.end();
    await settlesWithin(written, stopMs);
    output.destroy();
    finish();
  }

  return {
    start,
    close,
    pause: () => void input.pause(),
    resume: () => void input.resume(),
    write: (parts) => writeParts(output, parts),
  };
}

/**
 * Node's `process.stdout` blocks on a full pipe, and Deno's blocks always, so there the descriptors are opened
 * as sockets. Bun cannot do that, but its own streams do not block.
 */
function standardStreams(): StreamPair {
  if ("Bun" in globalThis) return { input: process.stdin as Readable, output: process.stdout as Writable };
  try {
    return {
      input: withLentReads((lent) => new Socket({ fd: 0, readable: true, writable: false, ...lent })),
      output: new Socket({ fd: 1, readable: false, writable: true }),
    };
  } catch (thrown) {
    const message = "Standard input and output are not pipes; 'norouter run' starts the agent with pipes";
    throw new NoRouterError("usage", message, { cause: thrown });
  }
}
