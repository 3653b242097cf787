// The Unix socket of one network's API: who connects, and how many. What speaks HTTP is loaded for the first client: most networks are
// never asked, and it takes 6 MB of a process.

import { createServer, type Server, type Socket } from "node:net";
import { messageOf } from "../../core/mod.ts";
import { bindAt } from "../support/unix_socket.ts";
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
 * @throws the system's error, such as `EADDRINUSE` where somebody answers, or as {@link bindAt}
 */
export async function serveApi(options: ServerOptions): Promise<ApiServer> {
  const { path, debug } = options;
  const sockets = new Set<Socket>();
  let loading: Promise<HttpApi> | undefined;
  const load = async () => (await import("./http.ts")).httpApi(options);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    if (sockets.size >= API_BOUNDS.connections) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
    loading ??= load();
    loading.then(
      (api) => api.take(socket),
      (thrown: unknown) => {
        debug(`The API failed: ${messageOf(thrown)}`);
        socket.destroy();
      },
    );
  });
  const remove = await bindAt(path, (own) => listening(server, own)).catch((thrown: unknown) => {
    server.close();
    throw thrown;
  });
  server.on("error", (error) => debug(`The API's socket failed: ${error.message}`));
  return {
    async stop() {
      remove();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const api = await loading?.catch(() => undefined);
      api?.finish();
      // What was just answered is on its way, and who does not read it is not waited for.
      const late = setTimeout(() => {
        api?.cut();
        for (const socket of sockets) socket.destroy();
      }, API_BOUNDS.lastMs);
      await closed;
      clearTimeout(late);
    },
  };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
