// How generated parts are written: lists whose lines are short enough to be read as they stand, and numbers.

/** Every page of the project, from its root. */
export const PAGES = "{*.md,{core,plugins,transports,agents,conformance,cli,bench,examples,tests,docs}/**/*.md}";

/** Longest line of a page's list or table. */
export const LINE = 120;

/** An item of a list, in as many lines as it takes; `depth` counts the lists around it. */
export function item(text: string, depth = 0): string {
  const indent = "  ".repeat(depth);
  const lines: string[] = [];
  let line = `${indent}-`;
  for (const word of text.split(/\s+/)) {
    // A line that begins so would be an item or a heading of its own.
    if (line.length + 1 + word.length > LINE && !/^([-+*#>]|\d+[.)]$)/.test(word)) {
      lines.push(line);
      line = `${indent} `;
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}

/** A text of the code as pages have it: what stands in single quotes is code, and a sentence has its full stop. */
export function sentence(text: string): string {
  const shown = text.replace(/(^|[\s(])'([^']+)'(?=[\s.,;:)]|$)/g, "$1`$2`");
  return /[.!?]$/.test(shown) ? shown : `${shown}.`;
}

/** A number with its unit. */
export function written(value: number, unit: string): string {
  const [kib, mib] = [1024, 1024 * 1024];
  if (unit !== "bytes" || value % kib !== 0) return value.toLocaleString("en-US");
  return value % mib === 0 ? `${value / mib} MiB` : `${value / kib} KiB`;
}
