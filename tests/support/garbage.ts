// Garbage is no memory that a program holds on to. Bun runs all files of tests in one process, and what earlier ones left there puts
// its collections off.

const { Bun } = globalThis as { readonly Bun?: { gc(now: true): void } };

/** Collects garbage where the runtime can be told to: Bun always, the others when they were started with `--expose-gc`. */
export function collectGarbage(): void {
  Bun?.gc(true);
  globalThis.gc?.();
}
