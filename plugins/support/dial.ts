// Dials a target for a stream that another host opened, and joins the two. Must not decide whether it may.

import { connect, type LookupFunction, type Socket } from "node:net";
import { type ErrorCode, type HostContext, type Stream, withLentReads } from "../../core/mod.ts";
import { dialErrorCode } from "./net_errors.ts";
import { splice } from "./splice.ts";

/** What is dialled. */
export interface DialTarget {
  /** An address or a name, which is resolved as `lookup` says, by default as this host's programs do. */
  readonly host: string;
  readonly port: number;
  readonly lookup?: LookupFunction;
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
      const { host, port, lookup } = target;
      const options = { host, port, allowHalfOpen: true, noDelay: true, ...(lookup ? { lookup } : {}) };
      const socket = withLentReads((lent) => connect({ ...options, ...lent }));
      dialling.add(socket);
      const fail = (code: ErrorCode) => {
        done();
        stream.reset(code, describe(code, target));
        socket.destroy();
      };
      const failed = (thrown: Error) => fail(dialErrorCode(thrown));
      const timer = setTimeout(() => fail("timed-out"), limits.dialMs);
      const done = () => {
        clearTimeout(timer);
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

function describe(code: ErrorCode, { host, port }: DialTarget): string {
  const what: Partial<Record<ErrorCode, string>> = {
    refused: "refused the connection",
    "timed-out": "did not answer in time",
    "name-not-found": "cannot be resolved",
    denied: "may not be connected to",
    "route-refused": "is refused by a route",
    reset: "reset the connection",
  };
  const shown = host.includes(":") ? `[${host}]` : host;
  return `Target ${shown}:${port} ${what[code] ?? "cannot be reached"}`;
}
