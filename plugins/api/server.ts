// The HTTP server of one network on its Unix socket: how much it takes at once, and its end.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { NoRouterError } from "../../core/mod.ts";
import { bindAt } from "../support/unix_socket.ts";
import type { Shown } from "./answers.ts";
import { shownError } from "./answers.ts";
import { API_BOUNDS } from "./bounds.ts";
import { type Asked, dispatch, send } from "./dispatch.ts";
import { type Follower, follow } from "./follow.ts";
import type { WantedEvents } from "./route.ts";
import { ROUTES } from "./routes.ts";

/** A server that listens. */
export interface ApiServer {
  /** Sends event streams what is left of the log, answers what is under way, and removes the socket. */
  stop(): Promise<void>;
}

/** What is served where. */
export interface ServerOptions extends Shown {
  /** The socket's path. */
  readonly path: string;
  readonly debug: (line: string) => void;
  /** Replaces that of {@link API_BOUNDS}. */
  readonly requestMs?: number;
}

/**
 * Serves a network.
 * @throws the system's error, such as `EADDRINUSE` where somebody answers, or as {@link bindAt}
 */
export async function serveApi(options: ServerOptions): Promise<ApiServer> {
  const { path, debug, requestMs = API_BOUNDS.requestMs } = options;
  const stopping = Promise.withResolvers<void>();
  const followers = new Set<Follower>();
  const sockets = new Set<Socket>();
  const responses = new Set<ServerResponse>();
  let isStopping = false;
  const asked: Asked = {
    ...options,
    requestMs,
    routes: ROUTES,
    stopping: stopping.promise,
    stream: (events, response) => stream(events, response, { control: options.control, followers }),
  };
  const server = createServer({ keepAliveTimeout: API_BOUNDS.keepAliveMs }, (request, response) => {
    responses.add(response);
    response.on("error", () => undefined); // its client went while it was answered
    response.once("close", () => responses.delete(response));
    if (isStopping) response.setHeader("connection", "close");
    if (responses.size > API_BOUNDS.requests) return refuse(request, response, requestMs);
    void dispatch(request, response, asked);
  });
  cutIdle(server, requestMs);
  server.on("connection", (socket: Socket) => {
    if (sockets.size >= API_BOUNDS.connections) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const remove = await bindAt(path, (own) => listening(server, own)).catch((thrown: unknown) => {
    server.close();
    throw thrown;
  });
  server.on("error", (error) => debug(`The API's socket failed: ${error.message}`));
  return {
    stop: () => {
      remove();
      isStopping = true;
      for (const response of responses) if (!response.headersSent) response.setHeader("connection", "close");
      stopping.resolve();
      for (const follower of followers) follower.finish();
      return closed(server, () => {
        for (const follower of followers) follower.gone();
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

/**
 * Ends connections on which no head of a request arrives in time, also the next one; not every runtime does that by itself. Clients
 * may send the next one before the last is answered.
 */
function cutIdle(server: Server, idleMs: number): void {
  const timers = new WeakMap<Socket, ReturnType<typeof setTimeout>>();
  const underWay = new WeakMap<Socket, number>();
  const rest = (socket: Socket) => clearTimeout(timers.get(socket));
  const arm = (socket: Socket) => {
    rest(socket);
    if (!socket.destroyed)
      timers.set(
        socket,
        setTimeout(() => socket.destroy(), idleMs),
      );
  };
  server.on("connection", (socket: Socket) => {
    arm(socket);
    socket.once("close", () => rest(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    rest(socket);
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      underWay.set(socket, left);
      if (left === 0) arm(socket);
    });
  });
}

/** Closes a server; what was just answered is on its way, and who does not read it is not waited for. */
async function closed(server: Server, cut: () => void): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => {
    cut();
    server.closeAllConnections();
  }, API_BOUNDS.lastMs);
  await done;
  clearTimeout(late);
}

function refuse(request: IncomingMessage, response: ServerResponse, mostMs: number): void {
  request.resume();
  response.setHeader("connection", "close");
  send(response, 503, shownError("too-many-connections", "Too many requests are under way"), mostMs);
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

function stream(
  wanted: WantedEvents,
  response: ServerResponse,
  { control, followers }: Pick<Shown, "control"> & { readonly followers: Set<Follower> },
): void {
  if (followers.size >= API_BOUNDS.requests / 2)
    throw new NoRouterError("too-many-connections", "Too many event streams are open");
  response.writeHead(200, {
    "content-type": wanted.form === "sse" ? "text/event-stream" : "application/jsonl",
    "cache-control": "no-store",
    connection: "close",
  });
  if (response.req.method === "HEAD") return void response.end();
  let isOver = false;
  let follower: Follower | undefined;
  follower = follow(control, {
    ...wanted,
    sink: {
      write: (text) => response.write(text),
      end: () => void response.end(),
      destroy: () => void response.destroy(),
    },
    ended: () => {
      isOver = true;
      if (follower) followers.delete(follower);
    },
  });
  if (isOver) return;
  response.flushHeaders(); // where no event is there yet, its client would not know that it is served
  followers.add(follower);
  response.on("drain", () => follower.drained());
  response.once("close", () => follower.gone());
}
