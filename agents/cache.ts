// Where this process keeps the programs and engines it makes: the user's cache folder, or a temporary one where that cannot be written to.

import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { messageOf, NoRouterError } from "../core/errors.ts";
import { isShortHash } from "../core/hash.ts";
import { userFolder } from "../plugins/support/home.ts";
import { isLeft, runName } from "../plugins/support/run_name.ts";
import { madeTrusted } from "../plugins/support/trusted_path.ts";
import { NotStored, readStored, type StoredFile, store, UNFINISHED } from "./store.ts";

/** How names of temporary folders begin, and the file in each that names the run it is of. */
const TEMPORARY = "norouter-agents-";
const RUN = "run";
/** Folders that no process has used for this long belong to nobody any more. */
const UNUSED_MS = 60 * 60 * 1000;

/** What is kept apart: what programs are made of changes more often than what engines are made of. */
type Shelf = "agents" | "engines" | "inside";

/** The folder of every version's agents, of engines, or of scripts of programs inside: `agents` and so on in {@link userFolder}. */
export function cacheFolder(shelf: Shelf = "agents"): string | undefined {
  const folder = userFolder("cache");
  return folder === undefined ? undefined : join(folder, shelf);
}

/** One agent: the folder of its version, its own in there, and what fills that when it is empty. */
export interface Wanted {
  /** Default `agents`. */
  readonly shelf?: Shelf;
  readonly version: string;
  readonly name: string;
  readonly make: (empty: string) => Promise<readonly string[]>;
  /** Hears where it is kept, if not in the cache. */
  readonly note: (line: string) => void;
}

const pending = new Map<string, Promise<StoredFile[]>>();
/** Folders whose bytes this process has made or compared. */
const compared = new Set<string>();
/** What is kept until this process ends. */
let temporary: string | undefined;

/**
 * The files of an agent, made when they are not there. Calls at the same time share the work.
 * @throws NoRouterError `agent-unavailable` when nothing can be written anywhere, and what `make` throws
 */
export function kept(wanted: Wanted): Promise<StoredFile[]> {
  const key = join(cacheFolder(wanted.shelf) ?? "", wanted.version, wanted.name);
  const under = pending.get(key);
  if (under !== undefined) return under;
  const work = readOrMake(wanted).finally(() => pending.delete(key));
  pending.set(key, work);
  return work;
}

async function readOrMake({ shelf, version, name, make, note }: Wanted): Promise<StoredFile[]> {
  const folderOfUser = cacheFolder(shelf);
  let problem = folderOfUser === undefined ? "this user has no home" : await whyNot(folderOfUser);
  const cache = problem === undefined ? folderOfUser : undefined;
  const places = [cache, temporary].filter((place) => place !== undefined);
  for (const place of places) {
    const folder = join(place, version, name);
    if (place === cache) await use(place, join(place, version));
    const files = await readStored(folder, !compared.has(folder));
    if (files) return remember(folder, files);
  }
  if (cache !== undefined) {
    const folder = join(cache, version, name);
    try {
      return remember(folder, await store(folder, make));
    } catch (thrown) {
      if (!(thrown instanceof NotStored)) throw thrown;
      problem = thrown.message;
    }
  }
  temporary ??= makeTemporary(problem ?? "", note);
  const folder = join(temporary, version, name);
  return remember(folder, await store(folder, make));
}

/** Why agents must not be kept there: another user could put others in their place. Makes the folder. */
async function whyNot(folder: string): Promise<string | undefined> {
  const why = await madeTrusted(folder);
  return why && `Cannot use ${folder}: ${why}; set XDG_CACHE_HOME to a folder of your own`;
}

function remember(folder: string, files: StoredFile[]): StoredFile[] {
  compared.add(folder);
  return files;
}

function makeTemporary(problem: string, note: (line: string) => void): string {
  let folder: string;
  try {
    sweepTemporary();
    folder = mkdtempSync(join(tmpdir(), TEMPORARY));
    writeFileSync(join(folder, RUN), runName("agents"));
  } catch (thrown) {
    throw new NoRouterError("agent-unavailable", `${problem}; nor in a temporary folder: ${messageOf(thrown)}`);
  }
  // Ahead of whatever else ends this process.
  process.prependListener("exit", removeTemporary);
  note(`agents are kept in "${folder}" until norouter ends, and are made again at its next start: ${problem}`);
  return folder;
}

/** Removes what is kept until this process ends, for an end without the event `exit`. */
export function removeTemporary(): void {
  if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  temporary = undefined;
}

/** Removes temporary folders of this user whose process ended without doing so. */
function sweepTemporary(): void {
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(TEMPORARY))) {
    const folder = join(tmpdir(), name);
    try {
      const { uid, mtimeMs } = lstatSync(folder);
      if (uid !== (process.getuid?.() ?? uid)) continue;
      const run = join(folder, RUN);
      const left = existsSync(run) ? isLeft(readFileSync(run, "utf8"), "") : Date.now() - mtimeMs > UNUSED_MS;
      if (left) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another process was quicker.
    }
  }
}

/** Marks a version's folder as used and removes what nobody uses: other versions, and what was left half made. */
async function use(versions: string, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await utimes(folder, new Date(), new Date());
    const others = (await readdir(versions)).filter(isShortHash).map((name) => join(versions, name));
    const halves = (await readdir(folder)).filter((name) => name.startsWith(UNFINISHED)).map((name) => join(folder, name));
    for (const path of [...others, ...halves]) {
      const unused = Date.now() - (await stat(path)).mtimeMs > UNUSED_MS;
      if (path !== folder && unused) await rm(path, { recursive: true, force: true });
    }
  } catch {
    // Whatever stands in the way shows itself when the agent is written.
  }
}
