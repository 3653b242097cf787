// `FileHandle`: what `fs.promises.open` gives. Files are read and written at once; pipes, sockets and devices are waited for, without
// holding up anything else.

import * as host from "engine:host";
import { fileError, unsupported } from "../errors.ts";
import { EventEmitter } from "../events.ts";
import {
  bytesOf,
  type Data,
  dataOf,
  type Encoding,
  encoded,
  type Mode,
  modeOf,
  partOf,
  positionOf,
  type WriteOptions,
} from "./arguments.ts";
import { readAll, whenReady, writeAll } from "./contents.ts";
import { done, fstatSync, type PartOptions } from "./descriptors.ts";
import type { BigIntStats, Stats } from "./stats.ts";

const DEFAULT_BYTES = 16 * 1024;

/** Options of reading and writing a whole file. */
export interface WholeOptions {
  readonly encoding?: Encoding;
  readonly signal?: AbortSignal | undefined;
}

/** A file that is open. */
export class FileHandle extends EventEmitter {
  #fd: number;
  /** Calls that wait for the descriptor to be ready. */
  #waiting = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  /** The descriptor; -1 once it is closed. */
  get fd(): number {
    return this.#fd;
  }

  /** The descriptor. @throws CodedError `EBADF` once it is closed */
  #open(syscall: string): number {
    if (this.#fd < 0) throw Object.assign(new Error("file closed"), { code: "EBADF", syscall });
    return this.#fd;
  }

  /** Waits with the descriptor, which is not closed before. */
  async #use<T>(syscall: string, wait: (fd: number) => Promise<T>): Promise<T> {
    const fd = this.#open(syscall);
    this.#waiting += 1;
    try {
      return await wait(fd);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#idle?.();
    }
  }

  /** Reads into a part of a buffer; `bytesRead` is 0 at the end. */
  async read<T extends NodeJS.ArrayBufferView = Buffer>(
    buffer?: T | (PartOptions & { readonly buffer?: T }),
    offset?: number | PartOptions | null,
    length?: number | null,
    position?: number | bigint | null,
  ): Promise<{ bytesRead: number; buffer: T }> {
    this.#open("read");
    const isView = ArrayBuffer.isView(buffer);
    const given = isView
      ? typeof offset === "object" && offset !== null
        ? offset
        : { offset, length, position }
      : (buffer ?? {});
    const into = (isView ? buffer : ((buffer as { buffer?: T } | undefined)?.buffer ?? Buffer.alloc(DEFAULT_BYTES))) as T;
    const bytes = bytesOf(into);
    const part = partOf(bytes, given.offset, given.length);
    const at = positionOf(given.position);
    const readOnce = (fd: number) => host.readAt(fd, bytes, part.offset, part.length, at);
    const count = await this.#use("read", (fd) => whenReady(fd, 1, () => readOnce(fd)));
    return { bytesRead: done(count, "read"), buffer: into };
  }

  /** Writes a part of a buffer, or a text with its position and encoding; not always all of it. */
  async write<T extends Data>(
    data: T,
    offset?: number | PartOptions | null,
    length?: number | string | null,
    position?: number | bigint | null,
  ): Promise<{ bytesWritten: number; buffer: T }> {
    this.#open("write");
    const isText = typeof data === "string";
    const bytes = isText ? dataOf(data, length) : bytesOf(data);
    const given = typeof offset === "object" && offset !== null ? offset : { offset, length: length as number | null, position };
    const part = isText ? { offset: 0, length: bytes.length } : partOf(bytes, given.offset, given.length);
    const at = positionOf(isText ? (offset as number | null) : given.position);
    const writeOnce = (fd: number) => host.writeAt(fd, bytes, part.offset, part.length, at);
    const count = await this.#use("write", (fd) => whenReady(fd, 2, () => writeOnce(fd)));
    return { bytesWritten: done(count, "write"), buffer: data };
  }

  /** All from where the file stands. */
  async readFile(options: BufferEncoding | (WholeOptions & { readonly encoding: BufferEncoding })): Promise<string>;
  async readFile(options?: Encoding | WholeOptions): Promise<Buffer>;
  async readFile(options?: Encoding | WholeOptions): Promise<string | Buffer> {
    const signal = typeof options === "object" ? options?.signal : undefined;
    signal?.throwIfAborted();
    return encoded(await this.#use("read", (fd) => readAll(fd, signal)), options);
  }

  /** Writes all of it from where the file stands. */
  async writeFile(data: Data, options?: WriteOptions & WholeOptions): Promise<void> {
    const signal = typeof options === "object" ? options?.signal : undefined;
    signal?.throwIfAborted();
    await this.#use("write", (fd) => writeAll(fd, dataOf(data, options), signal));
  }

  async appendFile(data: Data, options?: WriteOptions & WholeOptions): Promise<void> {
    await this.writeFile(data, options);
  }

  async stat(options?: { readonly bigint?: false | undefined }): Promise<Stats>;
  async stat(options: { readonly bigint: true }): Promise<BigIntStats>;
  async stat(options: { readonly bigint?: boolean | undefined } = {}): Promise<Stats | BigIntStats> {
    return fstatSync(this.#open("fstat"), options as { bigint: true });
  }

  async chmod(mode: Mode): Promise<void> {
    done(host.fchmod(this.#open("fchmod"), modeOf(mode, 0)), "fchmod");
  }

  async chown(uid: number, gid: number): Promise<void> {
    done(host.fchown(this.#open("fchown"), uid, gid), "fchown");
  }

  async truncate(length: number | null = 0): Promise<void> {
    done(host.ftruncate(this.#open("ftruncate"), Math.max(0, length ?? 0)), "ftruncate");
  }

  async sync(): Promise<void> {
    done(host.fsync(this.#open("fsync")), "fsync");
  }

  async datasync(): Promise<void> {
    done(host.fsync(this.#open("fdatasync")), "fdatasync");
  }

  async utimes(): Promise<never> {
    throw unsupported("FileHandle.utimes");
  }

  createReadStream(): never {
    throw unsupported("FileHandle.createReadStream");
  }

  createWriteStream(): never {
    throw unsupported("FileHandle.createWriteStream");
  }

  /** Closes it once nothing waits for it any more. */
  async close(): Promise<void> {
    if (this.#fd < 0) return;
    this.#closing ??= this.#closeWhenIdle();
    await this.#closing;
  }

  async #closeWhenIdle(): Promise<void> {
    if (this.#waiting > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    const failed = host.close(this.#fd);
    this.#fd = -1;
    this.emit("close");
    if (failed < 0) throw fileError(failed, "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
