// The HTTP proxy of one host: puts listening, clients and connections to servers together.

import { type FrontEnd, type HostContext, limitsOf } from "../../core/mod.ts";
import { endGently } from "../support/client_output.ts";
import { proxyFrontEnd } from "../support/proxy.ts";
import { ownBytes, refusalAnswer } from "./answer.ts";
import { serveClient } from "./connection.ts";
import { connectionPool } from "./connection_pool.ts";
import { HTTP_LIMIT_ROWS } from "./limits.ts";
import { Refusal } from "./refusal.ts";

/** The front-end of a host that has an HTTP proxy. */
export function httpProxy(context: HostContext): FrontEnd {
  const limits = limitsOf(context, HTTP_LIMIT_ROWS);
  const pool = connectionPool(limits);
  const pseudonym = `norouter-${crypto.randomUUID().slice(0, 6)}`;
  const frontEnd = proxyFrontEnd(context, {
    name: "http",
    serve: (client, proxy) => {
      serveClient({ context, limits, pool, pseudonym, ...proxy }, client).catch(() => client.socket.destroy());
    },
    turnAway(socket) {
      const refusal = new Refusal("too-many-connections", "Too many connections are open to the proxy");
      socket.write(ownBytes(refusalAnswer(refusal), { head: false, close: true }));
      endGently(socket, limits);
    },
    gone: () => pool.drop(),
  });
  return {
    ...frontEnd,
    async stop() {
      pool.close();
      await frontEnd.stop();
    },
  };
}
