// Where streams leave the network: dials the target of a port that this host publishes. Must not dial anything
// that the host's own manifest entry does not name.

import { connect, type Socket } from "node:net";
import {
  type Egress,
  type ErrorCode,
  type HostContext,
  PLUGIN_API,
  type Plugin,
  type PublishedPort,
  type Stream,
  withLentReads,
} from "../../core/mod.ts";
import { dialErrorCode } from "../support/net_errors.ts";
import { splice } from "../support/splice.ts";

const NAME = "forward";

/** The forwarding egress. */
export const forwardPlugin: Plugin = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.egress(forwardEgress),
};

function forwardEgress(context: HostContext): Egress {
  /** Sockets that are not connected yet. */
  const dialling = new Set<Socket>();

  function dial(stream: Stream, target: NonNullable<PublishedPort["target"]>): void {
    const { host, port } = target;
    const socket = withLentReads((lent) => connect({ host, port, allowHalfOpen: true, noDelay: true, ...lent }));
    dialling.add(socket);
    const fail = (code: ErrorCode) => {
      done();
      stream.reset(code, describe(code, target));
      socket.destroy();
    };
    const failed = (thrown: Error) => fail(dialErrorCode(thrown));
    const timer = setTimeout(() => fail("timed-out"), context.limits.dialMs);
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
  }

  return {
    name: NAME,
    claims: (target) => target.kind === "published",
    open(stream) {
      const { port } = stream.identity.target;
      const published = context.self().ports.find(({ listen }) => listen === port);
      if (published?.target) dial(stream, published.target);
      else stream.reset("not-published", `Port ${port} is not published by "${context.self().name}"`);
    },
    async stop() {
      for (const socket of dialling) socket.destroy();
    },
  };
}

function describe(code: ErrorCode, { host, port }: NonNullable<PublishedPort["target"]>): string {
  const what: Partial<Record<ErrorCode, string>> = {
    refused: "refused the connection",
    "timed-out": "did not answer in time",
    "name-not-found": "cannot be resolved",
    denied: "may not be connected to",
    reset: "reset the connection",
  };
  return `Target ${host}:${port} ${what[code] ?? "cannot be reached"}`;
}
