// Where journals lie, and whether one may lie there: folders of the user's own, and a file that is nobody else's.

import { chmodSync, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { NoRouterError } from "../../core/mod.ts";
import { checkPath, fileError } from "../support/files.ts";
import { makeFolder } from "../support/folders.ts";
import { userFolder } from "../support/home.ts";
import { checkedNetworkName, isNetworkName } from "../support/network_name.ts";

const ENDING = ".jsonl";
const ADVICE = "use another journal, or none";

/**
 * The folder of the user's journals.
 * @throws NoRouterError `file-failed` for a user without a home
 */
export function journalFolder(): string {
  const folder = userFolder("state");
  if (folder === undefined) throw new NoRouterError("file-failed", `This user has no home for a journal; ${ADVICE}`);
  return folder;
}

/**
 * The path of a network's journal.
 * @param network Its name, see {@link checkedNetworkName}.
 * @throws NoRouterError `usage` for another name; as {@link journalFolder}
 */
export function journalPath(network: string): string {
  return join(journalFolder(), `${checkedNetworkName(network)}${ENDING}`);
}

/** The names of networks that have a journal in the user's folder. */
export function journalNames(): string[] {
  try {
    return readdirSync(journalFolder())
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length))
      .filter(isNetworkName)
      .sort();
  } catch {
    return [];
  }
}

/**
 * Makes the folder of a journal, for its user alone, and looks at what is there.
 * @returns the absolute path, where it leads in the end
 * @throws NoRouterError `file-failed` for a path that others can lead elsewhere, and for what is no file; `file-denied`, `disk-full`
 */
export async function preparedPath(journal: string): Promise<string> {
  const wanted = resolve(journal);
  const folder = dirname(wanted);
  await checkPath(folder, ADVICE);
  await makeFolder(folder, 0o700).catch((thrown: unknown) => {
    throw fileError(folder, thrown);
  });
  // What was missing at the first look may be somebody else's by now.
  await checkPath(wanted, ADVICE);
  try {
    if (isStateFolder(folder)) chmodSync(folder, 0o700);
    if (lstatSync(wanted, { throwIfNoEntry: false }) === undefined) return join(realpathSync(folder), basename(wanted));
    const found = statSync(wanted);
    if (!found.isFile()) throw new NoRouterError("file-failed", `Cannot use ${wanted}: it is no file; ${ADVICE}`);
    chmodSync(wanted, 0o600);
    return realpathSync(wanted);
  } catch (thrown) {
    throw fileError(wanted, thrown);
  }
}

function isStateFolder(folder: string): boolean {
  try {
    return folder === resolve(journalFolder());
  } catch {
    return false;
  }
}
