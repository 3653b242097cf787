// Connections to web servers behind the network, kept for the next request: each is one stream and the `http.Agent` that
// knows nothing but it. Must not know what is asked on them.

import { Agent, type ClientRequest } from "node:http";
import type { Duplex } from "node:stream";
import { type Limits, NoRouterError, type Route, type Stream } from "../../core/mod.ts";
import { duplexOf } from "../support/duplex.ts";

/** Idle connections to one server, and to all; a browser uses six at a time. */
const MOST_IDLE_PER_SERVER = 8;
const MOST_IDLE = 256;
/** A server's own hint is honoured with this much to spare for the way. */
const HINT_SPARE_MS = 1000;

/** One connection to a server, in use. */
export interface Upstream {
  /** Hands requests to the connection. */
  readonly agent: Agent;
  /** Whether another request came before; such a connection may turn out to be dead. */
  readonly reused: boolean;
  /** Bytes that came since it was taken. */
  received(): number;
  /**
   * Calls `prepare` with the next request before anything of it is sent. Deno asks by itself for another connection when
   * one that was kept turns out to be dead: `lost` is called instead.
   */
  expect(prepare: (request: ClientRequest) => void, lost: (error: Error) => void): void;
  /** What the server said of how long it keeps an idle connection, in milliseconds. */
  hint(ms: number): void;
  /** Nothing more is sent on it. */
  end(): void;
  /** The request is over: the connection is kept if it can be, else it ends. */
  release(): void;
  destroy(): void;
}

/** Where a connection leads, and by which rules: one that was kept is used only while it would be made in the same way. */
export interface Way {
  /** The destination, and the host that it leads to. */
  readonly key: string;
  readonly routes: readonly Route[];
}

/** All connections of one proxy. */
export interface Upstreams {
  /** A connection that was kept, if there is one. */
  idle(way: Way): Upstream | undefined;
  /** A connection of its own for a stream. */
  fresh(way: Way, stream: Stream): Upstream;
  /** Ends those that nobody uses. */
  close(): void;
}

/** Keeps nothing when `keepAliveMs` has passed. */
export function upstreams({ keepAliveMs }: Pick<Limits, "keepAliveMs">): Upstreams {
  const kept = new Map<string, Connection[]>();
  let count = 0;
  let closed = false;

  function keep(connection: Connection): boolean {
    const list = kept.get(connection.way.key) ?? [];
    if (closed || count >= MOST_IDLE || list.length >= MOST_IDLE_PER_SERVER) return false;
    kept.set(connection.way.key, list);
    list.push(connection);
    count += 1;
    connection.rest(Math.min(keepAliveMs, connection.hintMs), () => forget(connection));
    return true;
  }

  function forget(connection: Connection): void {
    const list = kept.get(connection.way.key);
    const at = list?.indexOf(connection) ?? -1;
    if (!list || at === -1) return;
    list.splice(at, 1);
    count -= 1;
    if (list.length === 0) kept.delete(connection.way.key);
  }

  return {
    idle({ key, routes }) {
      const before = kept.get(key)?.filter((connection) => connection.way.routes !== routes) ?? [];
      for (const connection of before) connection.drop();
      const connection = kept.get(key)?.at(-1);
      if (!connection) return undefined;
      forget(connection);
      connection.wake();
      return connection.take(true);
    },
    fresh(way, stream) {
      return new Connection(way, stream, keep).take(false);
    },
    close() {
      closed = true;
      for (const connection of [...kept.values()].flat()) connection.drop();
    },
  };
}

/** The part of `http.Agent` that types leave out; every runtime calls it with each request. */
type AddRequest = (this: Agent, request: ClientRequest, options: object) => void;
const { addRequest } = Agent.prototype as unknown as { addRequest: AddRequest };

/** A connection is its own agent: node's code keeps it alive, and nothing else can get onto it. */
class Connection extends Agent {
  readonly way: Way;
  readonly duplex: Duplex;
  readonly #stream: Stream;
  readonly #keep: (connection: Connection) => boolean;
  hintMs = Number.POSITIVE_INFINITY;
  #given = false;
  #idle = false;
  #uses = 0;
  #expected: { readonly prepare: (request: ClientRequest) => void } | undefined;
  #lost: ((error: Error) => void) | undefined;
  #forget: () => void = () => undefined;
  readonly #gone = () => this.drop();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(way: Way, stream: Stream, keep: (connection: Connection) => boolean) {
    super({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
    this.way = way;
    this.#stream = stream;
    this.#keep = keep;
    this.duplex = asSocket(duplexOf(stream));
    this.duplex.on("error", () => undefined);
  }

  take(reused: boolean): Upstream {
    const use = ++this.#uses;
    const before = this.#stream.bytesIn;
    return {
      agent: this,
      reused,
      received: () => this.#stream.bytesIn - before,
      expect: (prepare, lost) => {
        this.#expected = { prepare };
        this.#lost = lost;
      },
      hint: (ms) => {
        this.hintMs = Math.max(0, ms - HINT_SPARE_MS);
      },
      end: () => {
        if (this.#uses === use && !this.#idle) this.duplex.end();
      },
      release: () => {
        // Node says that a connection is free a little later than that an answer has ended.
        setImmediate(() => {
          if (this.#uses === use && !this.#idle) this.duplex.destroy();
        });
      },
      destroy: () => {
        if (this.#uses === use && !this.#idle) this.duplex.destroy();
      },
    };
  }

  addRequest(request: ClientRequest, options: object): void {
    const expected = this.#expected;
    this.#expected = undefined;
    expected?.prepare(request);
    if (expected) addRequest.call(this, request, options);
    else this.#lost?.(this.duplex.errored ?? new NoRouterError("reset"));
  }

  /** There is but one connection, whatever the request says of it. */
  override getName(): string {
    return "";
  }

  override createConnection(): Duplex {
    if (this.#given) throw new Error("The connection is gone");
    this.#given = true;
    return this.duplex;
  }

  override keepSocketAlive(): boolean {
    const { duplex } = this;
    if (duplex.destroyed || duplex.readableEnded || duplex.writableEnded || this.hintMs === 0) return false;
    return this.#keep(this);
  }

  /** Nothing is expected: whatever comes ends the connection, and so does the time. */
  rest(ms: number, forget: () => void): void {
    this.#idle = true;
    this.#forget = forget;
    this.#timer = setTimeout(this.#gone, ms);
    this.duplex.on("data", this.#gone).on("end", this.#gone).on("close", this.#gone);
    this.duplex.resume();
  }

  /** The connection is taken out of its rest. */
  wake(): void {
    this.#idle = false;
    clearTimeout(this.#timer);
    this.duplex.off("data", this.#gone).off("end", this.#gone).off("close", this.#gone);
  }

  /** Ends a connection that rests. */
  drop(): void {
    this.wake();
    this.#forget();
    this.duplex.destroy();
  }
}

/** What `node:http` calls on a connection beyond a Duplex. */
function asSocket(duplex: Duplex): Duplex {
  const nothing = () => duplex;
  return Object.assign(duplex, {
    setTimeout: nothing,
    setNoDelay: nothing,
    setKeepAlive: nothing,
    ref: nothing,
    unref: nothing,
  });
}
