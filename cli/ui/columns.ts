// Cells in columns, for tables as text. Must not cut or colour anything.

/** Writes rows so that their cells stand below those of `rows`; a cell that is longer than all of these moves what follows. */
export function alignedTo(rows: readonly (readonly string[])[]): (row: readonly string[]) => string {
  const widths: number[] = [];
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return (row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
}
