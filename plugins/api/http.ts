// HTTP on the connections of the API's socket: how much is served at once, how long clients may take, and the end.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { NoRouterError } from "../../core/mod.ts";
import { type Shown, shownError } from "./answers.ts";
import { API_BOUNDS } from "./bounds.ts";
import { type Asked, dispatch, send } from "./dispatch.ts";
import { type Follower, follow } from "./follow.ts";
import type { WantedEvents } from "./route.ts";
import { ROUTES } from "./routes.ts";

/** About which network, and how. */
export interface HttpOptions extends Shown {
  readonly debug: (line: string) => void;
  /** Replaces that of {@link API_BOUNDS}. */
  readonly requestMs?: number;
}

/** What speaks HTTP. */
export interface HttpApi {
  /** Serves a connection that was accepted and is paused. */
  take(socket: Socket): void;
  /** Sends event streams what is left of the log, lets answers that are under way be the last, and closes connections without any. */
  finish(): void;
  /** Ends what is left of event streams. */
  cut(): void;
}

/** Makes what speaks HTTP about a network. */
export function httpApi(options: HttpOptions): HttpApi {
  const { requestMs = API_BOUNDS.requestMs } = options;
  const stopping = Promise.withResolvers<void>();
  const followers = new Set<Follower>();
  const responses = new Set<ServerResponse>();
  let isStopping = false;
  const asked: Asked = {
    ...options,
    requestMs,
    routes: ROUTES,
    stopping: stopping.promise,
    stream: (events, response) => stream(events, response, { control: options.control, followers }),
  };
  // It never listens itself: it is given connections, which is an event of it like any other (node:http, 'connection').
  const server = createServer({ keepAliveTimeout: API_BOUNDS.keepAliveMs }, (request, response) => {
    responses.add(response);
    response.on("error", () => undefined); // its client went while it was answered
    response.once("close", () => responses.delete(response));
    if (isStopping) response.setHeader("connection", "close");
    if (responses.size > API_BOUNDS.requests) return refuse(request, response, requestMs);
    void dispatch(request, response, asked);
  });
  // Deno leaves no connection open after an answer of a server that does not listen.
  Object.defineProperty(server, "listening", { value: true });
  const { closeIdle } = watchIdle(server, requestMs);
  return {
    take(socket) {
      if (socket.destroyed) return;
      server.emit("connection", socket);
      socket.resume();
    },
    finish() {
      isStopping = true;
      for (const response of responses) if (!response.headersSent) response.setHeader("connection", "close");
      stopping.resolve();
      for (const follower of followers) follower.finish();
      closeIdle();
    },
    cut() {
      for (const follower of followers) follower.gone();
    },
  };
}

/**
 * Ends connections on which no head of a request arrives in time, also the next one; not every runtime does that by itself. Clients
 * may send the next one before the last is answered.
 * @returns what ends all connections on which nothing is asked
 */
function watchIdle(server: Server, idleMs: number): { closeIdle(): void } {
  const timers = new Map<Socket, ReturnType<typeof setTimeout>>();
  const underWay = new WeakMap<Socket, number>();
  const rest = (socket: Socket) => {
    clearTimeout(timers.get(socket));
    timers.delete(socket);
  };
  const arm = (socket: Socket) => {
    rest(socket);
    if (socket.destroyed) return;
    const end = setTimeout(() => socket.destroy(), idleMs);
    timers.set(socket, end);
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
  return {
    closeIdle() {
      for (const socket of timers.keys()) socket.destroy();
    },
  };
}

function refuse(request: IncomingMessage, response: ServerResponse, mostMs: number): void {
  request.resume();
  response.setHeader("connection", "close");
  send(response, 503, shownError("too-many-connections", "Too many requests are under way"), mostMs);
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
