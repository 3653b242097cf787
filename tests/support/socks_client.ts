// A SOCKS5 client of a probe that talks to an echo server through a proxy, over and over or many times at once.
import type { Socket } from "node:net";
import { dial } from "./clients.ts";
import { nextText } from "./probing.ts";
import type { Address } from "./servers.ts";

/** Reads exactly so many bytes; rejects when the connection ends before. */
async function readExactly(socket: Socket, bytes: number): Promise<Buffer> {
  let got = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const failed = (error?: Error) => reject(error ?? new Error(`The proxy ended after ${got.length} of ${bytes} bytes`));
    const ended = () => failed();
    const take = (chunk: Uint8Array) => {
      got = Buffer.concat([got, chunk]);
      if (got.length < bytes) return;
      socket.pause();
      socket.off("data", take).off("error", failed).off("end", ended);
      resolve(got);
    };
    socket.on("data", take).on("error", failed).on("end", ended).resume();
  });
}

/** Connects to a target by its name through a SOCKS5 proxy without a password. */
async function dialThrough(proxy: Address, { host, port }: Address): Promise<Socket> {
  const socket = await dial(proxy);
  try {
    socket.write(Uint8Array.of(5, 1, 0));
    await readExactly(socket, 2);
    const name = Buffer.from(host);
    socket.write(Buffer.concat([Uint8Array.of(5, 1, 0, 3, name.length), name, Uint8Array.of(port >> 8, port & 0xff)]));
    const reply = await readExactly(socket, 10);
    if (reply[1] !== 0) throw new Error(`The proxy answered with reply ${reply[1]}`);
    return socket;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

async function echoes(proxy: Address, target: Address, text: string): Promise<Socket | undefined> {
  const socket = await dialThrough(proxy, target);
  const answer = nextText(socket);
  socket.resume();
  socket.write(text);
  if ((await answer) === text) return socket;
  socket.destroy();
  return undefined;
}

/** Talks `count` times to an echo server through a SOCKS proxy, one connection after another; how many were answered right. */
export async function echoInARow(proxy: Address, target: Address, count: number): Promise<number> {
  let right = 0;
  for (let turn = 0; turn < count; turn += 1) {
    const socket = await echoes(proxy, target, `number ${turn}`);
    if (!socket) continue;
    right += 1;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.end().resume();
    await closed;
  }
  return right;
}

/** Opens `count` connections to an echo server through a SOCKS proxy and holds all open; how many were answered right. */
export async function echoTogether(proxy: Address, target: Address, count: number): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: count }, (_, index) => echoes(proxy, target, `number ${index}`)));
  const right = sockets.filter((socket) => socket !== undefined);
  for (const socket of right) socket.destroy();
  return right.length;
}
