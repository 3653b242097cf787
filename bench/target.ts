// The server behind every peer, in a process of its own: prints its port, ends with its standard input. See MODE in jobs.ts.
import { createServer, type Socket } from "node:net";
import process from "node:process";
import { MODE } from "./jobs.ts";

const BLOCK = Buffer.alloc(1024 * 1024, 0x5a); // large, so that one system call moves much

function serve(socket: Socket, mode: string): void {
  if (mode === MODE.echo) {
    socket.on("data", (chunk: Uint8Array) => void socket.write(chunk));
    socket.on("end", () => void socket.end());
  } else if (mode === MODE.source) {
    const pump = () => {
      while (!socket.destroyed && socket.write(BLOCK));
    };
    socket.on("drain", pump).on("end", () => socket.destroy());
    socket.resume();
    pump();
  } else {
    // Nothing is written behind an answer: to a client that has closed it would come back as a reset, and stall some peers.
    if (mode === MODE.answer) socket.write("a");
    socket.on("end", () => void (mode === MODE.sink ? socket.end("k") : socket.end())).on("data", () => {});
  }
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.once("data", (first: Buffer) => {
    socket.pause();
    if (first.length > 1) socket.unshift(first.subarray(1));
    serve(socket, String.fromCharCode(first[0] ?? 0));
    socket.resume();
  });
});

server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
