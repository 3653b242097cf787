// A web server of the runtime's own: `http_origin_main.ts BEHAVIOUR HOST`, see `http_origin.ts`. Tells its port, and how many
// connections are open, each on a line; ends with its input.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pseudoRandom } from "../../conformance/support/pseudo_random.ts";
import type { Behaviour } from "./http_origin.ts";

async function pages(request: IncomingMessage, response: ServerResponse): Promise<void> {
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

async function mirror(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request) body += (chunk as Buffer).toString("latin1");
  const { method, url, rawHeaders, rawTrailers } = request;
  response.end(JSON.stringify({ method, url, rawHeaders, rawTrailers, body }));
}

const ANSWERS: Readonly<Record<Behaviour, (request: IncomingMessage, response: ServerResponse) => Promise<void>>> = {
  pages,
  mirror,
  async hints(request, response) {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    await mirror(request, response);
  },
  async parts(_request, response) {
    response.writeEarlyHints({ link: "</a>" });
    response.write("one");
    response.end("two");
  },
};

const [, , behaviour = "pages", host = "127.0.0.1"] = process.argv;
const answer = ANSWERS[behaviour as Behaviour];
let open = 0;
const tell = (change: number) => {
  open += change;
  process.stdout.write(`open ${open}\n`);
};
const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.on("connection", (socket) => {
  tell(1);
  socket.once("close", () => tell(-1));
});
server.listen(0, host, () => {
  const address = server.address();
  process.stdout.write(`port ${typeof address === "object" ? address?.port : ""}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
