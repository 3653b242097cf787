// Dials a target for a stream that another host opened, and joins the two. Must not decide whether it may.

import { connect, type Socket } from "node:net";
import { type ErrorCode, type HostContext, NoRouterError, type Stream, showDestination, withLentReads } from "../../core/mod.ts";
import { connectLookUp, type LookedUp } from "./look_up.ts";
import { dialErrorCode } from "./net_errors.ts";
import { splice } from "./splice.ts";

/** What is dialled. */
export interface DialTarget {
  /** An address or a name, which is resolved as this host's programs do. */
  readonly host: string;
  readonly port: number;
  /** Which addresses of a name may be dialled; what it throws is why none is. */
  readonly choose?: (found: readonly LookedUp[]) => readonly LookedUp[];
  /** What to say when the name cannot be resolved; by default who the target is. */
  readonly unresolved?: string;
}

/** Targets that are being dialled. */
export interface Dialler {
  /** Dials, then accepts or resets the stream. */
  dial(stream: Stream, target: DialTarget): void;
  /** Gives up what is not connected yet. */
  stop(): void;
}

/** A dialler of one egress. */
export function dialler({ limits }: Pick<HostContext, "limits">): Dialler {
  /** Sockets that are not connected yet. */
  const dialling = new Set<Socket>();

  return {
    dial(stream, target) {
      const { host, port, choose } = target;
      const gone = new AbortController();
      const lookup = connectLookUp({ limits, signal: gone.signal }, choose);
      const options = { host, port, allowHalfOpen: true, noDelay: true, lookup };
      const socket = withLentReads((lent) => connect({ ...options, ...lent }));
      dialling.add(socket);
      const fail = (code: ErrorCode, message = describe(code, target)) => {
        done();
        stream.reset(code, message);
        socket.destroy();
      };
      const failed = (thrown: Error) =>
        thrown instanceof NoRouterError ? fail(thrown.code, thrown.message) : fail(dialErrorCode(thrown));
      const timer = setTimeout(() => fail("timed-out"), limits.dialMs);
      const done = () => {
        clearTimeout(timer);
        gone.abort();
        dialling.delete(socket);
      };
      socket.on("error", failed);
      socket.on("close", done);
      socket.once("connect", () => {
        done();
        socket.off("error", failed);
        if (stream.closed) socket.destroy();
        else stream.accept();
      });
      splice(socket, stream); // now, so that a reset of the stream ends the dial
    },
    stop() {
      for (const socket of dialling) socket.destroy();
    },
  };
}

function describe(code: ErrorCode, { host, port, unresolved }: DialTarget): string {
  if (code === "name-not-found" && unresolved !== undefined) return unresolved;
  const what: Partial<Record<ErrorCode, string>> = {
    refused: "refused the connection",
    "timed-out": "did not answer in time",
    "name-not-found": "cannot be resolved",
    denied: "may not be connected to",
    reset: "reset the connection",
  };
  return `Target ${showDestination({ host, port })} ${what[code] ?? "cannot be reached"}`;
}
