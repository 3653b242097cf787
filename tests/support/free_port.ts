// Ports that nothing uses: for servers that a test starts itself, and for places where none shall be.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import process from "node:process";

// Below the ports that systems give to outgoing sockets (from 32768 on Linux, 49152 elsewhere; RFC 6335, 6), so that none of
// those takes a port between the look and its use. Processes with neighbouring numbers begin far from each other.
const FIRST = 10_240;
const COUNT = 20_000;
const APART = 61;

let next = (process.pid * APART) % COUNT;

/** A port of an address that is free for TCP and for UDP. Throws what the system says of an address that is not this machine's. */
export async function freePort(host: string): Promise<number> {
  for (let tries = 0; tries < COUNT; tries += 1) {
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(host, port)) return port;
  }
  throw new Error(`Every port of ${host} is taken`);
}

async function isFree(host: string, port: number): Promise<boolean> {
  const tcp = createServer();
  const udp = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    await once(tcp.listen(port, host), "listening");
    await once(udp.bind({ address: host, port }), "listening");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  } finally {
    udp.close();
    await new Promise((resolve) => tcp.close(resolve));
  }
}
