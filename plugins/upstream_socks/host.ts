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
import { type Spliceable, splice } from "../support/splice.ts";
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
  const dialling = new Set<Dialling>();
  return {
    name: NAME,
    claims: (target) => {
      return target.kind === "address" && upstreamFor(context, destinationOf(target.host, target.port)) !== undefined;
    },
    open(stream) {
      const { target } = stream.identity;
      // What the proxy is asked for is what the routes were asked about, to the letter.
      const destination = target.kind === "address" ? destinationOf(target.host, target.port) : undefined;
      const upstream = destination && upstreamFor(context, destination);
      if (!upstream) return stream.reset("not-routed");
      const one = new Dialling({ stream, target: destination, upstream, context, over: () => dialling.delete(one) });
      dialling.add(one);
      one.begin();
    },
    async stop() {
      for (const one of dialling) one.giveUp();
    },
  };
}

/** Only what a route leads here, and through a proxy: whoever asks, its destination is the route's. */
function upstreamFor(context: HostContext, destination: Destination): Upstream | undefined {
  const decision = decideRoute(context.network(), destination);
  if (decision.to !== "via" || decision.host.id !== context.self().id) return undefined;
  const url = context.secret("route", UPSTREAM, decision.match.index);
  return typeof url === "string" ? upstreamOf(new URL(url)) : undefined;
}

/** Who wants to get where, and by which proxy. */
interface DialOptions {
  readonly stream: Stream;
  readonly target: Destination;
  readonly upstream: Upstream;
  readonly context: Pick<HostContext, "limits">;
  /** It leads to the target, or nowhere; may be called again. */
  readonly over: () => void;
}

/** A stream on its way through a proxy, until it leads to its target. */
class Dialling {
  readonly #options: DialOptions;
  readonly #dialMs: number;
  /** Gives up. */
  readonly #gone = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #connected = false;

  constructor(options: DialOptions) {
    this.#options = options;
    this.#dialMs = limitsOf(options.context, DIAL_LIMIT_ROWS).dialMs;
  }

  begin(): void {
    const { stream, target, upstream, context } = this.#options;
    const { host, port } = upstream;
    this.#timer = setTimeout(() => this.#fail(timeoutOf(upstream, target, !this.#connected)), this.#dialMs);
    const held = heldStream(stream, () => this.giveUp());
    connectTo({ host, port, limits: context.limits, signal: this.#gone.signal }).then(
      (socket) => this.#ask(socket, held),
      (thrown: unknown) => this.#notConnected(thrown),
    );
  }

  giveUp(): void {
    this.#gone.abort();
  }

  /** Asks the proxy for the target. */
  #ask(socket: Socket, held: Spliceable): void {
    const { target, upstream } = this.#options;
    const { signal } = this.#gone;
    const leave = () => void socket.destroy();
    const failed = (thrown: unknown) => this.#fail(thrown instanceof NoRouterError ? thrown : proxyFailure(upstream, thrown));
    const ended = () => failed(undefined);
    this.#connected = true;
    signal.addEventListener("abort", leave);
    socket.once("close", () => this.#done());
    socket.on("error", failed).once("end", ended);
    handshake(socket, target, upstream, this.#dialMs).then((early) => {
      signal.removeEventListener("abort", leave);
      socket.off("error", failed).off("end", ended);
      this.#lead(socket, early, held);
    }, failed);
  }

  /** The way is open; the target's first bytes may have come with the proxy's reply. */
  #lead(socket: Socket, early: Uint8Array, held: Spliceable): void {
    const { stream } = this.#options;
    this.#done();
    if (stream.closed) return void socket.destroy();
    stream.accept();
    if (early.length > 0) stream.write(early);
    splice(socket, held);
  }

  #notConnected(thrown: unknown): void {
    const { target, upstream } = this.#options;
    const code = thrown instanceof NoRouterError ? thrown.code : undefined;
    if (code === "timed-out") this.#fail(timeoutOf(upstream, target, true));
    else if (code !== "reset") this.#fail(proxyFailure(upstream, thrown));
    else this.#done();
  }

  #fail(error: NoRouterError): void {
    this.#done();
    this.#options.stream.reset(error.code, error.message);
    this.giveUp();
  }

  #done(): void {
    clearTimeout(this.#timer);
    this.#options.over();
  }
}
