// What is said to a SOCKS proxy before it leads to a target: the one file that imports the package, and knows its ways.

import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { type Destination, owned } from "../../core/mod.ts";
import { rejectionOf } from "./failures.ts";
import { nameForProxy, type Upstream } from "./upstream.ts";

/**
 * Asks the proxy for a target; resolves with what came behind its reply, the socket paused. The package gets its bytes one
 * at a time, by a stream that is not the socket: so it never holds any that are not its own.
 */
export async function handshake(socket: Socket, target: Destination, upstream: Upstream, timeout: number): Promise<Uint8Array> {
  // Loaded by the first route that needs it: most networks have none.
  const { SocksClient } = await import("socks");
  return new Promise((resolve, reject) => {
    const { host, port, version: type, user: userId, password } = upstream;
    const side = new Duplex({
      read: () => undefined,
      write(chunk: Uint8Array, _encoding, done) {
        socket.write(chunk);
        done();
      },
    });
    side.on("error", () => undefined);
    const client = new SocksClient({
      command: "connect",
      destination: { host: nameForProxy(target.host), port: target.port },
      proxy: { host, port, type, userId, password },
      timeout,
    });
    let established = false;
    client.once("established", () => {
      established = true;
    });
    client.once("error", ({ message }) => reject(rejectionOf(upstream, target, message)));
    const feed = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length && !established; at += 1) {
        side.emit("data", Buffer.from(bytes.subarray(at, at + 1)));
        if (established) resolve(bytes.subarray(at + 1));
      }
    };
    const take = (chunk: Uint8Array) => {
      try {
        feed(owned(chunk));
      } catch (thrown) {
        reject(thrown);
      }
      if (established) socket.pause().off("data", take);
    };
    socket.on("data", take);
    client.connect(side);
    socket.resume();
  });
}
