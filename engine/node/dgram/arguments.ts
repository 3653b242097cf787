// The forms in which `bind` and `send` take their arguments, and what is bytes.

import { Buffer } from "../buffer/bytes.ts";
import { concat, from } from "../buffer/make.ts";
import { coded, invalidArgType } from "../errors.ts";
import { portOf } from "../net/ip.ts";

/** Gets an address of a name. */
export type Found = (error: Error | null, address?: string) => void;
/** Looks a name up, as `dns.lookup` does. */
export type Lookup = (name: string, family: number, done: Found) => void;

/** Options of a socket. */
export interface DatagramOptions {
  readonly type: "udp4" | "udp6";
  readonly reuseAddr?: boolean | undefined;
  readonly ipv6Only?: boolean | undefined;
  readonly lookup?: Lookup | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly reusePort?: boolean | undefined;
  readonly recvBufferSize?: number | undefined;
  readonly sendBufferSize?: number | undefined;
  readonly receiveBlockList?: unknown;
  readonly sendBlockList?: unknown;
}

/** Called when a datagram was handed to the system, or could not be. */
export type Sent = (error: Error | null, bytes?: number) => void;

/** One datagram; `port` is 0 for the peer of a connected socket. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly port: number;
  readonly address: string | undefined;
  readonly sent: Sent | undefined;
}

/** Where to bind; options, or `([port][, address][, callback])`. @throws CodedError `ERR_SOCKET_BAD_PORT` */
export function placeOf([first, second]: readonly unknown[]): { port: number; address: string | undefined } {
  const isOptions = typeof first === "object" && first !== null;
  const options = isOptions ? (first as { port?: unknown; address?: string }) : undefined;
  const port = isOptions ? options?.port : typeof first === "function" ? 0 : first;
  return {
    port: port ? portOf(port, "Port") : 0,
    address: isOptions ? options?.address : typeof second === "string" ? second : undefined,
  };
}

/** The descriptor of a socket that is bound already, among the options of `bind`. */
export function descriptorOf(first: unknown): number | undefined {
  const { fd } = (typeof first === "object" && first !== null ? first : {}) as { fd?: unknown };
  return typeof fd === "number" && fd > 0 ? fd : undefined;
}

/**
 * `(bytes[, offset, length], port[, address][, callback])`, or the same without port and address for a connected socket.
 * @throws CodedError for what is none of these
 */
export function datagramOf(args: readonly unknown[], isConnected: boolean): Datagram {
  const last = args.at(-1);
  const sent = typeof last === "function" ? (last as Sent) : undefined;
  const [given, second, third, fourth, fifth] = sent ? args.slice(0, -1) : args;
  const isPart = isConnected ? typeof third === "number" : Boolean(fifth || (fourth && typeof fourth !== "function"));
  const bytes = isPart ? partOf(given, second, third) : bytesOf(given);
  const [port, address] = isPart ? [fourth, fifth] : [second, third];
  if (isConnected) {
    if (isPart && (port || address)) throw coded("ERR_SOCKET_DGRAM_IS_CONNECTED", "Already connected");
    return { bytes, port: 0, address: undefined, sent };
  }
  if (address !== undefined && address !== null && typeof address !== "string")
    throw invalidArgType("address", "of type string", address);
  return { bytes, port: portOf(port, "Port", false), address: address || undefined, sent };
}

function bytesOf(given: unknown): Uint8Array {
  if (!Array.isArray(given)) return oneOf(given, "buffer");
  const parts = given.map((one: unknown) => oneOf(one, "buffer list arguments"));
  return parts.length === 1 && parts[0] ? parts[0] : concat(parts);
}

function oneOf(given: unknown, name: string): Uint8Array {
  if (typeof given === "string") return from(given);
  if (given instanceof Uint8Array) return given;
  if (ArrayBuffer.isView(given)) return new Buffer(given.buffer as ArrayBuffer, given.byteOffset, given.byteLength);
  throw invalidArgType(name, "of type string or an instance of Buffer, TypedArray, or DataView", given);
}

function partOf(given: unknown, offset: unknown, length: unknown): Uint8Array {
  const bytes = oneOf(given, "buffer");
  const at = Number(offset) >>> 0;
  const size = Number(length) >>> 0;
  const wrong = at > bytes.length ? "offset" : at + size > bytes.length ? "length" : undefined;
  if (wrong) throw coded("ERR_BUFFER_OUT_OF_BOUNDS", `"${wrong}" is outside of buffer bounds`, RangeError);
  return bytes.subarray(at, at + size);
}
