// Writes a tar archive of a few small files, as container engines take them (POSIX.1-2024, pax, ustar Interchange Format). Pure.

import { NoRouterError } from "../../../core/mod.ts";

/** A folder, or a file with its bytes. */
export interface TarEntry {
  /** Without a slash at its beginning or end. */
  readonly path: string;
  /** Permissions, such as `0o755`. */
  readonly mode: number;
  /** Absent: a folder. */
  readonly bytes?: Uint8Array;
}

const BLOCK = 512;
/** Bytes of the fields that hold a path: its end, and what comes before a slash. */
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** Bytes of the fields between the linkname and the prefix: magic, version, uname, gname, devmajor, devminor. */
const AFTER_LINK_BYTES = 88;
/** What the field of the checksum holds while it is computed. */
const NO_SUM = " ".repeat(8);

/**
 * The archive, all of it owned by root and without dates: the same entries give the same bytes.
 * @throws NoRouterError `no-place` for a path that is too long
 */
export function tarOf(entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap((entry) => [header(entry), ...padded(entry.bytes ?? new Uint8Array())]);
  return Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]);
}

function header({ path, mode, bytes }: TarEntry): Uint8Array {
  const [prefix, name] = divided(bytes ? path : `${path}/`);
  const fields = (sum: string) =>
    Buffer.concat([
      field(name, NAME_BYTES),
      Buffer.from(octal(mode, 8)),
      Buffer.from(octal(0, 8)), // uid
      Buffer.from(octal(0, 8)), // gid
      Buffer.from(octal(bytes?.length ?? 0, 12)),
      Buffer.from(octal(0, 12)), // mtime
      Buffer.from(sum),
      Buffer.from(bytes ? "0" : "5"),
      field("", NAME_BYTES), // linkname
      field("ustar\x0000", AFTER_LINK_BYTES),
      field(prefix, PREFIX_BYTES),
    ]);
  const total = fields(NO_SUM).reduce((sum, byte) => sum + byte, 0);
  const block = new Uint8Array(BLOCK);
  block.set(fields(`${total.toString(8).padStart(6, "0")}\0 `));
  return block;
}

/** A path as the format keeps it: where it is too long for a name, what comes before one of its slashes goes ahead. */
function divided(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= NAME_BYTES) return ["", path];
  for (let at = path.indexOf("/"); at > 0 && at < path.length - 1; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= PREFIX_BYTES && Buffer.byteLength(name) <= NAME_BYTES) return [prefix, name];
  }
  const bounds = `${PREFIX_BYTES} bytes, a slash and ${NAME_BYTES} bytes`;
  throw new NoRouterError("no-place", `The path "/${path}" is too long to be copied; at most ${bounds} were wanted`);
}

function field(text: string, width: number): Uint8Array {
  const bytes = Buffer.alloc(width);
  bytes.write(text);
  return bytes;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

function padded(bytes: Uint8Array): Uint8Array[] {
  return [bytes, new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
}
