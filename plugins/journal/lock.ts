// One writer a journal: a file beside it names the process that writes, and counts for nothing once that process is gone.

import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { NoRouterError } from "../../core/mod.ts";
import { fileError, systemCodeOf } from "../support/files.ts";
import { isElsewhere, isLeft, pidOfRun, runName } from "../support/run_name.ts";

/** Stands in a run's name where others have their address. */
const WHO = "journal";
/** A lock is empty for the moment in which it is made, on a busy disk for seconds; an older one is of a process that was killed in it. */
const EMPTY_MS = 10_000;

/** The right to write a journal. */
export interface Lock {
  /** It was taken from a run in another namespace of processes, of which nobody can see here whether it is gone. */
  readonly fromElsewhere: boolean;
  /** False when another process took it meanwhile; takes it again where it was only removed. */
  isOurs(): boolean;
  /** Gives it back, unless another process has it by now. */
  release(): void;
}

/**
 * Takes the lock of a journal, also one that a killed process left.
 * @throws NoRouterError `journal-in-use`, with the process that has it; `disk-full`, `file-denied` or `file-failed`
 */
export function takeLock(journal: string): Lock {
  const path = `${journal}.lock`;
  const own = runName(WHO);
  const before = take(path, own, journal);
  sweep(path);
  return {
    fromElsewhere: before !== undefined && isElsewhere(before),
    isOurs() {
      const holder = textOf(path);
      return holder === own || (holder === undefined && made(path, own));
    },
    release() {
      try {
        if (textOf(path) === own) rmSync(path, { force: true });
      } catch {
        // Left behind, it counts for nothing once this process is gone.
      }
    },
  };
}

/** Whether a process that runs writes the journal. */
export function isWritten(journal: string): boolean {
  const path = `${journal}.lock`;
  try {
    const holder = textOf(path);
    return holder !== undefined && !isOver(path, holder);
  } catch {
    return false;
  }
}

/** What the lock held before; undefined where there was none. */
function take(path: string, own: string, journal: string): string | undefined {
  if (made(path, own)) return undefined;
  const holder = textOf(path) ?? "";
  if (!isOver(path, holder)) throw inUse(journal, holder);
  // Whoever wants what this one left needs the claim to it. A claim that was left is claimed in the same way.
  const claim = `${path}.${/(\d+)\.\d+\.\d+\.\d+$/.exec(holder)?.[0] ?? "empty"}`;
  take(claim, own, journal);
  try {
    if ((textOf(path) ?? "") !== holder) throw inUse(journal, textOf(path) ?? "");
    const beside = `${claim}.new`;
    rmSync(beside, { force: true });
    if (!made(beside, own)) throw inUse(journal, holder);
    renameSync(beside, path);
    return holder;
  } finally {
    rmSync(claim, { force: true });
  }
}

/** False where something has that name. */
function made(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (thrown) {
    if (systemCodeOf(thrown) === "EEXIST") return false;
    rmIfEmpty(path);
    throw fileError(path, thrown);
  }
}

/** On a full disk the file is made and stays empty. */
function rmIfEmpty(path: string): void {
  try {
    if (statSync(path).size === 0) rmSync(path);
  } catch {
    // it was not made
  }
}

/** What a lock holds; empty for what is no name of a run, such as what a loss of power left. */
function textOf(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return pidOfRun(text) === undefined ? "" : text;
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return undefined;
    throw fileError(path, thrown);
  }
}

function isOver(path: string, holder: string): boolean {
  if (holder !== "") return isLeft(holder, WHO);
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return age > EMPTY_MS;
}

/** Removes claims that killed processes left. They are of use before the lock is taken, and it is. */
function sweep(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) if (name.startsWith(`${basename(path)}.`)) rmSync(join(folder, name), { force: true });
}

function inUse(journal: string, holder: string): NoRouterError {
  const pid = pidOfRun(holder);
  const who = pid === undefined ? "another process" : pid === process.pid ? "this process" : `process ${pid}`;
  return new NoRouterError("journal-in-use", `Journal ${journal} is in use by ${who}`);
}
