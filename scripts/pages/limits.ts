// The lists of numbers, from the tables of the core and of plugins.

import { LIMIT_ROWS, type LimitRow, type LimitRows } from "../../core/limits.ts";
import { MANIFEST_BOUNDS } from "../../core/manifest/text/bounds.ts";
import { RULE_BOUNDS } from "../../core/routes/plan.ts";
import { JOURNAL_LIMIT_ROWS } from "../../plugins/journal/limits.ts";
import { membersOf, readSource } from "./comments.ts";
import { item, sentence, written } from "./lines.ts";

/** Numbers of stores, which are no plugins, by the name of the folder. */
const OF_STORES: Readonly<Record<string, LimitRows>> = { journal: JOURNAL_LIMIT_ROWS };

/** One item for each number of the core, or of what has this name: a store, or a plugin, whose rows `rowsOf` gives. */
export function limitList(name: string | undefined, rowsOf: (plugin: string) => LimitRows | undefined): string {
  const rows: LimitRows = name === undefined ? LIMIT_ROWS : (OF_STORES[name] ?? rowsOf(name) ?? {});
  if (Object.keys(rows).length === 0) throw new Error(`"${name}" has no numbers`);
  return Object.entries(rows)
    .map(([name, { value, unit, min, max, why }]) => {
      const range = min === max ? "fixed" : `${written(min, unit)} to ${written(max, unit)}`;
      return item(`\`${name}\`: **${withUnit(value, unit)}** (${range}). ${sentence(why)}`);
    })
    .join("\n");
}

function withUnit(value: number, unit: LimitRow["unit"]): string {
  const text = written(value, unit);
  return unit === "count" || text.endsWith("iB") ? text : `${text} ${unit}`;
}

/** One item for each bound of manifests and of rules. */
export function boundList(): string {
  const of = (source: string, head: string, bounds: Readonly<Record<string, number>>) =>
    membersOf(readSource(source), `export const ${head}`).map(({ name, text }) => {
      const value = bounds[name] ?? 0;
      return item(`**${written(value, name === "bytes" ? "bytes" : "count")}**: ${text}`);
    });
  return [
    ...of("core/manifest/text/bounds.ts", "MANIFEST_BOUNDS", MANIFEST_BOUNDS),
    ...of("core/routes/plan.ts", "RULE_BOUNDS", RULE_BOUNDS),
  ].join("\n");
}
