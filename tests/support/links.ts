// Links between pages, as a reader who clicks on them meets them.

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Relative links of all Markdown pages below a folder that lead nowhere, as `page: link`. */
export function deadLinks(folder: string, pages = "**/*.md"): string[] {
  const all = globSync(pages, { cwd: folder, exclude: (path) => /(^|\/)node_modules$/.test(String(path)) });
  return all.flatMap((page) => {
    const links = readFileSync(join(folder, page), "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g);
    const dead = [...links].filter(([, link = ""]) => !existsSync(join(folder, dirname(page), link)));
    return dead.map(([, link]) => `${page}: ${link}`);
  });
}
