// The pages of the project as a reader has them: which there are, and the code that they show.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "./cli.ts";

/** Every page of the project, by its path from the root. */
export function allPages(): string[] {
  return globSync("{*.md,{core,plugins,transports,agents,conformance,cli,bench,examples,tests,docs}/**/*.md}", {
    cwd: PROJECT,
  }).sort();
}

/** The text of a page. */
export function pageText(page: string): string {
  return readFileSync(join(PROJECT, page), "utf8");
}

/** The blocks of a page in a language, "" for none. */
export function codeBlocks(page: string, language: string): string[] {
  return [...pageText(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, block = ""]) =>
    kind === language ? [block] : [],
  );
}

/** The rows of the first table of a page whose head begins with `head`: first cell without backticks, then the rest. */
export function tableOf(page: string, head: string): Map<string, string[]> {
  const lines = pageText(page).split("\n");
  const start = lines.findIndex((line) => line.toLowerCase().startsWith(`| ${head}`));
  assert.ok(start >= 0, `${page} has a table that begins with "${head}"`);
  const rows = lines.slice(start + 2, lines.indexOf("", start) === -1 ? undefined : lines.indexOf("", start));
  const cells = rows.map((row) => row.slice(1, row.lastIndexOf("|")).split("|"));
  return new Map(cells.map(([name = "", ...rest]) => [name.replaceAll("`", "").trim(), rest.map((cell) => cell.trim())]));
}
