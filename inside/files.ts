// Names of the files of a start.

/** Files of the folder of one start, which only its user may enter. */
export const FILES = { plan: "plan.json", socket: "agent.sock" } as const;
