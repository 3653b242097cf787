// The lack of files on Deno, whose listeners accept nothing more once an accept has failed for it, and do not say so: whoever meets
// it tells all listeners, which then open anew.

import { closeSync, openSync } from "node:fs";
import process from "node:process";

/** Only there is anything of this needed. */
export const DEAF: boolean = process.versions.deno !== undefined;

const listeners = new Set<() => void>();

/** Calls `met` whenever files were lacking, until what it returns is called. */
export function onShortage(met: () => void): () => void {
  listeners.add(met);
  return () => listeners.delete(met);
}

/** Files are lacking, or were a moment ago. */
export function tellShortage(): void {
  for (const met of listeners) met();
}

/** Whether this process may not open so many more files; costs some system calls for each. */
export function lacksFiles(count: number): boolean {
  const files: number[] = [];
  try {
    while (files.length < count) files.push(openSync("/dev/null", "r"));
    return false;
  } catch (thrown) {
    return isShortage(thrown);
  } finally {
    for (const file of files) closeSync(file);
  }
}

/** Whether an error says that files are lacking. */
export function isShortage(thrown: unknown): boolean {
  return ["EMFILE", "ENFILE"].includes((thrown as NodeJS.ErrnoException).code ?? "");
}
