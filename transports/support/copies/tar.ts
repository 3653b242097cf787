// Writes a tar archive of a few small files, as container engines take them (POSIX.1-2024, pax, ustar Interchange Format). Pure.

/** A folder, or a file with its bytes. */
export interface TarEntry {
  /** Without a slash at its begin or end; at most 100 bytes, ASCII. */
  readonly path: string;
  /** Permissions, such as `0o755`. */
  readonly mode: number;
  /** Absent: a folder. */
  readonly bytes?: Uint8Array;
}

const BLOCK = 512;
const NAME_BYTES = 100;
/** What the field of the checksum holds while it is computed. */
const NO_SUM = " ".repeat(8);

/**
 * The archive, all of it owned by root and without dates: the same entries give the same bytes.
 * @throws RangeError for a path that is too long
 */
export function tarOf(entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap((entry) => [header(entry), ...padded(entry.bytes ?? new Uint8Array())]);
  return Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]);
}

function header({ path, mode, bytes }: TarEntry): Uint8Array {
  const name = bytes ? path : `${path}/`;
  if (Buffer.byteLength(name) > NAME_BYTES) throw new RangeError(`"${name}" is too long for an archive`);
  const fields = (sum: string) =>
    [
      name.padEnd(NAME_BYTES, "\0"),
      octal(mode, 8),
      octal(0, 8), // uid
      octal(0, 8), // gid
      octal(bytes?.length ?? 0, 12),
      octal(0, 12), // mtime
      sum,
      bytes ? "0" : "5",
      "".padEnd(NAME_BYTES, "\0"), // linkname
      "ustar\x0000",
    ].join("");
  const total = [...Buffer.from(fields(NO_SUM))].reduce((sum, byte) => sum + byte, 0);
  const block = new Uint8Array(BLOCK);
  block.set(Buffer.from(fields(`${total.toString(8).padStart(6, "0")}\0 `)));
  return block;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

function padded(bytes: Uint8Array): Uint8Array[] {
  return [bytes, new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
}
