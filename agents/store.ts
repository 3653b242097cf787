// Folders of finished agents on the disk: whole or not there at all, checked when they are read, each file beside its gzip copy.

import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { messageOf, NoRouterError } from "../core/errors.ts";
import { isHash } from "../core/hash.ts";
import type { AgentFile } from "../core/plugin/agent_source.ts";

/** Begin of the names of folders that are still being made. */
export const UNFINISHED = ".making-";

const LIST = "files.json";
/** 6 takes half the time of 9, for a result that is 1 % larger: 9 costs an engine 0.1 s and a program 3 s. */
const LEVEL = 6;
const SMALL_LEVEL = 9;
/** Bytes. */
const SMALL = 10_000_000;
/** Bytes of a file that are read and sent at once. */
const CHUNK = 256 * 1024;

/** Nothing could be written to a folder. */
export class NotStored extends NoRouterError {}

/** A file of an agent that lies on this machine's disk. */
export interface StoredFile extends AgentFile {
  readonly path: string;
  /** Bytes of the gzip copy. */
  readonly packedSize: number;
}

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly packedSize: number;
  readonly packedSha256: string;
}

/**
 * The files of a folder; undefined when it is not there or damaged.
 * @param thorough Whether the bytes are compared with their SHA-256 too, about 0.5 s for a program.
 */
export async function readStored(folder: string, thorough: boolean): Promise<StoredFile[] | undefined> {
  try {
    const entries = entriesOf(JSON.parse(await readFile(join(folder, LIST), "utf8")));
    if (!entries) return undefined;
    const whole = await Promise.all(entries.map((entry) => isWhole(folder, entry, thorough)));
    return whole.includes(false) ? undefined : entries.map((entry) => fileOf(folder, entry));
  } catch {
    return undefined;
  }
}

/**
 * Makes a folder, whole or not at all. `make` puts files into an empty folder beside it and names them in order. When
 * another process was quicker, its files are taken.
 * @throws NotStored `agent-unavailable` when nothing can be written there, and what `make` throws
 */
export async function store(folder: string, make: (empty: string) => Promise<readonly string[]>): Promise<StoredFile[]> {
  const making = join(dirname(folder), `${UNFINISHED}${randomUUID()}`);
  try {
    await mkdir(making, { recursive: true, mode: 0o700 });
    const names = await make(making);
    const entries: Entry[] = [];
    for (const name of names) entries.push(await pack(making, name));
    await writeFile(join(making, LIST), `${JSON.stringify(entries, undefined, 2)}\n`);
    await putInPlace(making, folder);
    return entries.map((entry) => fileOf(folder, entry));
  } catch (thrown) {
    if (thrown instanceof NoRouterError) throw thrown;
    const message = `Agent could not be kept in "${folder}": ${messageOf(thrown)}`;
    throw new NotStored("agent-unavailable", message, { cause: thrown });
  } finally {
    await rm(making, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** A folder that is there is either damaged or the work of another process; ours replaces it, and is as good. */
async function putInPlace(making: string, folder: string): Promise<void> {
  try {
    await rename(making, folder);
  } catch {
    if (await readStored(folder, true)) return;
    await rm(folder, { recursive: true, force: true });
    await rename(making, folder);
  }
}

async function pack(folder: string, name: string): Promise<Entry> {
  const path = join(folder, name);
  await chmod(path, 0o755);
  const plain = measure();
  const packed = measure();
  const level = (await stat(path)).size < SMALL ? SMALL_LEVEL : LEVEL;
  await pipeline(read(path), plain.through, createGzip({ level }), packed.through, createWriteStream(`${path}.gz`));
  const { size: packedSize, sha256: packedSha256 } = packed.result();
  return { name, ...plain.result(), packedSize, packedSha256 };
}

/** Counts and hashes what goes through. */
function measure() {
  const hash = createHash("sha256");
  let size = 0;
  return {
    async *through(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    result: () => ({ size, sha256: hash.digest("hex") }),
  };
}

/** Opens the file when it is read, so that nothing stays open when nobody reads. */
async function* read(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Uint8Array>;
}

async function isWhole(folder: string, entry: Entry, thorough: boolean): Promise<boolean> {
  const copies = [
    { path: join(folder, entry.name), size: entry.size, sha256: entry.sha256 },
    { path: join(folder, `${entry.name}.gz`), size: entry.packedSize, sha256: entry.packedSha256 },
  ];
  for (const { path, size, sha256 } of copies) {
    if ((await stat(path)).size !== size) return false;
    if (!thorough) continue;
    const { through, result } = measure();
    for await (const _ of through(read(path)));
    if (result().sha256 !== sha256) return false;
  }
  return true;
}

function fileOf(folder: string, { name, size, sha256, packedSize }: Entry): StoredFile {
  const path = join(folder, name);
  return {
    name,
    size,
    sha256,
    packedSize,
    path,
    async open(packed) {
      const wanted = packed ? `${path}.gz` : path;
      return { size: (await stat(wanted)).size, chunks: read(wanted) };
    },
  };
}

function entriesOf(value: unknown): Entry[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.every(isEntry) ? value : undefined;
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { name, size, sha256, packedSize, packedSha256 } = value as Record<string, unknown>;
  const isSize = (number: unknown) => Number.isSafeInteger(number) && (number as number) > 0;
  const isName = typeof name === "string" && /^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(name);
  return isName && isSize(size) && isSize(packedSize) && isHash(sha256) && isHash(packedSha256);
}
