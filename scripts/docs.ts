// `npm run docs`: writes those parts of the pages that only repeat the code. They stand between two comments,
// `<!-- generated: KIND WORDS -->` and `<!-- end of generated -->`, and a test says when a page has something else there.

import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadBuiltins } from "../cli/builtins.ts";
import { registerPlugins } from "../core/mod.ts";
import { errorList } from "./pages/errors.ts";
import { eventList, fieldList } from "./pages/events.ts";
import { keyList, wayList } from "./pages/keys.ts";
import { boundList, limitList } from "./pages/limits.ts";
import { PAGES } from "./pages/lines.ts";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const PART = /^(<!-- generated: (.+) -->\n)[\s\S]*?^(<!-- end of generated -->)$/gm;

/** What makes a part: `words` are those of its mark, `page` is the page around it. */
type Maker = (words: readonly string[], page: string) => string;

/** What makes each kind of part. */
async function makers(): Promise<Readonly<Record<string, Maker>>> {
  const plugins = await loadBuiltins();
  const { keys } = registerPlugins(plugins);
  const rowsOf = (name: string) => registerPlugins(plugins.filter((plugin) => plugin.name === name)).keys.limits;
  return {
    bounds: boundList,
    errors: errorList,
    events: ([table = ""]) => eventList(table),
    fields: ([name = ""]) => fieldList(name),
    keys: ([place = ""], page) => keyList(keys, place, page),
    limits: ([plugin]) => limitList(plugin, rowsOf),
    ways: () => wayList(keys),
  };
}

/** A page with its generated parts as the code has them now. */
export interface WrittenPage {
  /** From the root of the project. */
  readonly path: string;
  /** As it stands. */
  readonly present: string;
  /** As it has to be. */
  readonly wanted: string;
  /** The marks of its generated parts. */
  readonly parts: readonly string[];
}

/**
 * All pages that have generated parts.
 * @throws Error when a mark names nothing that can be made
 */
export async function writtenPages(): Promise<WrittenPage[]> {
  const known = await makers();
  return globSync(PAGES, { cwd: PROJECT }).flatMap((path) => {
    const present = readFileSync(join(PROJECT, path), "utf8");
    const parts: string[] = [];
    const wanted = present.replace(PART, (_, begin: string, mark: string, end: string) => {
      const [kind = "", ...words] = mark.split(" ");
      const make = known[kind];
      if (!make) throw new Error(`${path}: nothing makes "${mark}"`);
      parts.push(mark);
      return `${begin}\n${make(words, present)}\n\n${end}`;
    });
    return parts.length > 0 ? [{ path, present, wanted, parts }] : [];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, present, wanted } of await writtenPages()) {
    if (present === wanted) continue;
    writeFileSync(join(PROJECT, path), wanted);
    console.log(`wrote ${path}`);
  }
}
