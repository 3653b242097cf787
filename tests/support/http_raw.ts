// HTTP as bytes, for tests of a proxy: a client that sends what it is given, a server that answers as each path says, and
// a network around the proxy under test.
import type { Socket } from "node:net";
import { waitFor } from "../../conformance/support/wait.ts";
import type { Overrides } from "../../core/limits.ts";
import type { HostSpec, RouteSpec } from "../../core/manifest/types.ts";
import type { Plugin } from "../../core/plugin/plugin.ts";
import type { ProxySpec } from "../../plugins/support/proxy_settings.ts";
import { dial } from "./clients.ts";
import { addressOf, type EnteredNetwork, enteredNetwork, ownListen, published } from "./entered_network.ts";
import { type Address, startServer, type TestServer } from "./servers.ts";

/** One connection, everything that came on it as text (one character a byte), and how it ended. */
export interface RawClient {
  readonly socket: Socket;
  send(text: string | Uint8Array): void;
  /** No more from here. */
  end(): void;
  /** All that has come. */
  text(): string;
  /** `FIN`, the system's code of a reset, or undefined while it is open. */
  ended(): string | undefined;
  /** Resolves with all that has come once it fits; rejects when the connection ends without. */
  until(fits: string | RegExp): Promise<string>;
  /** Resolves with all that has come once the connection has ended. */
  untilEnd(): Promise<string>;
  close(): void;
}

/** Connects. */
export async function rawClient(to: Address): Promise<RawClient> {
  const socket = await dial(to);
  const chunks: Buffer[] = [];
  let ended: string | undefined;
  socket.on("data", (chunk: Buffer) => void chunks.push(chunk));
  socket.on("end", () => {
    ended ??= "FIN";
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    ended = error.code ?? error.message;
  });
  socket.on("close", () => {
    ended ??= "closed";
  });
  const text = () => {
    const all = Buffer.concat(chunks.splice(0));
    chunks.push(all);
    return all.toString("latin1");
  };
  const untilEnd = async () => {
    await waitFor(() => ended, { what: "the connection to end", everyMs: 2 });
    return text();
  };
  const until = async (fits: string | RegExp) => {
    const found = () => (typeof fits === "string" ? text().includes(fits) : fits.test(text()));
    await waitFor(() => found() || ended !== undefined, { what: `${fits}`, everyMs: 2 });
    if (!found()) throw new Error(`The connection ended (${ended}) without ${fits}: ${JSON.stringify(text().slice(0, 500))}`);
    return text();
  };
  return {
    socket,
    send: (data) => void socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data),
    end: () => void socket.end(),
    text,
    ended: () => ended,
    until,
    untilEnd,
    close: () => void socket.destroy(),
  };
}

/** Sends and returns all that comes until the end; the client itself sends no end. */
export async function rawExchange(to: Address, text: string): Promise<string> {
  const client = await rawClient(to);
  client.send(text);
  const answer = await client.untilEnd();
  client.close();
  return answer;
}

/** What a raw origin does with one request: `head` is its head as text, `rest` what came in the same piece. */
export type RawAnswer = (socket: Socket, head: string, rest: string) => void;

/** A raw origin, and the heads of the requests that it got. */
export interface RawOrigin extends TestServer {
  readonly heads: readonly string[];
}

/** A server that answers by path: with a text, or by a function. Notes how each connection ended. */
export async function startRawOrigin(paths: Readonly<Record<string, string | RawAnswer>>): Promise<RawOrigin> {
  const heads: string[] = [];
  const server = await startServer((socket, note) => {
    let waiting = "";
    let owed: number | "chunks" = 0;
    /** What has come of the last request's body is not a head. */
    const skipBody = () => {
      const end = owed === "chunks" ? waiting.indexOf("0\r\n\r\n") + 5 : owed;
      if (end === 4 || end > waiting.length) return false;
      waiting = waiting.slice(end);
      owed = 0;
      return true;
    };
    const data = (chunk: Buffer) => {
      waiting += chunk.toString("latin1");
      while (skipBody()) {
        const end = waiting.indexOf("\r\n\r\n");
        if (end === -1) return;
        const head = waiting.slice(0, end + 4);
        waiting = waiting.slice(end + 4);
        owed = /\r\nTransfer-Encoding: /i.test(head) ? "chunks" : Number(/\r\nContent-Length: (\d+)/i.exec(head)?.[1] ?? 0);
        heads.push(head);
        const answer = paths[head.split(" ")[1] ?? ""];
        if (typeof answer === "string") socket.write(Buffer.from(answer, "latin1"));
        else if (answer) {
          socket.off("data", data);
          answer(socket, head, waiting);
          return;
        } else {
          socket.destroy();
          return;
        }
      }
    };
    socket.on("data", data);
    socket.on("end", () => {
      note("FIN");
      socket.end();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => note(error.code ?? error.message));
  });
  return Object.assign(server, { heads });
}

/** A proxy in front of a network of two hosts, `local` and `web`. */
export interface ProxiedNetwork {
  readonly network: EnteredNetwork;
  readonly proxy: Address;
  client(): Promise<RawClient>;
  /** Sends to the proxy and returns all until the end. */
  exchange(text: string): Promise<string>;
  stop(): Promise<void>;
}

/** What the network around a proxy is like. */
export interface ProxiedOptions {
  readonly plugin: Plugin;
  /** By the port that `web` publishes. */
  readonly ports?: Readonly<Record<number, Address>>;
  readonly limits?: Overrides;
  readonly routes?: readonly RouteSpec[];
  readonly http?: Partial<ProxySpec>;
  readonly hosts?: Readonly<Record<string, Partial<HostSpec>>>;
}

/** Starts a proxy on `local`. */
export async function proxiedNetwork(options: ProxiedOptions): Promise<ProxiedNetwork> {
  const listen = options.http?.listen ?? ownListen(8118);
  const ports = Object.entries(options.ports ?? {}).map(([port, target]) => published(Number(port), target));
  const network = await enteredNetwork({
    hosts: { local: { keys: { http: { outside: "refuse", ...options.http, listen } } }, web: { ports }, ...options.hosts },
    plugins: [options.plugin],
    routes: options.routes ?? [],
    limits: options.limits ?? {},
    listening: ["http"],
  });
  const proxy = addressOf(listen);
  const stop = () => network.stop();
  return { network, proxy, client: () => rawClient(proxy), exchange: (text) => rawExchange(proxy, text), stop };
}

/** Runs a body on a proxy in front of an origin at `web:80`; afterwards nothing of either is left. */
export async function throughProxy<Origin extends Address & Pick<TestServer, "open" | "stop">>(
  origin: Origin,
  options: ProxiedOptions,
  body: (proxied: ProxiedNetwork, origin: Origin) => Promise<void>,
): Promise<void> {
  const proxied = await proxiedNetwork({ ...options, ports: { 80: origin, ...options.ports } });
  try {
    await body(proxied, origin);
  } finally {
    await proxied.stop();
    await waitFor(() => origin.open() === 0, { what: "the origin's connections to end" });
    await origin.stop();
  }
}
