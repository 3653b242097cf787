// A client of SOCKS for tests, byte by byte, so that it can also do what no real client does.

import { connect, type Socket } from "node:net";
import { addressBytes, canonicalAddress } from "../../core/address.ts";
import type { Address } from "./servers.ts";

/** A connection of which parts can be read. */
export interface RawConnection {
  readonly socket: Socket;
  write(...parts: (readonly number[] | Uint8Array | string)[]): void;
  /** Exactly so many bytes; rejects when the connection ends before. */
  read(bytes: number): Promise<Buffer>;
  /** Everything until FIN; rejects on a reset. */
  rest(): Promise<Buffer>;
  /** How the connection ended: `FIN`, or the system's code. */
  readonly ended: Promise<string>;
  close(): void;
}

/** Connects; rejects with the socket's error. */
export async function openRaw(to: Address | { readonly path: string }): Promise<RawConnection> {
  const socket = connect({ ...to, allowHalfOpen: true });
  let got = Buffer.alloc(0);
  let over: string | undefined;
  let look = () => {};
  const ended = new Promise<string>((resolve) => {
    const end = (how: string) => {
      over ??= how;
      resolve(over);
      look();
    };
    socket.on("end", () => end("FIN"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on("close", () => end("closed"));
  });
  socket.on("data", (chunk: Uint8Array) => {
    got = Buffer.concat([got, chunk]);
    look();
  });
  const until = (wanted: () => boolean, take: () => Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      look = () => {
        if (wanted()) resolve(take());
        else if (over) reject(new Error(`Connection ended with ${over} after ${got.length} bytes: ${got.toString("hex")}`));
      };
      look();
    });
  const take = (bytes: number) => {
    const part = got.subarray(0, bytes);
    got = got.subarray(bytes);
    return part;
  };
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return {
    socket,
    ended,
    write: (...parts) =>
      void socket.write(
        Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Uint8Array.from(part)))),
      ),
    read: (bytes) =>
      until(
        () => got.length >= bytes,
        () => take(bytes),
      ),
    rest: () =>
      until(
        () => over === "FIN",
        () => take(got.length),
      ),
    close: () => void socket.destroy(),
  };
}

const text = (value: string) => [...new TextEncoder().encode(value)];
const port = (value: number) => [value >> 8, value & 0xff];
const counted = (value: string) => [text(value).length, ...text(value)];

/** A CONNECT request of SOCKS5: an address as such, everything else as a name. `command` 1 is CONNECT. */
export function request5({ host, port: at }: Address, command = 1, asName = false): number[] {
  const address = asName ? undefined : canonicalAddress(host);
  const bytes = address === undefined ? [] : addressBytes(address);
  const where = address === undefined ? [3, ...counted(host)] : [bytes.length === 4 ? 1 : 4, ...bytes];
  return [5, command, 0, ...where, ...port(at)];
}

/** A CONNECT request of SOCKS4, or of SOCKS4a for a name. */
export function request4({ host, port: at }: Address, user = ""): number[] {
  const isAddress = /^[\d.]+$/.test(host);
  const address = isAddress ? host.split(".").map(Number) : [0, 0, 0, 1];
  return [4, 1, ...port(at), ...address, ...text(user), 0, ...(isAddress ? [] : [...text(host), 0])];
}

/** Name and password (RFC 1929). */
export function login5(user: string, password: string): number[] {
  return [1, ...counted(user), ...counted(password)];
}

/** What a proxy answered, and the connection behind it. */
export interface SocksAnswer extends RawConnection {
  /** The code of the reply; 0 and 90 are success. */
  readonly code: number;
}

/** Asks for a connection with SOCKS5. */
export async function socks5(
  proxy: Address | { readonly path: string },
  to: Address,
  options: { readonly asName?: boolean } = {},
): Promise<SocksAnswer> {
  const raw = await openRaw(proxy);
  raw.write([5, 1, 0]);
  if ((await raw.read(2)).toString("hex") !== "0500") throw new Error("The proxy wants a password");
  raw.write(request5(to, 1, options.asName));
  const reply = await raw.read(10);
  return { ...raw, code: reply[1] ?? -1 };
}

/** Asks for a connection with SOCKS4 or SOCKS4a. */
export async function socks4(proxy: Address, to: Address, user?: string): Promise<SocksAnswer> {
  const raw = await openRaw(proxy);
  raw.write(request4(to, user));
  const reply = await raw.read(8);
  return { ...raw, code: reply[1] ?? -1 };
}
