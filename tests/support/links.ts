// Links between pages, as a reader who clicks on them meets them.

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Relative links of all Markdown pages below a folder that lead nowhere, to no file or no heading, as `page: link`. */
export function deadLinks(folder: string, pages = "**/*.md"): string[] {
  const all = globSync(pages, { cwd: folder, exclude: (path) => /(^|\/)node_modules$/.test(String(path)) });
  const textOf = (page: string) => readFileSync(join(folder, page), "utf8");
  return all.flatMap((page) => {
    const links = [...textOf(page).matchAll(/\]\(([^):]+)\)/g)].map(([, link = ""]) => link);
    return links
      .filter((link) => {
        const [path = "", heading] = link.split("#");
        const target = path === "" ? page : join(dirname(page), path);
        if (!existsSync(join(folder, target))) return true;
        return heading !== undefined && target.endsWith(".md") && !headingsOf(textOf(target)).includes(heading);
      })
      .map((link) => `${page}: ${link}`);
  });
}

/** The headings of a page as links name them. */
function headingsOf(text: string): string[] {
  const headings = text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}
