// The SOCKS proxy of a host: SOCKS4, SOCKS4a and SOCKS5 on one port, for programs that want to reach the network by name. Must
// not resolve names: a route may say which host does.

import {
  asNoRouterError,
  destinationOf,
  type FrontEnd,
  type HostContext,
  type HostPart,
  lendingReads,
  limitsOf,
  PLUGIN_API,
} from "../../core/mod.ts";
import { enterFor } from "../support/enter.ts";
import { type ProxyClient, proxyFrontEnd, type ServedProxy } from "../support/proxy.ts";
import { splice } from "../support/splice.ts";
import { SOCKS_LIMIT_ROWS } from "./limits.ts";
import { farewell, negotiate, turnAway } from "./negotiate.ts";
import { failure, success } from "./replies.ts";

const NAME = "socks";

/** The SOCKS proxy. */
export const socksHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(socksFrontEnd),
};

function socksFrontEnd(context: HostContext): FrontEnd {
  const limits = limitsOf(context, SOCKS_LIMIT_ROWS);

  async function serve(client: ProxyClient, { settings, gate }: ServedProxy): Promise<void> {
    const { socket } = client;
    const negotiated = await negotiate(socket, gate, limits);
    client.waits(false);
    if (!negotiated) return;
    const outside = settings()?.outside;
    if (!outside) return void socket.destroy();
    const { request, early } = negotiated;
    const { version, host, port } = request;
    const fail = (thrown: unknown) => farewell(socket, failure(version, asNoRouterError(thrown).code), limits);
    try {
      const stream = await enterFor(client, context, destinationOf(host, port), outside);
      if (socket.destroyed) return;
      if (early.length > 0) stream.write(early);
      splice(socket, stream, { accepted: () => void socket.write(success(version)), refused: fail });
    } catch (thrown) {
      fail(thrown);
    }
  }

  return proxyFrontEnd(context, {
    name: NAME,
    serve: (client, proxy) => {
      const { socket: accepted } = client;
      const socket = lendingReads(accepted);
      socket.on("error", () => undefined);
      accepted.once("close", () => socket.destroy());
      void serve({ ...client, socket }, proxy);
    },
    turnAway: (socket) => turnAway(socket, limits),
  });
}
