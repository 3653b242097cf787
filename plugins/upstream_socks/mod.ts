// Where streams leave the network through somebody else's SOCKS proxy: for destinations of routes whose `via` is its URL.
// Runs in the manager's process alone, which knows the URLs. Must not put a password into words.

import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { SocksClient } from "socks";
import {
  decideRoute,
  destinationOf,
  type Egress,
  type HostContext,
  NoRouterError,
  owned,
  PLUGIN_API,
  type Plugin,
  type Stream,
  type Target,
  withLentReads,
} from "../../core/mod.ts";
import { splice } from "../support/splice.ts";
import { proxyFailure, refusalOf, timeoutOf } from "./failures.ts";
import { heldStream } from "./held_stream.ts";
import { nameForProxy, type Upstream, upstreamOf } from "./upstream.ts";

const NAME = "upstream-socks";

/** The egress through SOCKS proxies. */
export const upstreamSocksPlugin: Plugin = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.egress(upstreamEgress),
};

type AddressTarget = Target & { readonly kind: "address" };

function upstreamEgress(context: HostContext): Egress {
  /** Connections that lead nowhere yet. */
  const dialling = new Set<Socket>();

  /** Only what a route leads here, and through a proxy: whoever asks, its destination is the route's. */
  function upstreamFor({ host, port }: AddressTarget): Upstream | undefined {
    const decision = decideRoute(context.network(), destinationOf(host, port));
    if (decision.to !== "via" || decision.host.id !== context.self().id) return undefined;
    const url = context.upstream(decision.match.index);
    return url && upstreamOf(url);
  }

  function dial(stream: Stream, target: AddressTarget, upstream: Upstream): void {
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
    claims: (target) => target.kind === "address" && upstreamFor(target) !== undefined,
    open(stream) {
      const { target } = stream.identity;
      const upstream = target.kind === "address" ? upstreamFor(target) : undefined;
      if (target.kind === "address" && upstream) dial(stream, target, upstream);
      else stream.reset("not-routed");
    },
    async stop() {
      for (const socket of dialling) socket.destroy();
    },
  };
}

/**
 * Asks the proxy for a target; resolves with what came behind its reply, the socket paused. The package gets its bytes one
 * at a time, by a stream that is not the socket: so it never holds any that are not its own.
 */
function handshake(socket: Socket, target: AddressTarget, upstream: Upstream, timeout: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const { host, port, version: type, user: userId, password } = upstream;
    const side = new Duplex({
      read: () => undefined,
      write(chunk: Uint8Array, _encoding, done) {
        socket.write(chunk);
        done();
      },
    });
    side.on("error", () => undefined);
    const client = new SocksClient({
      command: "connect",
      destination: { host: nameForProxy(target.host), port: target.port },
      proxy: { host, port, type, userId, password },
      timeout,
    });
    let established = false;
    client.once("established", () => {
      established = true;
    });
    client.once("error", ({ message }) => reject(refusalOf(upstream, target, message)));
    const feed = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length && !established; at += 1) {
        side.emit("data", Buffer.from(bytes.subarray(at, at + 1)));
        if (established) resolve(bytes.subarray(at + 1));
      }
    };
    const take = (chunk: Uint8Array) => {
      try {
        feed(owned(chunk));
      } catch (thrown) {
        reject(thrown);
      }
      if (established) socket.pause().off("data", take);
    };
    socket.on("data", take);
    client.connect(side);
    socket.resume();
  });
}
