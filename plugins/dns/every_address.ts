// Datagrams to every address of a machine. A socket on 0.0.0.0 or :: answers from the address that the system chooses, which need
// not be the one that was asked (RFC 1123 section 6.1.3.4, RFC 2181 section 4.1), so each address has a socket of its own.

import { networkInterfaces } from "node:os";
import type { TcpPlace } from "../../core/mod.ts";

/** How often interfaces are looked at: addresses come and go. */
const LOOK_MS = 5000;

/** A socket that can be closed. */
export interface NameListener {
  /** Frees the address; a promise where that takes a moment, as with UDP on Deno. */
  close(): void | Promise<void>;
}

/** Opens a socket on one address. */
type Open = (place: TcpPlace) => Promise<NameListener>;

/** The addresses that a machine has now, as `0.0.0.0` (IPv4 alone) or `::` stands for them. */
export function everyAddress(host: string): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
    infos
      .filter(({ family }) => host === "::" || family === "IPv4")
      .map(({ address }) => (/^fe[89ab]/i.test(address) ? `${address}%${name}` : address)),
  );
}

/**
 * Keeps a socket on each of the addresses, as they come and go.
 * @param wanted The addresses now.
 * @throws the system's error when none could be had, or another program has the port of one
 */
export async function listenOnEach(wanted: () => Iterable<string>, port: number, open: Open): Promise<NameListener> {
  const sockets = new Map<string, NameListener>();
  let closed = false;

  /** @returns What went wrong, one of each. */
  async function look(): Promise<unknown[]> {
    const now = new Set(wanted());
    for (const [host, socket] of sockets) {
      if (now.has(host)) continue;
      void socket.close();
      sockets.delete(host);
    }
    const failures: unknown[] = [];
    const add = async (host: string) => {
      try {
        const socket = await open({ host, port });
        if (closed) await socket.close();
        else sockets.set(host, socket);
      } catch (thrown) {
        failures.push(thrown);
      }
    };
    await Promise.all([...now].filter((host) => !sockets.has(host)).map(add));
    return failures;
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = () => {
    timer = setTimeout(() => void look().then(() => !closed && again()), LOOK_MS).unref();
  };
  const close = async () => {
    closed = true;
    clearTimeout(timer);
    const all = [...sockets.values()];
    sockets.clear();
    await Promise.all(all.map((socket) => socket.close()));
  };
  const failures = await look();
  const taken = failures.find((failure) => (failure as { code?: unknown }).code === "EADDRINUSE");
  if (sockets.size === 0 || taken !== undefined) {
    await close();
    throw taken ?? failures[0];
  }
  again();
  return { close };
}
