// A web server whose bodies are known beforehand: `GET /SEED/BYTES` gives pseudo-random bytes, `PUT` answers with the size and
// the SHA-256 of what it got.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pseudoRandom } from "../../conformance/support/pseudo_random.ts";
import type { Address } from "./servers.ts";

/** A listening origin. */
export interface HttpOrigin extends Address {
  /** Connections that are open now. */
  open(): number;
  stop(): Promise<void>;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "PUT" || request.method === "POST") {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of request) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
    }
    response.end(`${bytes} ${hash.digest("hex")}\n`);
    return;
  }
  const [, seed = "1", bytes = "0"] = /^\/(\d+)\/(\d+)$/.exec(request.url ?? "") ?? [];
  response.setHeader("Content-Length", bytes);
  await pipeline(Readable.from(pseudoRandom(Number(seed), Number(bytes))), response);
}

/** Starts an origin on 127.0.0.1. */
export async function startHttpOrigin(host = "127.0.0.1"): Promise<HttpOrigin> {
  let open = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.on("connection", (socket) => {
    open += 1;
    socket.once("close", () => {
      open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  const stop = async () => {
    const closed = new Promise((resolve) => server.once("close", resolve));
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { host, port: typeof address === "object" && address !== null ? address.port : 0, open: () => open, stop };
}
