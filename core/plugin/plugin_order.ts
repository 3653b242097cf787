// The order of plugins among each other.

import { invalidPlugin } from "./checks.ts";

/** What has a place among plugins. */
interface Placed {
  readonly name: string;
  /** Names of plugins that come later. */
  readonly before?: readonly string[];
  /** Names of plugins that come earlier. */
  readonly after?: readonly string[];
}

/**
 * The plugins with each behind those it comes after, and before those it comes before; otherwise in the order given.
 * @throws NoRouterError `plugin-invalid` for a name that is there twice or not at all, and for a circle
 */
export function inOrder<T extends Placed>(plugins: readonly T[]): T[] {
  const waiting = new Map<string, T>();
  for (const plugin of plugins) {
    if (waiting.has(plugin.name)) invalidPlugin(plugin.name, "is there twice");
    waiting.set(plugin.name, plugin);
  }
  const earlierThan = new Map<T, T[]>(plugins.map((plugin) => [plugin, []]));
  for (const plugin of plugins) {
    const there = (name: string, where: string) =>
      waiting.get(name) ?? invalidPlugin(plugin.name, `comes ${where} "${name}", which is not there`);
    for (const name of plugin.after ?? []) earlierThan.get(plugin)?.push(there(name, "after"));
    for (const name of plugin.before ?? []) earlierThan.get(there(name, "before"))?.push(plugin);
  }
  const done: T[] = [];
  const visit = (plugin: T, path: readonly string[]) => {
    if (path.includes(plugin.name)) invalidPlugin(plugin.name, `comes after itself: ${[...path, plugin.name].join(" -> ")}`);
    if (done.includes(plugin)) return;
    for (const earlier of earlierThan.get(plugin) ?? []) visit(earlier, [...path, plugin.name]);
    done.push(plugin);
  };
  for (const plugin of plugins) visit(plugin, []);
  return done;
}
