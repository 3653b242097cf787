// The lists of numbers, from the tables of the core and of plugins.

import { LIMIT_ROWS, type LimitRow } from "../../core/limits.ts";
import { MANIFEST_BOUNDS } from "../../core/manifest/text/bounds.ts";
import { RULE_BOUNDS } from "../../core/routes/plan.ts";
import { JOURNAL_LIMIT_ROWS } from "../../plugins/journal/limits.ts";
import { membersOf, readSource } from "./comments.ts";
import { item, sentence, written } from "./lines.ts";

/** Numbers of plugins, by the name of the folder. */
const OF_PLUGINS: Readonly<Record<string, Readonly<Record<string, LimitRow>>>> = { journal: JOURNAL_LIMIT_ROWS };

/** One item for each number of the core, or of a plugin. */
export function limitList(plugin?: string): string {
  const rows: Readonly<Record<string, LimitRow>> | undefined = plugin === undefined ? LIMIT_ROWS : OF_PLUGINS[plugin];
  if (!rows) throw new Error(`"${plugin}" has no numbers`);
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
