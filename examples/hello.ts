// A small HTTP server for the quickstart: says who it is, and on /neighbour what it hears from another host of the
// network. Once it listens it runs a command, and ends with it.
//
//   node examples/hello.ts NAME PORT NEIGHBOUR_URL COMMAND...

import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";

/** Serves one host's page on 127.0.0.1; resolves when it listens. */
export function serveHello(name: string, port: number, neighbour: string): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = request.url === "/neighbour" ? askNeighbour(name, neighbour) : Promise.resolve(`hello from ${name}\n`);
    void answer.then((text) => response.end(text));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

async function askNeighbour(name: string, url: string): Promise<string> {
  try {
    return `${name} asked ${url} and heard: ${await (await fetch(url)).text()}`;
  } catch {
    return `${name} asked ${url} and got no answer\n`;
  }
}

const [, script = "", name, port, neighbour = "", program, ...args] = process.argv;
if (script.endsWith("hello.ts") && name !== undefined) {
  await serveHello(name, Number(port), neighbour);
  if (program !== undefined) spawn(program, args, { stdio: "inherit" }).on("close", (code) => process.exit(code ?? 1));
}
