// What the checks of the host layer have in place of Node's globals. A check is a script that this program runs: it fails with a line
// on standard error, and with exit code 1.

import * as host from "engine:host";

function text(value: unknown): string {
  if (typeof value === "object" && value !== null && ArrayBuffer.isView(value)) return `bytes ${[...(value as Uint8Array)]}`;
  return typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
}

function print(line: string, fd = 1): void {
  host.write(fd, host.encodeUtf8(`${line}\n`), 0);
}

function fail(message: string): never {
  print(`${message}\n${new Error().stack ?? ""}`, 2);
  host.exit(1);
}

/** Waits so many milliseconds. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void host.setTimer(resolve, ms, false));
}

/** What `checks.d.ts` declares. */
export const globals = {
  host,
  print,
  fail,
  /** Ends the check unless two values look the same as JSON. */
  expect(actual: unknown, wanted: unknown): void {
    if (text(actual) !== text(wanted)) fail(`${text(actual)} where ${text(wanted)} was wanted`);
  },
  /** Ends the check unless a call throws an error of this kind. */
  expectThrow(call: () => unknown, kind: new (message: string) => Error): void {
    let result: unknown;
    try {
      result = call();
    } catch (thrown) {
      if (thrown instanceof kind) return;
      fail(`${thrown} was thrown where ${kind.name} was wanted`);
    }
    fail(`${text(result)} where ${kind.name} was wanted`);
  },
  /** Hooks that do nothing but for those that are given; whatever is uncaught ends the check. */
  hook(hooks: Partial<Parameters<typeof host.setHooks>[0]>): void {
    host.setHooks({
      uncaught: (thrown) => fail(`Uncaught ${thrown} ${thrown instanceof Error ? thrown.stack : ""}`),
      unhandledRejection: (reason) => fail(`Rejected with ${reason}`),
      signal: () => undefined,
      ticks: () => undefined,
      immediates: () => false,
      drained: () => undefined,
      exit: () => undefined,
      ...hooks,
    });
  },
  bytes: (...values: number[]) => new Uint8Array(values),
  pause,
  /** Waits for a condition; whoever runs the check ends one that never comes true. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await pause(1);
  },
};

Object.assign(globalThis, globals);
globals.hook({});
