// Small TCP clients for the servers beside them. Each call is one connection, closed when its promise settles.
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { pseudoRandom } from "../../conformance/support/pseudo_random.ts";
import type { Address, Received } from "./servers.ts";

const TIMEOUT_MS = 30_000;

/** Connects; rejects with the socket's error, or after 30 s. */
export function dial(to: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...to, allowHalfOpen: true, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error(`No connection to ${to.host}:${to.port} in time`)), TIMEOUT_MS);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

/** Reads until FIN; rejects on a reset and when nothing came for 30 s. */
async function readAll(socket: Socket, take: (chunk: Uint8Array) => void): Promise<void> {
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("Nothing came for 30 s")));
  await new Promise<void>((resolve, reject) => {
    socket.on("data", take).once("end", resolve).once("error", reject);
    socket.once("close", () => reject(new Error("Connection closed without FIN")));
  });
}

async function readText(socket: Socket): Promise<string> {
  const chunks: Uint8Array[] = [];
  await readAll(socket, (chunk) => chunks.push(chunk));
  socket.destroy();
  return Buffer.concat(chunks).toString();
}

/** Sends `data`, then FIN, and returns what comes back until FIN, as text. */
export async function exchange(to: Address, data: string | Uint8Array): Promise<string> {
  const socket = await dial(to);
  socket.end(data);
  return readText(socket);
}

/** Uploads `total` bytes of `pseudoRandom(seed)` to a sink and returns what the sink says it got. */
export async function upload(to: Address, seed: number, total: number): Promise<Received> {
  const socket = await dial(to);
  const chunks = pseudoRandom(seed, total);
  const pump = () => {
    for (let next = chunks.next(); ; next = chunks.next()) {
      if (next.done === true) return void socket.end();
      if (socket.destroyed || !socket.write(next.value)) return;
    }
  };
  socket.on("drain", pump);
  const answer = readText(socket);
  pump();
  const [bytes, sha256 = ""] = (await answer).trim().split(" ");
  return { bytes: Number(bytes), sha256 };
}

/** Reads everything a source sends. */
export async function download(from: Address): Promise<Received> {
  const socket = await dial(from);
  const hash = createHash("sha256");
  let bytes = 0;
  await readAll(socket, (chunk) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  socket.destroy();
  return { bytes, sha256: hash.digest("hex") };
}

/** An HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** One HTTP/1.0 request (so the body ends with the connection); `target` may be an absolute URL, for a proxy. */
export async function httpGet(at: Address, target = "/", hostHeader = at.host): Promise<HttpAnswer> {
  const socket = await dial(at);
  socket.write(`GET ${target} HTTP/1.0\r\nhost: ${hostHeader}\r\n\r\n`);
  const answer = await readText(socket);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
  if (status === undefined) throw new Error(`Not an HTTP answer: ${JSON.stringify(answer.slice(0, 80))}`);
  return { status: Number(status), body: answer.slice(answer.indexOf("\r\n\r\n") + 4) };
}
