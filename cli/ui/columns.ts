// Text in the cells of a terminal: columns of a table, and lines that are cut.

import { agreedSigns, cellsOf, cellsOfSign } from "../../core/manifest/mod.ts";
import { printable } from "../../core/mod.ts";

/** Writes rows so that their cells stand below those of `rows`; a cell that is longer than all of these moves what follows. */
export function alignedTo(rows: readonly (readonly string[])[]): (row: readonly string[]) => string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cellsOf(cell));
  return (row) =>
    row
      .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - cellsOf(cell))))
      .join("  ")
      .trimEnd();
}

/** Text of others as it can stand in a cell: no control characters, and nothing that terminals draw differently. */
export function plain(text: string): string {
  return printable(agreedSigns(text));
}

/** The line in at most `width` cells, with '…' at its end where it was longer; colour codes take no room and are closed. */
export function cut(line: string, width: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape character begins a colour code
  const pieces = [...line.matchAll(/\x1b\[\d+m|[\s\S]/gu)].map(([piece]) => piece);
  const cells = pieces.map((piece) => (piece.startsWith("\x1b") ? 0 : cellsOfSign(piece)));
  if (cells.reduce<number>((sum, one) => sum + one, 0) <= width) return line;
  let room = width - 1;
  let result = "";
  for (const [index, piece] of pieces.entries()) {
    if (piece.startsWith("\x1b")) result += piece;
    else if (room >= 0) {
      room -= cells[index] ?? 0;
      result += room >= 0 ? piece : "…";
    }
  }
  return result;
}

/** How many cells a text takes. */
export function width(text: string): number {
  return cellsOf(text);
}

const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes for people in powers of 1,024, such as `812 B` or `1.5 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let [value, unit] = [bytes / 1024, 0];
  // What would be written as 1024.0 is one of the next unit.
  for (; value >= 1023.95 && unit < UNITS.length - 1; unit += 1) value /= 1024;
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** Bytes for people, such as `79 KB` or `1.2 MB`. */
export function sizeText(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
