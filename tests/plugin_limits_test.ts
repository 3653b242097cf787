// Limits of plugins: each plugin registers the rows of its own folder, uses every row that it registers, and registers every
// row that it uses.

import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { BUILTINS } from "../cli/builtins.ts";
import { type LimitRows, registerPlugins } from "../core/mod.ts";
import * as shared from "../plugins/support/limits.ts";
import { KEYS } from "./support/builtin_keys.ts";
import { PROJECT } from "./support/cli.ts";

const ALL = KEYS.limits ?? {};
const read = (path: string) => readFileSync(join(PROJECT, path), "utf8");

/** The files of a plugin and those of the support folder that they import, but for tables and tests. */
function filesOf(folder: string): string[] {
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    // Of types nothing is used.
    for (const [, target = ""] of read(path)
      .replace(/^import type [^;]*;/gm, "")
      .matchAll(/from "(\.[^"]+)"/g)) {
      const file = relative(PROJECT, join(PROJECT, dirname(path), target));
      if (file.startsWith(`${folder}/`) || file.startsWith("plugins/support/")) visit(file);
    }
  };
  visit(`${folder}/host.ts`);
  return [...seen].filter((path) => !path.endsWith("/limits.ts"));
}

/** A plugin's own table and the shared ones, by the name of the row. */
async function rowsInReach(folder: string): Promise<LimitRows> {
  const own = existsSync(join(PROJECT, folder, "limits.ts")) ? await import(join(PROJECT, folder, "limits.ts")) : {};
  return Object.assign({}, ...Object.values(shared), ...Object.values(own as Record<string, LimitRows>)) as LimitRows;
}

/** Rows that the code of a plugin's host part names. Those of other plugins it cannot read, since `limitsOf` is typed. */
async function usedBy(folder: string): Promise<string[]> {
  const text = filesOf(folder).map((path) => read(path).replace(/^\s*(\/\/|\/?\*).*$/gm, ""));
  return Object.keys(await rowsInReach(folder)).filter((name) => new RegExp(`\\b${name}\\b`).test(text.join("\n")));
}

test("every plugin registers the rows that it uses, and uses those that it registers", async () => {
  let rows = 0;
  for (const folder of globSync("plugins/*/host.ts", { cwd: PROJECT }).map(dirname)) {
    const [, name = ""] = /plugins\/(\w+)/.exec(folder) ?? [];
    const builtin = BUILTINS.find((one) => one.name === name.replaceAll("_", "-"));
    const plugin = (await builtin?.load()) ?? assert.fail(`${folder} is built in`);
    const registered = Object.keys(registerPlugins([{ ...plugin, before: [], after: [] }]).keys.limits ?? {});
    assert.deepEqual((await usedBy(folder)).sort(), registered.sort(), folder);
    rows += registered.length;
  }
  assert.ok(rows > 20);
});

test("every table of rows is registered", async () => {
  const own = globSync("plugins/*/limits.ts", { cwd: PROJECT }).filter((path) => !path.includes("/support/"));
  const tables = await Promise.all(own.map(async (path) => (await import(join(PROJECT, path))) as Record<string, LimitRows>));
  const exported = [shared as Record<string, LimitRows>, ...tables].flatMap((table) => Object.entries(table));
  const wanted = exported.filter(([name]) => name.endsWith("_ROWS")).map(([, rows]) => rows);
  assert.deepEqual({ ...ALL }, Object.assign({}, ...wanted));
});
