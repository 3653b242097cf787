// Raw SOCKS handshakes as data, for any server: what is sent, and what came of it in a few words.
import { connect } from "node:net";
import type { Address } from "./servers.ts";

/** What the cases need to know of their surroundings. */
export interface Surroundings {
  /** Port of an echo server on 127.0.0.1 and ::1. */
  readonly echo: number;
  /** A port of 127.0.0.1 on which nothing listens. */
  readonly closed: number;
}

/** One conversation. */
export interface SocksCase {
  readonly name: string;
  /** Pieces, each sent when the one before was answered; the last is followed by `ping`. */
  readonly send: (at: Surroundings) => readonly Uint8Array[];
  /** Sends everything byte by byte, or all at once, instead. */
  readonly how?: "byte by byte" | "at once";
}

const bytes = (...parts: (number | string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : part)));
const port = (number: number): number[] => [number >> 8, number & 255];
const named = (name: string): number[] => [3, Buffer.byteLength(name), ...Buffer.from(name)];
const LOOPBACK = [1, 127, 0, 0, 1];
const LOOPBACK6 = [4, ...Array.from({ length: 15 }, () => 0), 1];
const NO_AUTH = bytes(5, 1, 0);

/** A SOCKS5 case: the greeting, then a request. */
function five(name: string, command: number, address: readonly number[], to: keyof Surroundings | 0 = "echo"): SocksCase {
  const send = (at: Surroundings) => [NO_AUTH, bytes(5, command, 0, address, port(to === 0 ? 0 : at[to]))];
  return { name: `5: ${name}`, send };
}

/** A SOCKS4 case: one request. */
function four(
  name: string,
  command: number,
  address: readonly number[],
  rest: string,
  to: keyof Surroundings = "echo",
): SocksCase {
  return { name: `4: ${name}`, send: (at) => [bytes(4, command, port(at[to]), address, rest)] };
}

const connectFive = five("connect to an IPv4 address", 1, LOOPBACK);

/** The conversations. */
export const SOCKS_CASES: readonly SocksCase[] = [
  connectFive,
  { ...connectFive, name: "5: byte by byte", how: "byte by byte" },
  { ...connectFive, name: "5: all at once, with the first words for the target", how: "at once" },
  five("connect to a name", 1, named("localhost")),
  five("connect to an address that is sent as a name", 1, named("127.0.0.1")),
  five("connect to an IPv6 address", 1, LOOPBACK6),
  five("refused by the target", 1, LOOPBACK, "closed"),
  five("a name that nobody has", 1, named("nobody.invalid")),
  five("an empty name", 1, named("")),
  five("port 0", 1, LOOPBACK, 0),
  five("BIND", 2, LOOPBACK),
  five("UDP ASSOCIATE", 3, LOOPBACK),
  five("a command that does not exist", 9, LOOPBACK),
  five("a kind of address that does not exist", 1, [9, 1, 2, 3, 4]),
  { name: "5: a reserved byte that is not 0", send: (at) => [NO_AUTH, bytes(5, 1, 7, LOOPBACK, port(at.echo))] },
  { name: "5: several methods, none among them", send: (at) => [bytes(5, 3, 1, 2, 0), bytes(5, 1, 0, LOOPBACK, port(at.echo))] },
  { name: "5: only GSSAPI is offered", send: () => [bytes(5, 1, 1)] },
  { name: "5: only name and password are offered, and none is wanted", send: () => [bytes(5, 1, 2)] },
  { name: "5: no method at all", send: () => [bytes(5, 0)] },
  { name: "5: the request says version 4", send: (at) => [NO_AUTH, bytes(4, 1, 0, LOOPBACK, port(at.echo))] },
  four("connect to an address", 1, [127, 0, 0, 1], "\0"),
  four("connect with a user's name", 1, [127, 0, 0, 1], "somebody\0"),
  four("4a: connect to a name", 1, [0, 0, 0, 1], "\0localhost\0"),
  four("4a: a name that nobody has", 1, [0, 0, 0, 1], "\0nobody.invalid\0"),
  four("refused by the target", 1, [127, 0, 0, 1], "\0", "closed"),
  four("BIND", 2, [127, 0, 0, 1], "\0"),
  { name: "version 6", send: () => [bytes(6, 1, 0)] },
  { name: "an HTTP request", send: () => [bytes("GET / HTTP/1.0\r\n\r\n")] },
];

/** Nothing came for this long: the server waits for more. */
const QUIET_MS = 1500;

/** Holds a conversation, and says what the server did: its codes, then `echo`, `end` or `waits`. */
export function converse(server: Address, { send, how }: SocksCase, at: Surroundings): Promise<string> {
  const pieces = [...send(at), Buffer.from("ping")];
  return new Promise((resolve) => {
    let got = Buffer.alloc(0);
    const socket = connect({ ...server, noDelay: true });
    const over = (last: string) => {
      socket.destroy();
      resolve(`${codesOf(got)}${last}`);
    };
    const next = () => {
      const piece = pieces.shift();
      if (piece) socket.write(piece);
    };
    socket.on("connect", () => {
      const all = Buffer.concat(pieces);
      if (how === "at once") socket.write(all);
      else if (how === "byte by byte") for (const byte of all) socket.write(Uint8Array.of(byte));
      else next();
    });
    socket.on("data", (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      if (got.includes("ping")) over("echo");
      else if (how === undefined) next();
    });
    socket.setTimeout(QUIET_MS, () => over("waits"));
    socket.on("end", () => over("end"));
    socket.on("error", () => over("end")); // some reset what they did not read
  });
}

/** `5.0 ` for a method, then `5.CODE ` of a reply; `0.CODE ` of a SOCKS4 reply; text as it is. */
function codesOf(got: Buffer): string {
  if (got.length === 0) return "";
  if (got[0] === 5) return [got.subarray(0, 2), got.subarray(2, 4)].map((two) => (two.length < 2 ? "" : `5.${two[1]} `)).join("");
  return got[0] === 0 ? `0.${got[1]} ` : `${got.toString("latin1").split("\r\n")[0]} `;
}
