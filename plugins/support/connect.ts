// Connects to a name or an address as RFC 8305 (Happy Eyeballs) says: all addresses of a name, a little after one another, until
// one answers. Must not judge which may be connected to.

import { connect, type NetConnectOpts, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type HostContext, limitsOf, NoRouterError, showPlace, withLentReads } from "../../core/mod.ts";
import { systemCodeOf } from "./files.ts";
import { DIAL_LIMIT_ROWS } from "./limits.ts";
import { type LookedUp, type LookUpOptions, lookUp } from "./look_up.ts";
import { trueDialError } from "./net_errors.ts";
import { DEAF, isShortage, tellShortage } from "./shortage.ts";
import { bytesTooLong, isBound, systemPath } from "./unix_socket.ts";

/** The Connection Attempt Delay of RFC 8305 section 5. */
const NEXT_MS = 250;

/** Attempts that may be under way for one stream: a name with many dead addresses takes no more sockets; the next waits until one fails. */
const MOST_AT_ONCE = 4;

/** How long to wait until a Unix socket whose queue is full is tried again. */
const FULL_MS = 20;

/** How long to try. */
interface Patience {
  readonly limits: HostContext["limits"];
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
}

/** Where to, and for how long. */
export interface ConnectOptions extends Patience, Pick<LookUpOptions, "asker" | "crowded"> {
  readonly host: string;
  readonly port: number;
  /** Which addresses of a name may be connected to; what it throws is why none is. */
  readonly choose?: ((found: readonly LookedUp[]) => readonly LookedUp[]) | undefined;
}

/**
 * Resolves with the first connection that is made: paused, half-open allowed, its reads lent. All have `limits.dialMs`,
 * with the look-up.
 * @throws NoRouterError `timed-out`, `reset` when `signal` says so, or as {@link lookUp} and `choose`; else the first address's error
 */
export async function connectTo(options: ConnectOptions): Promise<Socket> {
  const { host, port, signal, choose = (found) => found } = options;
  const { dialMs } = limitsOf(options, DIAL_LIMIT_ROWS);
  const began = performance.now();
  const addresses = inTurns(choose(await lookUp(host, options)));
  if (addresses.length === 0) throw new NoRouterError("name-not-found", `Name ${host} has no address`);
  const dials = addresses.map(
    ({ address }) =>
      () =>
        dialled({ host: address, port, noDelay: true }),
  );
  return firstOf(dials, signal, dialMs - (performance.now() - began));
}

/**
 * The same for a Unix socket, or for an abstract one: `@` and its name.
 * @throws NoRouterError `unreachable` for a path that is too long, and for an abstract socket on a system without them, `timed-out`, or `reset`; else the system's error, `EAGAIN` where the queue of the server stayed full
 */
export async function connectToSocket(path: string, { limits, signal }: Patience): Promise<Socket> {
  const tooLong = bytesTooLong(path);
  if (tooLong > 0) throw new NoRouterError("unreachable", `The path of ${showPlace({ path })} is ${tooLong} bytes too long`);
  const to = { path: systemPath(path, "unreachable") };
  const until = performance.now() + limitsOf({ limits }, DIAL_LIMIT_ROWS).dialMs;
  for (;;) {
    try {
      return await firstOf([() => dialled(to)], signal, until - performance.now());
    } catch (thrown) {
      // The server's queue is full (connect(2)): a program that may block waits for room.
      const isFull = systemCodeOf(thrown) === "EAGAIN" || (systemCodeOf(thrown) === "ECONNREFUSED" && isBound(path));
      if (!isFull || performance.now() + FULL_MS > until) throw thrown;
      await pause(FULL_MS);
    }
  }
}

function dialled(to: NetConnectOpts): Socket {
  return withLentReads((lent) => connect({ allowHalfOpen: true, ...to, ...lent }));
}

/** Families take turns, beginning with that of the first address: RFC 8305 section 4. */
export function inTurns(found: readonly LookedUp[]): LookedUp[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const others = found.filter(({ family }) => family !== found[0]?.family);
  return Array.from({ length: Math.max(first.length, others.length) }, (_, at) => [first[at], others[at]])
    .flat()
    .filter((one) => one !== undefined);
}

function firstOf(dials: (() => Socket)[], signal: AbortSignal, withinMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const attempts = new Set<Socket>();
    const errors: Error[] = [];
    let next: ReturnType<typeof setTimeout> | undefined;
    const settle = (result: Socket | Error) => {
      clearTimeout(next);
      clearTimeout(deadline);
      signal.removeEventListener("abort", gone);
      for (const socket of attempts) if (socket !== result) socket.destroy();
      // An error that comes later is for the owner of the connection, and no reason to dial again.
      attempts.clear();
      dials.length = 0;
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const gone = () => settle(new NoRouterError("reset"));
    const deadline = setTimeout(() => settle(new NoRouterError("timed-out")), Math.max(0, withinMs));
    const attempt = () => {
      clearTimeout(next);
      if (attempts.size >= MOST_AT_ONCE) return;
      const socket = dials.shift()?.();
      if (!socket) return;
      attempts.add(socket);
      socket.once("connect", () => attempts.has(socket) && settle(socket));
      socket.on("error", (error: Error) => {
        if (!attempts.delete(socket)) return;
        errors.push(trueDialError(error));
        if (DEAF && isShortage(error)) tellShortage();
        if (dials.length > 0) attempt();
        else if (attempts.size === 0) settle(errors[0] ?? error);
      });
      if (dials.length > 0) next = setTimeout(attempt, NEXT_MS);
    };
    signal.addEventListener("abort", gone);
    if (signal.aborted) gone();
    else attempt();
  });
}
