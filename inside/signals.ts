// Signals of a process that stands in the place of the program that it runs.

/** Those that only this process gets, and passes on. */
export const PASSED_ON = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;
/** Those of the terminal, which reach the program by themselves. */
export const OF_TERMINAL = ["SIGINT", "SIGQUIT"] as const;
