// Where streams leave the network through somebody else's SOCKS proxy: for destinations of routes whose `via` is its URL.
// Runs in the manager's process alone, which knows the URLs. Must not put a password into words.

import type { Socket } from "node:net";
import {
  type Destination,
  decideRoute,
  destinationOf,
  type Egress,
  type HostContext,
  type HostPart,
  limitsOf,
  NoRouterError,
  PLUGIN_API,
  type Stream,
} from "../../core/mod.ts";
import { connectTo } from "../support/connect.ts";
import { heldStream } from "../support/held_stream.ts";
import { DIAL_LIMIT_ROWS } from "../support/limits.ts";
import { splice } from "../support/splice.ts";
import { proxyFailure, timeoutOf } from "./failures.ts";
import { handshake } from "./handshake.ts";
import { UPSTREAM } from "./key.ts";
import { type Upstream, upstreamOf } from "./upstream.ts";

const NAME = "upstream-socks";

/** The egress through SOCKS proxies. */
export const upstreamSocksHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.egress(upstreamEgress),
};

function upstreamEgress(context: HostContext): Egress {
  /** What gives up each connection that leads nowhere yet. */
  const dialling = new Set<AbortController>();

  /** Only what a route leads here, and through a proxy: whoever asks, its destination is the route's. */
  function upstreamFor(destination: Destination): Upstream | undefined {
    const decision = decideRoute(context.network(), destination);
    if (decision.to !== "via" || decision.host.id !== context.self().id) return undefined;
    const url = context.secret("route", UPSTREAM, decision.match.index);
    return typeof url === "string" ? upstreamOf(new URL(url)) : undefined;
  }

  function dial(stream: Stream, target: Destination, upstream: Upstream): void {
    const { host, port } = upstream;
    const { limits } = context;
    const { dialMs } = limitsOf(context, DIAL_LIMIT_ROWS);
    const gone = new AbortController();
    let socket: Socket | undefined;
    const done = () => {
      clearTimeout(timer);
      dialling.delete(gone);
    };
    const fail = (error: NoRouterError) => {
      done();
      stream.reset(error.code, error.message);
      gone.abort();
    };
    const timer = setTimeout(() => fail(timeoutOf(upstream, target, socket === undefined)), dialMs);
    const failed = (thrown: unknown) => fail(thrown instanceof NoRouterError ? thrown : proxyFailure(upstream, thrown));
    const ended = () => failed(undefined);
    const connected = (made: Socket) => {
      const leave = () => void made.destroy();
      socket = made;
      gone.signal.addEventListener("abort", leave);
      made.once("close", done).on("error", failed).once("end", ended);
      handshake(made, target, upstream, dialMs).then((early) => {
        done();
        gone.signal.removeEventListener("abort", leave);
        made.off("error", failed).off("end", ended);
        if (stream.closed) return void made.destroy();
        stream.accept();
        if (early.length > 0) stream.write(early);
        splice(made, held);
      }, failed);
    };
    dialling.add(gone);
    const held = heldStream(stream, () => gone.abort());
    connectTo({ host, port, limits, signal: gone.signal }).then(connected, (thrown: unknown) => {
      const code = thrown instanceof NoRouterError ? thrown.code : undefined;
      if (code === "timed-out") fail(timeoutOf(upstream, target, true));
      else if (code !== "reset") fail(proxyFailure(upstream, thrown));
      else done();
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
      for (const gone of dialling) gone.abort();
    },
  };
}
