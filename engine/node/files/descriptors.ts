// Functions of node:fs on descriptors: what `openSync` gives.

import * as host from "engine:host";
import { fileError } from "../errors.ts";
import { bytesOf, type Data, dataOf, descriptorOf, type Mode, modeOf, partOf, positionOf } from "./arguments.ts";
import { BigIntStats, Stats } from "./stats.ts";

/** The result of a system call. @throws SystemError */
export function done(result: number, syscall: string): number {
  if (result < 0) throw fileError(result, syscall);
  return result;
}

/** Which part of a buffer, and where in the file. */
export interface PartOptions {
  readonly offset?: number | null | undefined;
  readonly length?: number | null | undefined;
  readonly position?: number | bigint | null | undefined;
}

/** Reads into a part of a buffer, and gives the number of bytes; 0 at the end. */
export function readSync(
  fd: number,
  buffer: NodeJS.ArrayBufferView,
  offset?: number | PartOptions | null,
  length?: number | null,
  position?: number | bigint | null,
): number {
  const given = typeof offset === "object" && offset !== null ? offset : { offset, length, position };
  const bytes = bytesOf(buffer);
  const part = partOf(bytes, given.offset, given.length);
  return done(host.readAt(descriptorOf(fd), bytes, part.offset, part.length, positionOf(given.position)), "read");
}

/** Writes a part of a buffer, or a text with its position and encoding, and gives the number of bytes that were written. */
export function writeSync(
  fd: number,
  data: Data,
  offset?: number | PartOptions | null,
  length?: number | string | null,
  position?: number | bigint | null,
): number {
  if (typeof data === "string") {
    const bytes = dataOf(data, length);
    const at = positionOf(typeof offset === "number" ? offset : undefined);
    return done(host.writeAt(descriptorOf(fd), bytes, 0, bytes.length, at), "write");
  }
  const given = typeof offset === "object" && offset !== null ? offset : { offset, length: length as number | null, position };
  const bytes = bytesOf(data);
  const part = partOf(bytes, given.offset, given.length);
  return done(host.writeAt(descriptorOf(fd), bytes, part.offset, part.length, positionOf(given.position)), "write");
}

/** Closes a descriptor. */
export function closeSync(fd: number): void {
  done(host.close(descriptorOf(fd)), "close");
}

/** What the system tells of an open file. */
export function fstatSync(fd: number, options?: { readonly bigint?: false | undefined }): Stats;
export function fstatSync(fd: number, options: { readonly bigint: true }): BigIntStats;
export function fstatSync(fd: number, { bigint = false }: { readonly bigint?: boolean | undefined } = {}): Stats | BigIntStats {
  const facts = host.fstat(descriptorOf(fd));
  if (typeof facts === "number") throw fileError(facts, "fstat");
  return bigint ? new BigIntStats(facts) : new Stats(facts);
}

/** Sets the mode of an open file. */
export function fchmodSync(fd: number, mode: Mode): void {
  done(host.fchmod(descriptorOf(fd), modeOf(mode, 0)), "fchmod");
}

/** Sets the owner of an open file. */
export function fchownSync(fd: number, uid: number, gid: number): void {
  done(host.fchown(descriptorOf(fd), uid, gid), "fchown");
}

/** Cuts an open file off, or fills it with zeros, up to a length. */
export function ftruncateSync(fd: number, length: number | null = 0): void {
  done(host.ftruncate(descriptorOf(fd), Math.max(0, length ?? 0)), "ftruncate");
}

/** Has what was written to a file kept by its device. */
export function fsyncSync(fd: number): void {
  done(host.fsync(descriptorOf(fd)), "fsync");
}

/** As {@link fsyncSync}: the engine has no fdatasync(2), which does less. */
export function fdatasyncSync(fd: number): void {
  done(host.fsync(descriptorOf(fd)), "fdatasync");
}
