// What the functions of node:fs take: paths, modes, encodings, bytes.

import { builtinModule } from "engine:host";
import { invalidArgType, invalidArgValue, outOfRange } from "../errors.ts";

/** A path of a file. */
export type PathLike = string | Uint8Array | URL;

/** An encoding, or options with one; without one there are bytes. */
export type Encoding = BufferEncoding | "buffer" | null | undefined;
/** Options with an encoding, or the encoding alone. */
export type EncodingOptions = Encoding | { readonly encoding?: Encoding };

/** Options of functions that write. */
export type WriteOptions =
  | Encoding
  | { readonly encoding?: Encoding; readonly mode?: Mode; readonly flag?: string | number | undefined; readonly flush?: boolean };

/** A number, or octal digits. */
export type Mode = number | string | undefined | null;

/** What is written to a file. */
export type Data = string | NodeJS.ArrayBufferView;

const LARGEST_DESCRIPTOR = 2 ** 31 - 1;

/** A path as text; one of bytes is read as UTF-8. @throws CodedError for what is no path, or has a NUL byte */
export function pathOf(path: unknown, name = "path"): string {
  if (typeof path === "string" && !path.includes("\0")) return path;
  const text = isUrl(path) ? pathOfUrl(path) : path instanceof Uint8Array ? Buffer.from(path).toString() : path;
  if (typeof text !== "string") throw invalidArgType(name, "of type string or an instance of Buffer or URL", path);
  if (text.includes("\0")) throw invalidArgValue(name, path, "must be a string, Uint8Array, or URL without null bytes");
  return text;
}

function isUrl(value: unknown): value is URL {
  return typeof value === "object" && value !== null && "href" in value && "protocol" in value;
}

/** The module of URLs is large, and few programs have files' addresses. */
function pathOfUrl(url: URL): string {
  return (builtinModule("node:url") as typeof import("node:url")).fileURLToPath(url);
}

/** A mode as a number. @throws CodedError */
export function modeOf(mode: Mode, fallback: number): number {
  if (mode === undefined || mode === null) return fallback;
  const value = typeof mode === "string" && /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) : mode;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  throw invalidArgValue("mode", mode, "must be a 32-bit unsigned integer or an octal string");
}

/** A descriptor. @throws CodedError */
export function descriptorOf(fd: unknown): number {
  if (typeof fd !== "number") throw invalidArgType("fd", "of type number", fd);
  if (Number.isInteger(fd) && fd >= 0 && fd <= LARGEST_DESCRIPTOR) return fd;
  throw outOfRange("fd", Number.isInteger(fd) ? `>= 0 && <= ${LARGEST_DESCRIPTOR}` : "an integer", fd);
}

/** The encoding that options name; undefined for bytes. @throws CodedError for one that is unknown */
export function encodingOf(options: unknown): BufferEncoding | undefined {
  const given = typeof options === "object" && options !== null ? (options as { encoding?: Encoding }).encoding : options;
  if (given === undefined || given === null || given === "buffer") return undefined;
  if (typeof given !== "string" || !Buffer.isEncoding(given)) throw invalidArgValue("encoding", given, "is invalid encoding");
  return given;
}

/** A result as text, or as bytes where options name no encoding. */
export function encoded(bytes: Buffer, options: unknown): string | Buffer {
  const encoding = encodingOf(options);
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

/** A name that the system gave, as options want it. */
export function nameAs(name: string, options: unknown): string {
  const wanted = typeof options === "object" && options !== null ? (options as { encoding?: Encoding }).encoding : options;
  if (wanted === "buffer") throw invalidArgValue("encoding", wanted, "is not supported for names by the agent's engine");
  return name;
}

/** What is to be written, as bytes. @throws CodedError */
export function dataOf(data: unknown, options: unknown, name = "data"): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encodingOf(options) ?? "utf8");
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalidArgType(name, "of type string or an instance of Buffer, TypedArray, or DataView", data);
}

/** The bytes of a view that is read into or written from. */
export function bytesOf(view: unknown, name = "buffer"): Uint8Array {
  if (!ArrayBuffer.isView(view)) throw invalidArgType(name, "an instance of Buffer, TypedArray, or DataView", view);
  return view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Checks a part of a buffer, and gives it. @throws CodedError */
export function partOf(bytes: Uint8Array, offset: number | null = 0, length?: number | null): { offset: number; length: number } {
  const from = offset ?? 0;
  if (from < 0 || from > bytes.length) throw outOfRange("offset", from < 0 ? ">= 0" : `<= ${bytes.length}`, from);
  const count = length ?? bytes.length - from;
  if (count < 0 || count > bytes.length - from)
    throw outOfRange("length", count < 0 ? ">= 0" : `<= ${bytes.length - from}`, count);
  return { offset: from, length: count };
}

/** A position in a file; -1: where it stands. */
export function positionOf(position: number | bigint | null | undefined): number {
  return position === undefined || position === null ? -1 : Number(position);
}
