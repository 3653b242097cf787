// The Unix socket of one network's API: who connects, and how many. What speaks HTTP is loaded for the first client: most networks are
// never asked, and it takes 6 MB of a process.

import type { Socket } from "node:net";
import { messageOf, settlesWithin } from "../../core/mod.ts";
import { listen } from "../support/listen.ts";
import { API_BOUNDS } from "./bounds.ts";
import type { HttpApi, HttpOptions } from "./http.ts";

/** A server that listens. */
export interface ApiServer {
  /** Sends event streams what is left of the log, answers what is under way, and removes the socket. */
  stop(): Promise<void>;
}

/** What is served where. */
export interface ServerOptions extends HttpOptions {
  /** The socket's path. */
  readonly path: string;
}

/**
 * Serves a network.
 * @throws the system's error, such as `EADDRINUSE` where somebody answers, or as {@link listen}
 */
export async function serveApi(options: ServerOptions): Promise<ApiServer> {
  const { path, debug } = options;
  const sockets = new Set<Socket>();
  let loading: Promise<HttpApi> | undefined;
  const listener = await listen({ path }, (socket) => {
    if (sockets.size >= API_BOUNDS.connections) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
    loading ??= import("./http.ts").then(({ httpApi }) => httpApi(options));
    loading.then(
      (api) => api.take(socket),
      (thrown: unknown) => {
        debug(`The API failed: ${messageOf(thrown)}`);
        socket.destroy();
      },
    );
  });
  return {
    async stop() {
      listener.close();
      const closed = Promise.all([...sockets].map((socket) => new Promise<void>((resolve) => socket.once("close", resolve))));
      const api = await loading?.catch(() => undefined);
      api?.finish();
      // What was just answered is on its way, and who does not read it is not waited for.
      if (!(await settlesWithin(closed, API_BOUNDS.lastMs))) {
        api?.cut();
        for (const socket of sockets) socket.destroy();
      }
      await closed;
    },
  };
}
