// Names and numbers of signals (signal(7)), and which of them this process catches.

import { catchSignal, releaseSignal } from "engine:host";

/** Numbers of signals by their names, as `os.constants.signals` has them. */
export const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGIOT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPOLL: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

/** The name of a signal; the first where a number has two. */
export function signalName(signal: number): string | undefined {
  return Object.keys(SIGNALS).find((name) => SIGNALS[name] === signal);
}

/** What has listeners for signals. */
interface Listening {
  on(event: string, listener: (name: string | symbol) => void): unknown;
  listenerCount(name: string): number;
}

/** Catches each signal that has a listener, for as long as it has one. */
export function catchSignals(process: Listening): void {
  // Emitted before the listener is added.
  process.on("newListener", (name) => {
    const signal = typeof name === "string" ? SIGNALS[name] : undefined;
    if (signal !== undefined && process.listenerCount(name as string) === 0) catchSignal(signal);
  });
  process.on("removeListener", (name) => {
    const signal = typeof name === "string" ? SIGNALS[name] : undefined;
    if (signal !== undefined && process.listenerCount(name as string) === 0) releaseSignal(signal);
  });
}
