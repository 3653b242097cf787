// Where streams leave the network through somebody else's SOCKS proxy: for destinations of routes whose `via` is its URL.
// Runs in the manager's process alone, which knows the URLs. Must not put a password into words.

import { connect, type Socket } from "node:net";
import {
  type Destination,
  decideRoute,
  destinationOf,
  type Egress,
  type HostContext,
  NoRouterError,
  PLUGIN_API,
  type Plugin,
  type Stream,
  withLentReads,
} from "../../core/mod.ts";
import { splice } from "../support/splice.ts";
import { proxyFailure, timeoutOf } from "./failures.ts";
import { handshake } from "./handshake.ts";
import { heldStream } from "./held_stream.ts";
import { type Upstream, upstreamOf } from "./upstream.ts";

const NAME = "upstream-socks";

/** The egress through SOCKS proxies. */
export const upstreamSocksPlugin: Plugin = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.egress(upstreamEgress),
};

function upstreamEgress(context: HostContext): Egress {
  /** Connections that lead nowhere yet. */
  const dialling = new Set<Socket>();

  /** Only what a route leads here, and through a proxy: whoever asks, its destination is the route's. */
  function upstreamFor(destination: Destination): Upstream | undefined {
    const decision = decideRoute(context.network(), destination);
    if (decision.to !== "via" || decision.host.id !== context.self().id) return undefined;
    const url = context.upstream(decision.match.index);
    return url && upstreamOf(url);
  }

  function dial(stream: Stream, target: Destination, upstream: Upstream): void {
    const { host, port } = upstream;
    const socket = withLentReads((lent) => connect({ host, port, allowHalfOpen: true, noDelay: true, ...lent }));
    const done = () => {
      clearTimeout(timer);
      dialling.delete(socket);
    };
    const fail = (error: NoRouterError) => {
      done();
      stream.reset(error.code, error.message);
      socket.destroy();
    };
    const timer = setTimeout(() => fail(timeoutOf(upstream, target, socket.connecting)), context.limits.dialMs);
    const failed = (thrown: unknown) => fail(thrown instanceof NoRouterError ? thrown : proxyFailure(upstream, thrown));
    const ended = () => failed(undefined);
    dialling.add(socket);
    const held = heldStream(stream, () => socket.destroy());
    socket.once("close", done);
    socket.on("error", failed);
    socket.once("end", ended);
    socket.once("connect", () => {
      handshake(socket, target, upstream, context.limits.dialMs).then((early) => {
        done();
        socket.off("error", failed).off("end", ended);
        if (stream.closed) return void socket.destroy();
        stream.accept();
        if (early.length > 0) stream.write(early);
        splice(socket, held);
      }, failed);
    });
  }

  return {
    name: NAME,
    claims: (target) => target.kind === "address" && upstreamFor(destinationOf(target.host, target.port)) !== undefined,
    open(stream) {
      const { target } = stream.identity;
      // What the proxy is asked for is what the routes were asked about, to the letter.
      const destination = target.kind === "address" ? destinationOf(target.host, target.port) : undefined;
      const upstream = destination && upstreamFor(destination);
      if (upstream) dial(stream, destination, upstream);
      else stream.reset("not-routed");
    },
    async stop() {
      for (const socket of dialling) socket.destroy();
    },
  };
}
