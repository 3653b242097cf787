// Reads from an ELF file which loader and which libraries it wants (System V ABI, gABI 4.1, "Program Loading"). Only 64-bit
// little-endian files, which is what agents are made for.

import { type FileHandle, open } from "node:fs/promises";

/** What a program or library wants. */
export interface ElfNeeds {
  /** `e_machine`: 62 is x86-64, 183 is AArch64. */
  readonly machine: number;
  /** Path of the loader, such as `/lib64/ld-linux-x86-64.so.2`; undefined in a static program and in most libraries. */
  readonly loader: string | undefined;
  /** Names of libraries, such as `libc.so.6`. */
  readonly libraries: readonly string[];
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Bytes of the header and of one program header, 64-bit (gABI 4.1, "ELF Header" and "Program Header"); then numbers of types and tags. */
const HEADER = 64;
const PROGRAM_HEADER = 56;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
/** More than any real file has; a damaged one must not make us read gigabytes. */
const LARGEST_PART = 16 * 1024 * 1024;

/** The needs of an ELF file; undefined when it is none of the kind that is understood. */
export async function elfNeeds(path: string): Promise<ElfNeeds | undefined> {
  const file = await open(path, "r");
  try {
    return await needsOf(file);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

async function needsOf(file: FileHandle): Promise<ElfNeeds | undefined> {
  const head = await part(file, 0, HEADER);
  const is64BitLittleEndian = head.readUInt32BE(0) === 0x7f454c46 && head[4] === 2 && head[5] === 1;
  if (!is64BitLittleEndian) return undefined;
  const count = head.readUInt16LE(56);
  const table = await part(file, Number(head.readBigUInt64LE(32)), count * PROGRAM_HEADER);
  const segments = Array.from({ length: count }, (_, index) => segmentAt(table, index * PROGRAM_HEADER));
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  return {
    machine: head.readUInt16LE(18),
    loader: interpreter && textAt(await part(file, interpreter.offset, interpreter.size), 0),
    libraries: dynamic ? await librariesOf(file, dynamic, segments) : [],
  };
}

function segmentAt(table: Buffer, at: number): Segment {
  const number = (offset: number) => Number(table.readBigUInt64LE(at + offset));
  return { type: table.readUInt32LE(at), offset: number(8), address: number(16), size: number(32) };
}

async function librariesOf(file: FileHandle, dynamic: Segment, segments: readonly Segment[]): Promise<string[]> {
  const bytes = await part(file, dynamic.offset, dynamic.size);
  const entries = Array.from({ length: Math.floor(bytes.length / 16) }, (_, index) => ({
    tag: Number(bytes.readBigInt64LE(index * 16)),
    value: Number(bytes.readBigUInt64LE(index * 16 + 8)),
  }));
  const address = entries.find(({ tag }) => tag === DT_STRTAB)?.value ?? 0;
  const size = entries.find(({ tag }) => tag === DT_STRSZ)?.value ?? 0;
  const home = segments.find(
    ({ type, address: start, size: length }) => type === PT_LOAD && address >= start && address < start + length,
  );
  if (!home) return [];
  const names = await part(file, home.offset + address - home.address, size);
  return entries.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => textAt(names, value));
}

async function part(file: FileHandle, position: number, size: number): Promise<Buffer> {
  if (size > LARGEST_PART) throw new RangeError(`Part of ${size} bytes`);
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await file.read(bytes, 0, size, position);
  if (bytesRead < size) throw new RangeError("File ends early");
  return bytes;
}

function textAt(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString("latin1", start, end < 0 ? bytes.length : end);
}
