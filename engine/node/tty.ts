// node:tty: whether a descriptor is a terminal. Its streams are not here: `process.stdout` and `process.stderr` are streams on terminals too.

import { isatty as isTerminal } from "engine:host";

/** Whether a descriptor is a terminal; false for what is no descriptor. */
export function isatty(fd: number): boolean {
  return Number.isInteger(fd) && fd >= 0 && isTerminal(fd);
}

export default { isatty };
