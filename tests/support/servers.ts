// Small TCP servers that act in one known way each, to put behind a network and see what arrives.
import { createHash } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { pseudoRandom } from "../../conformance/support/pseudo_random.ts";

/** Where something listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A listening server. */
export interface TestServer extends Address {
  /** Connections accepted so far. */
  accepted(): number;
  /** Connections open now. */
  open(): number;
  /** What the server noted about its connections; what, is said where it is started. */
  notes(): readonly string[];
  /** Closes the listener and every connection. Safe to call twice. */
  stop(): Promise<void>;
}

/** Where to listen; default 127.0.0.1 and a free port. */
export type Listen = Partial<Address>;

/** Starts a server that gives each connection to `serve`; half-open connections stay open until `serve` ends them. */
export async function startServer(
  serve: (socket: Socket, note: (text: string) => void) => void,
  listen: Listen = {},
): Promise<TestServer> {
  const notes: string[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // a reset is the client's business
    serve(socket, (text) => void notes.push(text));
  });
  const host = listen.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(listen.port ?? 0, host, resolve);
  });
  server.unref(); // it keeps no process alive whose test has failed
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const stop = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { host, port, accepted: () => accepted, open: () => sockets.size, notes: () => notes, stop };
}

/** Sends back what it gets, and FIN for FIN. */
export function startEcho(listen?: Listen): Promise<TestServer> {
  return startServer((socket) => void socket.pipe(socket), listen);
}

/** What one finished connection brought. */
export interface Received {
  readonly bytes: number;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly sha256: string;
}

/** A sink server and what it got. */
export interface Sink extends TestServer {
  /** One entry for each connection that ended with FIN, in that order. */
  readonly received: readonly Received[];
}

/** Swallows what it gets and, after FIN, answers one line `BYTES SHA256` and closes. */
export async function startSink(listen?: Listen): Promise<Sink> {
  const received: Received[] = [];
  const server = await startServer((socket) => {
    const hash = createHash("sha256");
    let bytes = 0;
    socket.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    socket.on("end", () => {
      const one = { bytes, sha256: hash.digest("hex") };
      received.push(one);
      socket.end(`${one.bytes} ${one.sha256}\n`);
    });
  }, listen);
  return { ...server, received };
}

/** Sends `total` bytes of `pseudoRandom(seed)` and FIN to everyone who connects, as fast as they are taken. */
export function startSource(seed: number, total: number, listen?: Listen): Promise<TestServer> {
  return startServer((socket) => {
    const chunks = pseudoRandom(seed, total);
    const pump = () => {
      for (let next = chunks.next(); ; next = chunks.next()) {
        if (next.done === true) return void socket.end();
        if (socket.destroyed || !socket.write(next.value)) return;
      }
    };
    socket.on("drain", pump).resume();
    pump();
  }, listen);
}

/** Says nothing until it got FIN, then answers `GOT n` and closes: proves that a half-close arrives and the way back stays open. */
export function startHalfClose(listen?: Listen): Promise<TestServer> {
  return startServer((socket) => {
    let bytes = 0;
    socket.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
    });
    socket.on("end", () => void socket.end(`GOT ${bytes}`));
  }, listen);
}

/** Answers every HTTP/1.1 request with `body` and closes. */
export function startHttp(body: string, listen?: Listen): Promise<TestServer> {
  return startServer((socket) => {
    let head = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      head += text;
      if (!head.includes("\r\n\r\n")) return;
      const length = Buffer.byteLength(body);
      socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${body}`);
    });
  }, listen);
}

/** Answers the first bytes with five bytes and a reset. */
export function startResetting(listen?: Listen): Promise<TestServer> {
  return startServer((socket) => {
    socket.once("data", () => socket.write("early", () => socket.resetAndDestroy()));
  }, listen);
}

/** Sends zeros to everyone who connects, for as long as they are taken; notes how many the system took, from 64 KiB on. */
export function startEndless(listen?: Listen): Promise<TestServer> {
  const block = new Uint8Array(64 * 1024);
  const sent = new Map<Socket, number>();
  const total = () => [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
  return startServer((socket) => {
    const taken = (error?: Error | null) => {
      if (error) return;
      sent.set(socket, (sent.get(socket) ?? 0) + block.length);
      pump();
    };
    const pump = () => void (socket.destroyed || socket.write(block, taken));
    socket.on("close", () => sent.delete(socket)).resume();
    pump();
  }, listen).then((server) => ({ ...server, notes: () => [`${total()}`] }));
}

/** Echoes; notes of each connection how it ended: FIN, or the system's code. */
export function startWitness(listen?: Listen): Promise<TestServer> {
  return startServer((socket, note) => {
    socket.on("data", (chunk: Uint8Array) => void socket.write(chunk));
    socket.once("end", () => {
      note("FIN");
      socket.end();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => note(error.code ?? error.message));
  }, listen);
}
