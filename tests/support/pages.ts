// The pages of the project as a reader has them: which there are, and the code that they show.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PAGES } from "../../scripts/pages/lines.ts";
import { PROJECT } from "./cli.ts";

/** Every page of the project, by its path from the root. */
export function allPages(): string[] {
  return globSync(PAGES, { cwd: PROJECT }).sort();
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
