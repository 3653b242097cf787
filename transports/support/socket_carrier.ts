// A carrier over a connection whose peer is known: the manager's end and the agent's are the same.

import type { Socket } from "node:net";
import { type Carrier, type CarrierHandlers, type Limits, type NoRouterError, settlesWithin } from "../../core/mod.ts";
import { startReading, writeParts } from "./stream_carrier.ts";

/** A connection, and what came before anything that it reads. */
export interface Connected {
  readonly socket: Socket;
  readonly early: Uint8Array;
}

/** What is said of an end. */
export interface SocketCarrierOptions {
  readonly limits: Pick<Limits, "stopMs">;
  /** What a broken connection means. */
  readonly broken: (error: Error) => NoRouterError;
}

/** A carrier over a connection. */
export function socketCarrier({ socket, early }: Connected, { limits, broken }: SocketCarrierOptions): Carrier {
  socket.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once("close", () => resolve());
  });
  let over = false;
  let handlers: CarrierHandlers | undefined;

  function finish(error?: Error): void {
    if (over) return;
    over = true;
    handlers?.closed(error ? { stderr: [], error: broken(error) } : { stderr: [] });
    // The peer's end of input is the end of both directions.
    socket.end();
  }

  return {
    start(given) {
      handlers = given;
      if (socket.destroyed) return void queueMicrotask(() => finish());
      // What came already is told when the caller has returned, before anything else is read.
      queueMicrotask(() => {
        if (early.length > 0) given.data(early);
        startReading({ input: socket, output: socket }, given, finish);
      });
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    write: (parts) => writeParts(socket, parts),
    async close() {
      socket.end();
      if (!(await settlesWithin(gone, limits.stopMs))) socket.destroy();
      await gone;
      finish();
    },
  };
}
