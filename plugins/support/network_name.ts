// What a network may be called: its name is part of the paths of its socket and its journal.

import { NoRouterError } from "../../core/mod.ts";

/**
 * A name that may be a network's: letters, digits, dots, dashes and underscores, at most 64, the first a letter or a digit.
 * @throws NoRouterError `usage`
 */
export function checkedNetworkName(name: string): string {
  if (isNetworkName(name)) return name;
  throw new NoRouterError(
    "usage",
    `"${name}" is no name of a network: letters, digits, '.', '-' and '_' were wanted, 64 at most`,
  );
}

/** Whether a network may be called so. */
export function isNetworkName(name: string): boolean {
  return /^[a-zA-Z0-9][\w.-]{0,63}$/.test(name);
}
