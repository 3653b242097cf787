// Connections to web servers behind the network, kept for the next request: each is one stream.

import type { Duplex } from "node:stream";
import type { Route, Stream } from "../../core/mod.ts";
import { duplexOf } from "../support/duplex.ts";
import type { HttpLimits } from "./limits.ts";

/** One connection to a server, in use. */
export interface ServerConnection {
  readonly duplex: Duplex;
  /** Bytes that came since it was taken; none may mean that a connection from before is dead. */
  received(): number;
  /** The request is over: the connection is kept for the next one, for so long at most, if there is room and it is well. */
  keep(ms: number): void;
  /** Nothing more is asked on it. */
  leave(): void;
  /** The request is given up. */
  destroy(): void;
}

/** Where a connection leads, and by which rules: one that was kept is used only while it would be made in the same way. */
export interface ConnectionIdentity {
  /** The destination, and the host that it leads to. */
  readonly key: string;
  readonly routes: readonly Route[];
}

/** All connections of one proxy. */
export interface ConnectionPool {
  /** A connection that was kept, if there is one. */
  idle(identity: ConnectionIdentity): ServerConnection | undefined;
  /** A connection of its own for a stream. */
  fresh(identity: ConnectionIdentity, stream: Stream): ServerConnection;
  /** Ends those that nobody uses. */
  drop(): void;
  /** The same, and keeps none from then on. */
  close(): void;
}

/** Keeps nothing when `keepAliveMs` has passed; a server that is left has `stopMs` to end its side. */
export function connectionPool({ keepAliveMs, idleServers, idlePerServer, stopMs }: HttpLimits): ConnectionPool {
  const kept = new Map<string, PooledConnection[]>();
  let count = 0;
  let closed = false;

  function keep(connection: PooledConnection, ms: number): boolean {
    const list = kept.get(connection.identity.key) ?? [];
    if (closed || count >= idleServers || list.length >= idlePerServer) return false;
    kept.set(connection.identity.key, list);
    list.push(connection);
    count += 1;
    connection.rest(Math.min(keepAliveMs, ms), () => forget(connection));
    return true;
  }

  function forget(connection: PooledConnection): void {
    const list = kept.get(connection.identity.key);
    const at = list?.indexOf(connection) ?? -1;
    if (!list || at === -1) return;
    list.splice(at, 1);
    count -= 1;
    if (list.length === 0) kept.delete(connection.identity.key);
  }

  const drop = () => {
    for (const connection of [...kept.values()].flat()) connection.drop();
  };

  return {
    idle({ key, routes }) {
      const before = kept.get(key)?.filter((connection) => connection.identity.routes !== routes) ?? [];
      for (const connection of before) connection.drop();
      const connection = kept.get(key)?.at(-1);
      if (!connection) return undefined;
      forget(connection);
      connection.wake();
      return connection.take();
    },
    fresh(identity, stream) {
      return new PooledConnection(identity, stream, { keep, stopMs }).take();
    },
    drop,
    close() {
      closed = true;
      drop();
    },
  };
}

interface Keeper {
  /** False: there is no room. */
  keep(connection: PooledConnection, ms: number): boolean;
  readonly stopMs: number;
}

class PooledConnection {
  readonly identity: ConnectionIdentity;
  readonly #stream: Stream;
  readonly #duplex: Duplex;
  readonly #keeper: Keeper;
  #forget: () => void = () => undefined;
  readonly #gone = () => this.drop();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(identity: ConnectionIdentity, stream: Stream, keeper: Keeper) {
    this.identity = identity;
    this.#stream = stream;
    this.#keeper = keeper;
    this.#duplex = duplexOf(stream);
    this.#duplex.on("error", () => undefined);
  }

  take(): ServerConnection {
    const duplex = this.#duplex;
    const before = this.#stream.bytesIn;
    const leave = () => this.#leave();
    return {
      duplex,
      received: () => this.#stream.bytesIn - before,
      keep: (ms) => {
        const well = !duplex.destroyed && !duplex.readableEnded && !duplex.writableEnded && duplex.readableLength === 0;
        if (!well || ms <= 0 || !this.#keeper.keep(this, ms)) leave();
      },
      leave,
      destroy: () => void duplex.destroy(),
    };
  }

  /** Nothing is expected: whatever comes ends the connection, and so does the time. */
  rest(ms: number, forget: () => void): void {
    this.#forget = forget;
    this.#timer = setTimeout(this.#gone, ms);
    this.#duplex.on("data", this.#gone).on("end", this.#gone).on("close", this.#gone);
    this.#duplex.resume();
  }

  /** The connection is taken out of its rest. */
  wake(): void {
    clearTimeout(this.#timer);
    this.#duplex.off("data", this.#gone).off("end", this.#gone).off("close", this.#gone);
  }

  /** Ends a connection that rests. */
  drop(): void {
    this.wake();
    this.#forget();
    this.#duplex.destroy();
  }

  /** An end from here, not a reset: the server has done nothing wrong. */
  #leave(): void {
    const timer = setTimeout(() => this.#duplex.destroy(), this.#keeper.stopMs);
    this.#duplex.once("close", () => clearTimeout(timer));
    if (this.#duplex.destroyed) clearTimeout(timer);
    this.#duplex.end();
    this.#duplex.resume();
  }
}
