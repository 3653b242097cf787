// From an HTTP request to the route that answers it, and from what is answered or thrown to an HTTP answer.

import type { IncomingMessage, ServerResponse } from "node:http";
import { asNoRouterError, ERRORS, messageOf, NoRouterError } from "../../core/mod.ts";
import { type Plain, type Shown, shownError } from "./answers.ts";
import { API_BOUNDS } from "./bounds.ts";
import { type ApiRoute, RefusedChange, type RouteAnswer, type WantedEvents } from "./route.ts";

/** What routes are asked with. */
export interface Asked extends Shown {
  readonly routes: readonly ApiRoute[];
  readonly stopping: Promise<unknown>;
  readonly debug: (line: string) => void;
  /** For a body to arrive, and for an answer to be taken, in milliseconds. */
  readonly requestMs: number;
  /** Serves events. */
  readonly stream: (events: WantedEvents, response: ServerResponse) => void;
}

/** Answers one request; throws nothing. */
export async function dispatch(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
  try {
    const answer = await answerOf(request, asked);
    if ("events" in answer) asked.stream(answer.events, response);
    else send(response, answer.status, answer.json, asked.requestMs);
  } catch (thrown) {
    const error = asNoRouterError(thrown);
    if (error.code === "internal") asked.debug(`The API failed: ${messageOf(thrown)}`);
    const diagnostics = error instanceof RefusedChange ? error.change.diagnostics : undefined;
    if (error instanceof RefusedMethod) response.setHeader("allow", error.allowed);
    // What was not read of a body would be taken for the next request.
    if (!request.complete) response.setHeader("connection", "close");
    send(response, ERRORS[error.code].http, shownError(error.code, error.message, diagnostics), asked.requestMs);
  }
}

async function answerOf(request: IncomingMessage, asked: Asked): Promise<RouteAnswer> {
  const { pathname, searchParams } = urlOf(request.url ?? "/");
  const { route, name } = routeOf(asked.routes, request.method ?? "GET", pathname);
  for (const [key] of searchParams)
    if (!Object.hasOwn(route.query ?? {}, key)) throw new NoRouterError("usage", `'${pathname}' has no parameter '${key}'`);
  const query = (key: string) => searchParams.get(key) || undefined;
  for (const [key, { required, schema }] of Object.entries(route.query ?? {})) {
    const value = query(key);
    if (required && value === undefined) throw new NoRouterError("usage", `'${pathname}' wants the parameter '${key}'`);
    if (schema.type === "boolean" && !["true", "false", undefined].includes(value))
      throw new NoRouterError("usage", `'${key}' is neither true nor false`);
  }
  const body = await bodyOf(request, API_BOUNDS.bodyBytes, asked.requestMs);
  if (route.body && !route.body.optional && body.length === 0)
    throw new NoRouterError("usage", `${route.method} '${pathname}' wants a body`);
  const header = (key: string) => {
    const value = request.headers[key];
    return typeof value === "string" ? value : undefined;
  };
  const { called, control, streams, stopping } = asked;
  return route.answer({ called, control, streams, stopping, name, query, body, header });
}

function urlOf(target: string): URL {
  try {
    return new URL(target, "http://localhost");
  } catch {
    throw new NoRouterError("bad-request", "The request's target is no path");
  }
}

/** A method that a path does not have. */
class RefusedMethod extends NoRouterError {
  /** Those that it has, for the header `Allow` (RFC 9110 section 15.5.6). */
  readonly allowed: string;

  constructor(path: string, method: string, methods: readonly string[]) {
    super("method-refused", `'${path}' has no method ${method}; ${methods.join(", ")} was wanted`);
    this.allowed = methods.flatMap((one) => (one === "GET" ? [one, "HEAD"] : [one])).join(", ");
  }
}

/** What is answered to HEAD is what would be to GET, without the body. @throws NoRouterError `no-resource` or `method-refused` */
function routeOf(routes: readonly ApiRoute[], method: string, path: string): { readonly route: ApiRoute; readonly name: string } {
  const fits = routes.flatMap((route) => {
    const name = nameIn(route.path, path);
    return name === undefined ? [] : [{ route, name }];
  });
  if (fits.length === 0) throw new NoRouterError("no-resource", `There is no '${path}'`);
  const found = fits.find(({ route }) => route.method === (method === "HEAD" ? "GET" : method));
  if (found) return found;
  throw new RefusedMethod(
    path,
    method,
    fits.map(({ route }) => route.method),
  );
}

/** What stands for `{name}`; empty for a path without it, undefined for another path. */
function nameIn(pattern: string, path: string): string | undefined {
  const [before = "", after] = pattern.split("{name}");
  if (after === undefined) return path === pattern ? "" : undefined;
  const name = path.slice(before.length, path.length - after.length);
  if (!path.startsWith(before) || !path.endsWith(after) || name === "" || name.includes("/")) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    throw new NoRouterError("bad-request", "The path is not percent-encoded UTF-8");
  }
}

/**
 * The whole body. One that is too large is read to its end all the same, within bounds: clients that are cut while they write do not
 * read why.
 * @throws NoRouterError `too-large`, `slow-client`, or `bad-request` for one that breaks off
 */
function bodyOf(request: IncomingMessage, most: number, requestMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let pieces: Uint8Array[] = [];
    let length = 0;
    const fail = (error: NoRouterError) => {
      clearTimeout(timer);
      pieces = [];
      reject(error);
    };
    const timer = setTimeout(() => fail(new NoRouterError("slow-client")), requestMs);
    request.on("data", (piece: Uint8Array) => {
      length += piece.length;
      if (length <= most) pieces.push(piece);
      else pieces = [];
      if (length > most * API_BOUNDS.bodiesRead) fail(new NoRouterError("too-large"));
    });
    request.on("end", () => {
      if (length > most) return fail(new NoRouterError("too-large"));
      clearTimeout(timer);
      resolve(Buffer.concat(pieces));
    });
    const broken = () => fail(new NoRouterError("bad-request", "The request breaks off"));
    request.on("error", broken);
    request.on("aborted", broken);
  });
}

/** Sends plain data as JSON; a client that has not taken it after `mostMs` milliseconds is cut, and what waits for it goes. */
export function send(response: ServerResponse, status: number, json: Plain, mostMs: number): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(json)}\n`);
  const late = setTimeout(() => response.destroy(), mostMs);
  response.once("close", () => clearTimeout(late));
}
