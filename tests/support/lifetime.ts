// What a test process made outside itself, and how it goes away when the process ends, also when a test failed.
// Must stay synchronous: an "exit" listener cannot wait.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const cleaners = new Set<() => void>();
let watching = false;

function cleanAll(): void {
  for (const clean of [...cleaners].reverse()) {
    cleaners.delete(clean);
    try {
      clean();
    } catch (error) {
      process.stderr.write(`Clean-up failed: ${String(error)}\n`);
    }
  }
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on("exit", cleanAll);
  for (const [signal, number] of [["SIGINT", 2] as const, ["SIGTERM", 15] as const, ["SIGHUP", 1] as const]) {
    process.once(signal, () => {
      cleanAll();
      process.exit(128 + number);
    });
  }
}

/** Runs `clean` when the process ends, at the latest. Returns a function that withdraws it (for whoever cleaned up earlier). */
export function onEnd(clean: () => void): () => void {
  watch();
  cleaners.add(clean);
  return () => cleaners.delete(clean);
}

/** A folder of one test's own. */
export interface TempDir {
  /** Absolute path. */
  readonly path: string;
  /** Deletes it with everything in it. Safe to call twice. */
  remove(): void;
}

/** Makes a folder under the system's temporary folder; it is gone when the process ends, at the latest. */
export function tempDir(label = "test", mode = 0o700): TempDir {
  const path = mkdtempSync(join(tmpdir(), `norouter-${label}-`));
  chmodSync(path, mode);
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  const forget = onEnd(remove);
  return {
    path,
    remove: () => {
      remove();
      forget();
    },
  };
}
