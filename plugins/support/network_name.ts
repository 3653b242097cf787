// What a network may be called: its name is part of the paths of its socket and its journal.

import { NoRouterError } from "../../core/mod.ts";

/** Characters of the longest name: with a number and an ending behind it, it fits any file system. */
export const LONGEST_NETWORK_NAME = 64;

/**
 * A name that may be a network's: letters, digits, dots, dashes and underscores, at most {@link LONGEST_NETWORK_NAME}, the first a letter or a
 * digit.
 * @throws NoRouterError `usage`
 */
export function checkedNetworkName(name: string): string {
  if (isNetworkName(name)) return name;
  throw new NoRouterError(
    "usage",
    `"${name}" is no name of a network: letters, digits, '.', '-' and '_' were wanted, ${LONGEST_NETWORK_NAME} at most`,
  );
}

/** Whether a network may be called so. */
export function isNetworkName(name: string): boolean {
  return name.length <= LONGEST_NETWORK_NAME && /^[a-zA-Z0-9][\w.-]*$/.test(name);
}
