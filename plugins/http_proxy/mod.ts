// An HTTP proxy on each host that wants one: what programs ask it for goes into the network. Must not know HTTP itself.

import { randomBytes } from "node:crypto";
import { type FrontEnd, type HostContext, PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { gateOf } from "../support/gate.ts";
import { proxyFrontEnd } from "../support/proxy.ts";
import { upstreams } from "./agent.ts";
import { ownBytes, refusalAnswer } from "./answer.ts";
import { endGently } from "./client_input.ts";
import { serveClient } from "./connection.ts";
import { Refusal } from "./refusal.ts";

/** The HTTP proxy. */
export const httpProxyPlugin: Plugin = {
  name: "http-proxy",
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(httpProxy),
};

function httpProxy(context: HostContext): FrontEnd {
  const kept = upstreams(context.limits);
  const pseudonym = `norouter-${randomBytes(3).toString("hex")}`;
  const service = { context, gate: gateOf(context, "http"), upstreams: kept, pseudonym };
  const frontEnd = proxyFrontEnd(context, {
    name: "http",
    serve: (socket, entrance) => {
      serveClient(service, socket, entrance).catch(() => socket.destroy());
    },
    turnAway(socket) {
      const refusal = new Refusal("too-many-connections", "Too many connections are open to the proxy");
      socket.write(ownBytes(refusalAnswer(refusal), { head: false, close: true }));
      endGently(socket, context.limits.stopMs);
    },
  });
  return {
    ...frontEnd,
    async stop() {
      kept.close();
      await frontEnd.stop();
    },
  };
}
